"""Sitemaps (sitemaps.org): the pages a site lists, from XML, gzipped XML, plain lists and indexes of them."""

import zlib
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

from integrations.fetch import MEGABYTE, fetch
from integrations.links import normal
from integrations.robots import rules_for
from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnreadable
from swarm.text.display_url import display_url

_MOST_BYTES = 50 * MEGABYTE
"""Of one file, unpacked; sitemaps.org allows no more."""
_MOST_FILES = 50
_GZIP = b"\x1f\x8b"


async def sitemap_urls(
    url: str, *, most: int = 10_000, allow: tuple[str, ...] = (), cache: Path | None = None
) -> list[str]:
    """Return the addresses a sitemap lists that are on its own host, in order; an index's sitemaps are read as well.

    A site's own address stands for the sitemaps its robots.txt names, or /sitemap.xml. Raises SourceError if there is
    none; a damaged part of an index is passed over.
    """
    waiting = deque(await _starts(url, allow, cache))
    seen = set(waiting)
    found: dict[str, None] = {}
    failures: list[SourceError] = []
    while waiting and len(seen) <= _MOST_FILES and len(found) < most:
        at = waiting.popleft()
        try:
            got = await fetch(at, allow=allow, accept={"*": _MOST_BYTES}, cache=cache)
            pages, parts = _parsed(got.body, at)
        except SourceError as error:
            failures.append(error)
            continue
        found |= dict.fromkeys(each for each in pages if _is_near(each, at))
        new = [each for each in parts if _is_near(each, at) and each not in seen][: _MOST_FILES - len(seen)]
        waiting += new
        seen |= set(new)
    if failures and not found:
        raise failures[0]
    if not found:
        raise SourceNotFound(f"{display_url(url)} is a sitemap that lists no page of its own host; check the address")
    return list(found)[:most]


async def _starts(url: str, allow: tuple[str, ...], cache: Path | None) -> list[str]:
    start = normal(url)
    if not start:
        raise SourceRefused(f"{display_url(url)} is no web address; write sitemap:https://HOST/sitemap.xml")
    if urlsplit(start).path != "/":
        return [start]
    rules = await rules_for(start, allow=allow, cache=cache)
    named = [each for each in map(normal, rules.sitemaps) if each and _is_near(each, start)]
    return named[:_MOST_FILES] or [f"{start}sitemap.xml"]


def _is_near(url: str, start: str) -> bool:
    return urlsplit(url).netloc == urlsplit(start).netloc


def _parsed(body: bytes, url: str) -> tuple[list[str], list[str]]:
    """Return the pages and the further sitemaps that one file names."""
    text = _unpacked(body, url)
    if not text.lstrip().startswith(b"<"):
        lines = text.decode("utf-8", "replace").split()
        return [each for each in map(normal, lines) if each], []
    from lxml import etree  # type: ignore[import-untyped]

    # No entity is resolved and nothing is loaded, whatever the file declares.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text, parser)
    except etree.LxmlError as error:
        raise SourceUnreadable(f"{display_url(url)} is no sitemap: {str(error)[:100]}") from None
    if root is None or etree.QName(root).localname not in ("urlset", "sitemapindex", "feed", "rss"):
        raise SourceUnreadable(
            f"{display_url(url)} is no sitemap; give the address of one, or crawl:URL to follow links"
        )
    found = [each for loc in root.iterfind(".//{*}loc") if (each := normal(loc.text or ""))]
    is_index = etree.QName(root).localname == "sitemapindex"
    return ([], found) if is_index else (found, [])


def _unpacked(body: bytes, url: str) -> bytes:
    if not body.startswith(_GZIP):
        return body
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = inflater.decompress(body, _MOST_BYTES)
    except zlib.error as error:
        raise SourceUnreadable(f"{display_url(url)} is a damaged gzip file ({error})") from None
    if inflater.unconsumed_tail:
        raise SourceRefused(
            f"{display_url(url)} is larger than {_MOST_BYTES / MEGABYTE:g} MB, the most that is read of it"
        )
    return text
