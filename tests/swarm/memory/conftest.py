"""Fixtures of the memory: a database of its own for each test, and an embedder that needs no model."""

import secrets
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit, urlunsplit

import pytest
import pytest_asyncio

from swarm.chunks import chunks
from swarm.database import connect, ensure_database, migrate
from swarm.memory.catalogue import Catalogue
from swarm.memory.records import Document
from swarm.passages import Passage
from swarm.settings import Settings
from swarm.stack import Connection

THEMES = {"cat": 0, "kitten": 0, "feline": 0, "car": 1, "engine": 1, "vehicle": 1, "bread": 2, "flour": 2, "baker": 2}


class Meaning:
    """An embedder that knows a few words: texts on one theme are near to each other, whatever words they use."""

    def __init__(self, name: str = "themes", size: int = 4) -> None:
        self.name, self.size, self.seen = name, size, 0

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        self.seen += len(texts)
        return [self._of(text) for text in texts]

    def _of(self, text: str) -> list[float]:
        vector = [0.0] * self.size
        for word in text.lower().replace(".", " ").split():
            if word in THEMES:
                vector[THEMES[word]] += 1.0
        vector[3] = 0.1 if any(vector) else 1.0
        length = sum(each * each for each in vector) ** 0.5
        return [each / length for each in vector]


@pytest_asyncio.fixture
async def catalogue(stack: tuple[Settings, Connection]) -> AsyncIterator[Catalogue]:
    """An empty memory."""
    address = urlsplit(stack[1].database_url)
    url = urlunsplit(address._replace(path=f"/memory_{secrets.token_hex(4)}"))
    await ensure_database(url)
    await migrate(url)
    pool = await connect(url)
    yield Catalogue(pool)
    await pool.close()


@pytest.fixture
def meaning() -> Meaning:
    """A fresh embedder."""
    return Meaning()


def document(uri: str, text: str, title: str = "", where: str = "file", limit: int = 1200) -> Document:
    """Cut a text into a document."""
    passages = tuple(
        Passage(uri=uri, title=title, where=where, text=piece.text, lines=piece.lines) for piece in chunks(text, limit)
    )
    return Document.model_validate({"uri": uri, "where": where, "title": title, "passages": passages})
