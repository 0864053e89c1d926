"""Ingesting: a source brought into the catalogue as it stands now: what is new, what has changed, what is gone."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
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
    this one began. What the source no longer has is forgotten; what cannot be read now is kept as it was.
    """
    started = await sources.begin(catalogue.pool, uri)
    found, look = Ingested(uri=uri), _Look(catalogue, uri, started)
    async with aclosing(listed(uri, settings)) as every:
        async for item in every:
            look.waiting.append(item)
            if len(look.waiting) >= _BATCH:
                found = await _enter(look, found, told)
    found = await _enter(look, found, told)
    if look.is_whole:
        gone = await sources.vanished(catalogue.pool, uri, started)
        for address in gone:
            await catalogue.forget(address)
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


@dataclass
class _Look:
    """A look at a source under way. It `is_whole` until something fails that may hide items."""

    catalogue: Catalogue
    source: str
    started: datetime
    waiting: list[Listed] = field(default_factory=list)
    is_whole: bool = True


async def _enter(look: _Look, found: Ingested, told: Told) -> Ingested:
    """Enter what waits, say how far it has come, and return what came of the source so far."""
    documents, unchanged, failures = await _read(look)
    change = await look.catalogue.put(documents)
    look.waiting.clear()
    found = found.model_copy(
        update={
            "change": found.change + change,
            "unchanged": found.unchanged + unchanged,
            "failed": found.failed + len(failures),
            "failures": (*found.failures, *failures)[:_FAILURES],
        }
    )
    told(f"{found.uri}: {found.items} items, {found.failed} failed")
    await sources.progress(look.catalogue.pool, found.uri, found.items, found.failed)
    return found


async def _read(look: _Look) -> tuple[list[Document], int, list[str]]:
    """Read what has changed since it was read last; returns it, how many have not changed, and what failed."""
    known = await sources.versions(look.catalogue.pool, [each.uri for each in look.waiting])
    documents, failures, same, broken = list[Document](), list[str](), list[str](), list[str]()
    for each in look.waiting:
        version, checked = known.get(each.uri, ("", None))
        if (each.version and version == each.version) or (checked and checked >= look.started):
            same.append(each.uri)
            continue
        try:
            read = await each.read()
        except SourceError as error:
            failures.append(str(error))
            broken.append(each.uri)  # it is there: what is remembered of it stays
            look.is_whole = look.is_whole and each.uri != look.source
            continue
        told = {"source": look.source, "version": each.version}
        documents += [document.model_copy(update={"provenance": told | document.provenance}) for document in read]
        await asyncio.sleep(0)
    await sources.seen(look.catalogue.pool, [*same, *broken])
    return documents, len(same), failures
