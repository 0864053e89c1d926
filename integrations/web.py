"""The web: one page, as passages of its main content."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from integrations.documents.kinds import MOST_BYTES as MOST_DOCUMENT_BYTES
from integrations.documents.kinds import TYPES
from integrations.fetch import MEGABYTE, Fetched, fetch
from integrations.pdf import MOST_BYTES as MOST_PDF_BYTES
from integrations.reading import decode, kind_of_page, read
from swarm.errors import SourceUnreadable
from swarm.passages import Passage
from swarm.ranking import best

ACCEPT = {
    "application/pdf": MOST_PDF_BYTES,
    **dict.fromkeys(TYPES, MOST_DOCUMENT_BYTES),
    **dict.fromkeys(
        (
            *("", "text/*", "application/xhtml+xml", "application/json", "application/xml", "application/*+json"),
            *("application/*+xml", "application/x-ndjson", "application/yaml", "application/javascript"),
        ),
        5 * MEGABYTE,
    ),
}


@dataclass(frozen=True)
class Page:
    """A page on the web; `allow` names hosts (host or host:port) that may be private, `cache` is a folder.

    A single page is read as a person's browser would; with `obeys_robots` only where robots.txt permits it.
    """

    url: str
    allow: tuple[str, ...] = ()
    timeout: float = 20.0
    cache: Path | None = None
    obeys_robots: bool = False
    renders: bool = False
    is_document: ClassVar[bool] = True

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return the `k` best passages of the page, under the address it was found at. Raises SourceError."""
        got = await self._fetched()
        kind = kind_of_page(got.content_type, got.body)
        try:
            found = await read(got.body, kind=kind, uri=got.url, where="web", charset=got.charset)
        except SourceUnreadable:
            if not self.renders or kind != "html":
                raise
            found = await self._rendered(got.url)
        return best(found, query, k)

    async def whole(self) -> Passage:
        """Return the text as it was sent: the source of a page, JSON, CSV. Raises SourceError."""
        got = await self._fetched()
        return Passage(uri=got.url, where="web", text=decode(got.body, got.charset, got.url))

    async def _rendered(self, url: str) -> list[Passage]:
        from integrations.rendering import rendered

        html = await rendered(url, allow=self.allow, cache=self.cache, timeout=self.timeout)
        return await read(html.encode(), kind="html", uri=url, where="web", charset="utf-8")

    async def _fetched(self) -> Fetched:
        if self.obeys_robots:
            from integrations.robots import insist

            await insist(self.url, allow=self.allow, cache=self.cache)
        return await fetch(self.url, allow=self.allow, accept=ACCEPT, timeout=self.timeout, cache=self.cache)
