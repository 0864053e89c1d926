"""Measure what a search over many functions costs: made by variation, with vectors near those of the real ones.

How long a search takes does not depend on what the vectors mean, and embedding 20,000 texts takes a quarter of an hour.
The goals are embedded by the real model, whose time is part of each search.

    python -m benchmarks.functions_search --scale 20000
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.databases import database
from benchmarks.measures import memory_mb, percentiles
from swarm.embedding import Embedder
from swarm.functions import index, vectors
from swarm.functions.library import Library
from swarm.functions.records import Function
from swarm.functions.search import Search

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_FIRST = 1000
_SEARCHES = 40


class _Near:
    """Stands for the model while the vectors of functions are made: each near one of a few that are real."""

    def __init__(self, name: str, real: Sequence[Sequence[float]]) -> None:
        self.name, self._real = name, np.array(real)
        self._rng = np.random.default_rng(7)

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        made = self._real[self._rng.integers(0, len(self._real), len(texts))]
        made = made + 0.03 * self._rng.normal(size=made.shape)
        found: list[list[float]] = (made / np.linalg.norm(made, axis=1, keepdims=True)).tolist()
        return found


async def grow(library: Sequence[Function], goals: Sequence[str], embedder: Embedder, most: int) -> None:
    """Grow a library to 1,000 and to `most` functions, and print what a search costs at each size."""
    real = await embedder([each.description for each in library[:100]])
    async with database() as pool:
        there = 0
        for wanted in sorted({min(_FIRST, most), most}):
            await _fill(pool, library, there, wanted)
            there = wanted
            print(f"\n{wanted:,} functions")
            _forget()
            await _print_first("the first search ever, words alone", Search(pool, None), goals[0])
            near = Search(pool, _Near(embedder.name, real))
            while await _lacks(pool, 2 * wanted):
                await near(goals[0])
            _forget()
            search = Search(pool, embedder)
            await _print_first("the first search of a process", search, goals[0])
            await _print_warm(search, goals)
            await Library(pool).helped(f"{library[0].name}_0", f"a goal of {wanted}")
            await _print_first("the next one after a change", search, goals[0])
    print(f"\nthis process: {memory_mb():.0f} MB")


async def _print_first(what: str, search: Search, goal: str) -> None:
    begun, wall = time.process_time(), time.perf_counter()
    await search(goal)
    cpu, whole = 1000 * (time.process_time() - begun), 1000 * (time.perf_counter() - wall)
    print(f"  {what:36} CPU {cpu:7.1f} ms, wall {whole:7.1f} ms")


async def _print_warm(search: Search, goals: Sequence[str]) -> None:
    times, walls = list[float](), list[float]()
    for goal in goals[:_SEARCHES]:
        begun, wall = time.process_time(), time.perf_counter()
        await search(goal)
        times.append(time.process_time() - begun)
        walls.append(time.perf_counter() - wall)
    (middle, high), (wall_middle, wall_high) = percentiles(times), percentiles(walls)
    print(
        f"  in a warm process: CPU p50 {1000 * middle:.1f} ms, p95 {1000 * high:.1f} ms;"
        f" wall p50 {1000 * wall_middle:.1f} ms, p95 {1000 * wall_high:.1f} ms"
    )


async def _fill(pool: "Pool", library: Sequence[Function], there: int, wanted: int) -> None:
    rows = []
    for number in range(there, wanted):
        function = library[number % len(library)]
        name = f"{function.name[:50]}_{number}"
        made = function.model_copy(update={"name": name, "description": f"{function.description} Variant {number}."})
        rows.append((name, 1, "saved", "person", made.model_dump_json()))
    columns = ["name", "version", "status", "maker", "record"]
    async with pool.acquire() as connection:
        await connection.copy_records_to_table("functions", schema_name="swarm", columns=columns, records=rows)


async def _lacks(pool: "Pool", wanted: int) -> bool:
    return int(await pool.fetchval("select count(*) from swarm.function_vectors")) < wanted


def _forget() -> None:
    """Have this process know no more of the library than a new one does."""
    index._KNOWN.clear()
    vectors._KNOWN.clear()


if __name__ == "__main__":
    raise SystemExit("python -m benchmarks.functions_search --scale 20000")
