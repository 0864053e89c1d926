"""Measure how search grows: made-up passages, 10,000 and then more, put into one catalogue.

Their words are drawn as words are in English (Zipf's law over a made-up vocabulary of 50,000). Their vectors are made
up, too, in clusters: how long a search takes does not depend on what they mean, and embedding 100,000 passages takes
an hour on two cores. Queries are embedded by the real model, whose time is part of each. The rate of real embedding is
measured on 500 of them.

    python -m benchmarks.search --scale 100000
"""

import random
import time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.databases import database
from benchmarks.measures import memory_mb, percentiles
from integrations.embeddings import choose_embedder
from swarm.embedding import Embedder
from swarm.memory import folders, links
from swarm.memory.catalogue import Catalogue
from swarm.memory.records import Document
from swarm.memory.statistics import statistics
from swarm.memory.strategies import choose
from swarm.memory.vectors import embed_pending
from swarm.passages import Passage
from swarm.settings import load_settings

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_FIRST = 10_000
_WORDS = 120
"""Words of a passage."""
_PER_ITEM = 5
_CLUSTERS = 200
_QUERIES = 60
_EMBEDDED = 500
_STRATEGIES = ("lexical", "semantic", "hybrid", "graph", "folders")


class _Made:
    """Makes texts up, and stands for the model while their vectors are entered."""

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        rng = np.random.default_rng(7)
        self._rng, self._random = rng, random.Random(7)
        self._centres = rng.normal(size=(_CLUSTERS, size))
        syllables = [a + b for a in "bcdfghklmnprstvz" for b in "aeiou"]
        self._vocabulary = [
            "".join(self._random.choices(syllables, k=self._random.randint(2, 4))) for _ in range(50_000)
        ]
        weights = 1 / np.arange(1, 50_001)
        self._weights = np.cumsum(weights / weights.sum())

    def text(self, words: int) -> str:
        """Return so many words."""
        return " ".join(self._vocabulary[at] for at in np.searchsorted(self._weights, self._rng.random(words)))

    async def __call__(self, texts: "list[str]") -> list[list[float]]:
        centres = self._centres[self._rng.integers(0, _CLUSTERS, len(texts))]
        made = centres + 0.7 * self._rng.normal(size=centres.shape)
        return [list(map(float, vector)) for vector in made / np.linalg.norm(made, axis=1, keepdims=True)]


async def grow(most: int) -> list[dict[str, object]]:
    """Grow a catalogue to so many passages and print what each size costs."""
    embedder = choose_embedder(load_settings())
    assert embedder is not None, "unset SWARM_EMBEDDINGS=none: there is nothing to measure"
    size = len((await embedder(["to load the model"]))[0])
    made, rows = _Made(embedder.name, size), list[dict[str, object]]()
    async with database() as pool:
        catalogue, there = Catalogue(pool), 0
        for wanted in sorted({min(_FIRST, most), most}):
            begun = time.perf_counter()
            await _fill(catalogue, made, there, wanted)
            entered, begun = time.perf_counter() - begun, time.perf_counter()
            await links.refresh(pool)
            await folders.refresh(pool)
            linked, begun = time.perf_counter() - begun, time.perf_counter()
            await embed_pending(pool, made)  # type: ignore[arg-type]
            indexed = time.perf_counter() - begun
            print(
                f"\n{wanted:,} passages: {(wanted - there) / entered:,.0f} a second entered and indexed by words,"
                f" {(wanted - there) / linked:,.0f} linked, {(wanted - there) / indexed:,.0f} vectors stored"
            )
            there = wanted
            rows += [await _searched(name, catalogue, embedder, made, wanted) for name in _STRATEGIES]
            told = await statistics(pool, embedder.name)
            sizes = ", ".join(f"{name[10:]} {value} MB" for name, value in told.items() if name.startswith("megabytes"))
            print(f"  on disk: {sizes}; this process: {memory_mb():.0f} MB")
        begun = time.perf_counter()
        await embedder([made.text(_WORDS) for _ in range(_EMBEDDED)])
        print(f"\nreal embedding: {_EMBEDDED / (time.perf_counter() - begun):.0f} passages a second on one core")
    _print_growth(rows, most)
    return rows


async def _fill(catalogue: Catalogue, made: _Made, there: int, wanted: int) -> None:
    documents: list[Document] = []
    for number in range(there, wanted, _PER_ITEM):
        title = made.text(3)
        uri = f"bench:/{number // 5000}/{number // 100}/{number}"
        passages = tuple(
            Passage(uri=uri, title=title, where="database", text=made.text(_WORDS)) for _ in range(_PER_ITEM)
        )
        documents.append(Document(uri=uri, where="database", title=title, passages=passages))
    await catalogue.put(documents)


async def _searched(
    name: str, catalogue: Catalogue, embedder: Embedder, made: _Made, passages: int
) -> dict[str, object]:
    search = choose(name, catalogue, embedder)
    await search(made.text(8), 8)
    times = []
    for _ in range(_QUERIES):
        query = made.text(8)
        begun = time.perf_counter()
        await search(query, 8)
        times.append(time.perf_counter() - begun)
    middle, high = percentiles(times)
    print(f"  {name:10} p50 {1000 * middle:6.1f} ms   p95 {1000 * high:6.1f} ms", flush=True)
    return {
        "system": name,
        "passages": passages,
        "p50_ms": round(1000 * middle, 1),
        "p95_ms": round(1000 * high, 1),
    }


def _print_growth(rows: list[dict[str, object]], most: int) -> None:
    by = {(row["system"], row["passages"]): float(str(row["p95_ms"])) for row in rows}
    grown = [f"{name} {by[name, most] / by[name, _FIRST]:.1f} x" for name in _STRATEGIES if (name, _FIRST) in by]
    print(f"growth of p95 from {_FIRST:,} to {most:,}: {', '.join(grown)}")
