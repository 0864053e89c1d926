"""Ingesting: a source brought into the catalogue as it stands now: what is new, what has changed, what is gone."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING

from integrations.listing import Listed, listed
from swarm.errors import ModelError, SourceError
from swarm.memory import folders, links, sources, vectors
from swarm.memory.catalogue import Catalogue
from swarm.memory.records import Change, Document
from swarm.nodes import Noun
from swarm.settings import Settings

if TYPE_CHECKING:
    from swarm.embedding import Embedder

_BATCH = 50
_BATCH_CHARACTERS = 1_000_000
_FAILURES = 20
"""Failures that are told; more are counted."""

Told = Callable[[str], None]


class Ingested(Noun):
    """What came of one source: `failures` are lines for a person, `failed` counts them all."""

    uri: str
    change: Change = Change()
    unchanged: int = 0
    forgotten: int = 0
    failed: int = 0
    failures: tuple[str, ...] = ()

    @property
    def items(self) -> int:
        """How many items the source has."""
        return self.change.new + self.change.changed + self.change.same + self.unchanged


async def ingest(catalogue: Catalogue, uri: str, settings: Settings, told: Told = print) -> Ingested:
    """Bring one source into the catalogue; raises SourceError if it cannot be read at all.

    It may be killed at any time: what was entered stays, and the next time goes on with what was not looked at since
    this one began. What the source no longer has is forgotten, unless something of it could not be read.
    """
    started = await sources.begin(catalogue.pool, uri)
    found = Ingested(uri=uri)
    async with aclosing(_batches(catalogue, uri, settings, started)) as batches:
        async for documents, unchanged, failures in batches:
            change = await catalogue.put(documents)
            found = found.model_copy(
                update={
                    "change": found.change + change,
                    "unchanged": found.unchanged + unchanged,
                    "failed": found.failed + len(failures),
                    "failures": (*found.failures, *failures)[:_FAILURES],
                }
            )
            told(f"{uri}: {found.items} items, {found.failed} failed")
            await sources.progress(catalogue.pool, uri, found.items, found.failed)
    if not found.failed:
        gone = await sources.vanished(catalogue.pool, uri, started)
        for each in gone:
            await catalogue.forget(each)
        found = found.model_copy(update={"forgotten": len(gone)})
    await sources.end(catalogue.pool, uri, is_read=found.items > 0 or not found.failed)
    return found


async def index(catalogue: Catalogue, embedder: "Embedder | None", told: Callable[[int, int], None]) -> str:
    """Bring the graph and the vectors up to date; returns what is missing, in a line, or nothing."""
    await links.refresh(catalogue.pool)
    await folders.refresh(catalogue.pool)
    if embedder is None:
        return ""
    try:
        await vectors.embed_pending(catalogue.pool, embedder, told=told)
        await vectors.drop_others(catalogue.pool, embedder.name)
    except ModelError as error:
        return f"found by words only until embeddings can be made: {error}"
    return ""


async def _batches(
    catalogue: Catalogue, uri: str, settings: Settings, started: datetime
) -> AsyncGenerator[tuple[list[Document], int, list[str]]]:
    """Yield documents in batches, how many were skipped as unchanged, and what could not be read."""
    documents, failures, waiting = list[Document](), list[str](), list[Listed]()
    unchanged = size = 0
    async with aclosing(listed(uri, settings)) as every:
        async for each in every:
            waiting.append(each)
            if len(waiting) < _BATCH:
                continue
            unchanged += await _read(catalogue, uri, waiting, documents, failures, started)
            waiting.clear()
            size = sum(len(passage.text) for document in documents for passage in document.passages)
            if len(documents) >= _BATCH or size > _BATCH_CHARACTERS or unchanged >= _BATCH or failures:
                yield documents, unchanged, failures
                documents, failures, unchanged = [], [], 0
    unchanged += await _read(catalogue, uri, waiting, documents, failures, started)
    yield documents, unchanged, failures


async def _read(
    catalogue: Catalogue,
    source: str,
    waiting: list[Listed],
    documents: list[Document],
    failures: list[str],
    started: datetime,
) -> int:
    """Read what has changed since it was read last; returns how many have not."""
    known = await sources.versions(catalogue.pool, [each.uri for each in waiting])
    same = []
    for each in waiting:
        version, checked = known.get(each.uri, ("", None))
        if (each.version and version == each.version) or (checked and checked >= started):
            same.append(each.uri)
            continue
        try:
            read = await each.read()
        except SourceError as error:
            failures.append(str(error))
            continue
        told = {"source": source, "version": each.version}
        documents += [document.model_copy(update={"provenance": told | document.provenance}) for document in read]
        await asyncio.sleep(0)
    await sources.seen(catalogue.pool, same)
    return len(same)
