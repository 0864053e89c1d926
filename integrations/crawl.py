"""Crawl: the pages of one part of a site, by its links or its sitemap, within bounds and as its robots.txt permits."""

import asyncio
import hashlib
import math
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from pydantic import JsonValue, TypeAdapter

from integrations.fetch import Fetched, fetch
from integrations.links import folder_of, is_below, links_in, normal
from integrations.politeness import pace
from integrations.reading import decode, kind_of_page, read
from integrations.robots import insist
from integrations.sitemaps import sitemap_urls
from integrations.web import ACCEPT
from swarm.chunks import chunks
from swarm.errors import SourceError, SourceRefused, SourceUnreadable
from swarm.passages import Passage
from swarm.ranking import best
from swarm.text.display_url import display_url

_SCHEMES = ("crawl", "sitemap")
_MOST_WAITING = 20_000
_MOST_FAILURES = 100
_LONGEST = 100.0
"""Seconds one question to a crawl may take (a function has 120); what was read until then answers it."""


@dataclass
class Frontier:
    """How far a crawl has come: `waiting` are addresses with their depth, `failures` lines for a person.

    It changes while pages are yielded; kept by `dump` after each and given back by `load`, the crawl goes on there.
    """

    waiting: deque[tuple[str, int]] = field(default_factory=deque)
    seen: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    read: int = 0
    failures: list[str] = field(default_factory=list)
    folder: str = ""

    def add(self, urls: list[str], depth: int) -> None:
        """Put addresses that were not seen yet at the end."""
        for url in urls:
            if url not in self.seen and len(self.waiting) < _MOST_WAITING:
                self.seen.add(url)
                self.waiting.append((url, depth))

    def dump(self) -> JsonValue:
        """Return it as JSON."""
        dumped: JsonValue = TypeAdapter(Frontier).dump_python(self, mode="json")
        return dumped

    @classmethod
    def load(cls, kept: JsonValue) -> "Frontier":
        """Return what `dump` gave; raises ValueError for anything else."""
        return TypeAdapter(cls).validate_python(kept)


@dataclass(frozen=True)
class Crawl:
    """The pages behind `crawl:URL` (links on the same host, below the same folder) or `sitemap:URL`, as one source."""

    uri: str
    depth: int = 3
    most: int = 200
    allow: tuple[str, ...] = ()
    cache: Path | None = None

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return the `k` best passages of all pages; raises SourceError if not one could be read.

        Without a query all that is within the bounds is read, however long it takes.
        """
        found: list[Passage] = []
        until = time.monotonic() + (_LONGEST if query.strip() else math.inf)
        frontier = Frontier()
        walk = pages(self.uri, depth=self.depth, most=self.most, allow=self.allow, cache=self.cache, frontier=frontier)
        async with aclosing(walk) as walked:
            async for page in walked:
                found += [page.model_copy(update={"text": chunk.text}) for chunk in chunks(page.text)]
                if time.monotonic() > until:
                    break
        if not found:
            said = f": {frontier.failures[0]}" if frontier.failures else ""
            raise SourceUnreadable(f"{display_url(self.uri)} leads to no page with a text{said}")
        return best(found, query, k)


async def pages(
    uri: str,
    *,
    depth: int = 3,
    most: int = 200,
    allow: tuple[str, ...] = (),
    cache: Path | None = None,
    frontier: Frontier | None = None,
) -> AsyncGenerator[Passage]:
    """Yield the pages behind `crawl:URL`, `sitemap:URL` or a plain URL (as crawl), each whole and once, with its title.

    Links are followed `depth` deep, breadth first, to `most` pages; a page that cannot be read is a line in the
    frontier's failures. Raises SourceError if the start cannot be read, or its robots.txt forbids it.
    """
    way, url = _parsed(uri)
    frontier = Frontier() if frontier is None else frontier
    if not frontier.seen:
        starts = [url] if way == "crawl" else await sitemap_urls(url, most=most, allow=allow, cache=cache)
        frontier.add(starts, 0)
        frontier.folder = folder_of(url) if way == "crawl" else urljoin(url, "/")
    while frontier.waiting and frontier.read < most:
        at, level = frontier.waiting[0]
        try:
            got = await _polite(at, allow, cache)
            if at == url and way == "crawl" and not is_below(got.url, frontier.folder):
                frontier.folder = folder_of(
                    got.url
                )  # the start itself led elsewhere, as http://e.org to https://www.e.org
            page, links = await _page(got) if is_below(got.url, frontier.folder) else (None, [])
        except SourceError as error:
            if at == url and way == "crawl":
                raise
            frontier.failures = [*frontier.failures, str(error)][:_MOST_FAILURES]
            page, links = None, []
        frontier.waiting.popleft()
        if way == "crawl" and level < depth:
            frontier.add([each for each in links if is_below(each, frontier.folder)], level + 1)
        if page is not None and _is_new(page, frontier):
            frontier.read += 1
            yield page


def _parsed(uri: str) -> tuple[str, str]:
    way, _, rest = uri.strip().partition(":")
    if way.lower() not in _SCHEMES:
        way, rest = "crawl", uri
    url = normal(rest)
    if not url:
        raise SourceRefused(f"{display_url(uri)} names no web address; write {way.lower()}:https://HOST/PATH")
    return way.lower(), url


async def _polite(url: str, allow: tuple[str, ...], cache: Path | None) -> Fetched:
    """Fetch one page as robots.txt permits, which also holds for where it redirects to."""
    rules = await insist(url, allow=allow, cache=cache)
    if rules.delay:
        await pace(url.split("/")[2], rules.delay, burst=1)
    got = await fetch(url, allow=allow, accept=ACCEPT, cache=cache)
    if got.url != url:
        await insist(got.url, allow=allow, cache=cache)
    return got


async def _page(got: Fetched) -> tuple[Passage | None, list[str]]:
    """Return a page whole, or nothing if it asks not to be kept or has no text, and the links to follow."""
    kind = kind_of_page(got.content_type, got.body)
    if kind != "html":
        parts = await read(got.body, kind=kind, uri=got.url, where="web", charset=got.charset)
        text = "\n\n".join(part.text for part in parts)
        return Passage(uri=got.url, title=parts[0].title, where="web", text=text), []
    from integrations.html import html_text

    html = decode(got.body, got.charset, got.url, is_html=True)
    links = await asyncio.to_thread(links_in, html, got.url)
    title, text = await asyncio.to_thread(html_text, html, got.url) if links.is_indexed else ("", "")
    page = Passage(uri=got.url, title=title, where="web", text=text) if text.strip() else None
    return page, links.urls


def _is_new(page: Passage, frontier: Frontier) -> bool:
    """Say whether neither this address nor this text was yielded before."""
    digest = hashlib.sha256(page.text.encode()).hexdigest()[:32]
    is_new = digest not in frontier.texts
    frontier.texts.add(digest)
    frontier.seen.add(normal(page.uri))
    return is_new
