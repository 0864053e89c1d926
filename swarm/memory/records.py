"""Records: an item of the catalogue, and a document as it comes in."""

from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, JsonValue

from swarm.keys import digest
from swarm.nodes import Noun, shorten
from swarm.passages import Passage
from swarm.text.models import CleanText

Where = Literal["file", "web", "github", "object", "database"]
_CODE = {".py", ".js", ".ts", ".tsx", ".jsx", ".go", ".java", ".rs", ".c", ".h", ".cpp", ".rb", ".sh", ".sql"}
_TABLES = {".csv", ".tsv", ".xlsx", ".jsonl", ".json"}
_HOW: dict[Where, str] = {
    "file": "read the file",
    "web": "fetch the page",
    "github": "ask GitHub",
    "object": "read the object",
    "database": "it is kept here",
}


class Document(Noun):
    """One item as it comes in: its passages in order. `content` is set where it lies nowhere but in the catalogue."""

    uri: str = Field(min_length=1, max_length=2000)
    where: Where
    passages: tuple[Passage, ...]
    title: CleanText = ""
    content: CleanText | None = None
    provenance: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What it is, by its name."""
        suffix = PurePosixPath(urlsplit(self.uri.partition("#")[0]).path).suffix.lower()
        if suffix == ".pdf" or any(passage.page for passage in self.passages[:1]):
            return "pdf" if suffix in (".pdf", "") else suffix[1:]
        if suffix in _CODE:
            return "code"
        if suffix in _TABLES:
            return "table"
        return "page" if self.where == "web" else "text"

    @property
    def headline(self) -> str:
        """Its title, or the last part of its address."""
        first = self.passages[0].title if self.passages else ""
        return shorten(self.title or first or self.uri.rstrip("/").rsplit("/", 1)[-1], 300)

    @property
    def hash(self) -> str:
        """What it says, in sixteen digits."""
        return digest(self.headline, [(each.title, each.text, each.page, each.lines) for each in self.passages])

    @property
    def how_to_get(self) -> str:
        """How it is got again."""
        return _HOW[self.where]

    @property
    def summary(self) -> str:
        """How it begins."""
        return shorten(" ".join(self.passages[0].text.split()), 200) if self.passages else ""


class Item(Noun):
    """An item of the catalogue. `size` is in characters; `provenance` says which run, person or source brought it."""

    uri: str
    title: str
    kind: str
    where: Where
    how_to_get: str
    summary: str
    hash: str
    size: int
    passages: int
    provenance: dict[str, JsonValue]
    created: datetime
    checked: datetime


class Change(Noun):
    """What putting documents has changed, in items and in passages."""

    new: int = 0
    changed: int = 0
    same: int = 0
    added: int = 0
    kept: int = 0
    removed: int = 0

    def __add__(self, other: "Change") -> "Change":
        return Change(**{name: getattr(self, name) + getattr(other, name) for name in Change.model_fields})
