"""Passages: the one shape in which every source answers, and the one signature by which it is asked."""

from typing import Protocol

from pydantic import BaseModel, ConfigDict

from swarm.texts import CleanText


class Passage(BaseModel):
    """A piece of text with its source; `uri` names the item, `page` and `lines` (first, last; from 1) the place."""

    model_config = ConfigDict(frozen=True)

    uri: str
    title: str = ""
    where: str
    text: CleanText
    score: float = 0.0
    page: int | None = None
    lines: tuple[int, int] | None = None


class Source(Protocol):
    """Anything that can be asked for passages: a page, a PDF, a folder, a repository."""

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return at most `k` passages, best first; an empty query asks for the beginning. Raises SourceError."""
        ...
