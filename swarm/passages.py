"""Passages: the one shape in which every source answers, and the one signature by which it is asked."""

from typing import Protocol

from pydantic import ConfigDict

from swarm.text.display_url import mask_urls
from swarm.text.models import CleanText, Redacted


class Passage(Redacted):
    """A piece of text with its source; `uri` names the item, `page` and `lines` (first, last; from 1) the place."""

    model_config = ConfigDict(frozen=True)

    uri: str
    title: str = ""
    where: str
    text: CleanText
    score: float = 0.0
    page: int | None = None
    lines: tuple[int, int] | None = None


def place(passage: Passage) -> str:
    """Return where a passage stands, as it is cited: `report.pdf, page 2`, `notes.md, lines 3-9`."""
    uri = mask_urls(passage.uri)
    if passage.page is not None:
        return f"{uri}, page {passage.page}"
    if passage.lines is not None:
        return f"{uri}, lines {passage.lines[0]}-{passage.lines[1]}"
    return uri


class Source(Protocol):
    """Anything that can be asked for passages: a page, a PDF, a folder, a repository."""

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return at most `k` passages, best first; an empty query asks for the beginning. Raises SourceError."""
        ...
