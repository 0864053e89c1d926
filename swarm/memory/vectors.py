"""Vectors: the semantic index, made after the passages and kept up with them, one embedding model beside another."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from swarm.errors import InvalidOutput
from swarm.outages import execute, fetch, patiently

if TYPE_CHECKING:
    import asyncpg

    from swarm.embedding import Embedder

    Pool = asyncpg.Pool[asyncpg.Record]

_LOCK = 7_926_238
_BATCH = 32
_INDEXED_FROM = 10_000
"""Vectors of a model from which on they are searched by an index; fewer are compared one by one, exactly."""
_LARGEST = 4000
"""Numbers of a vector that the index takes."""
_SEARCHED = 400
_INDEX_SECONDS = 3600.0


async def embed_pending(
    pool: "Pool", embedder: "Embedder", most: int | None = None, told: Callable[[int, int], None] | None = None
) -> int:
    """Give passages that lack one their vector, at most so many, and return how many; batches are kept as they come.

    One process does it at a time; another finds less left to do. Raises ModelError.
    """
    done, after, left = 0, 0, await pending(pool, embedder.name)
    async with pool.acquire() as keeper:
        await keeper.execute("select pg_advisory_lock($1)", _LOCK)
        try:
            while most is None or done < most:
                made = await _embed(pool, embedder, after, min(_BATCH, (most or _BATCH + done) - done))
                if not made:
                    break
                done, after = done + len(made), made[-1]
                if told is not None:
                    told(done, max(left, done))
            await _index(pool, embedder.name)
        finally:
            await asyncio.shield(keeper.execute("select pg_advisory_unlock($1)", _LOCK))
    return done


async def embed_new(pool: "Pool", embedder: "Embedder", most: int) -> None:
    """Give the passages that came after the last one with a vector theirs, the first `most` of them.

    Not where another process is at it, which will come to them. Raises ModelError.
    """
    newest = "select coalesce(max(passage), 0) from swarm.vectors where model = $1"
    async with pool.acquire() as keeper:
        if not await keeper.fetchval("select pg_try_advisory_lock($1)", _LOCK):
            return
        try:
            after = int(await keeper.fetchval(newest, embedder.name))
            for done in range(0, most, _BATCH):
                made = await _embed(pool, embedder, after, min(_BATCH, most - done))
                if len(made) < _BATCH:
                    break
                after = made[-1]
        finally:
            await asyncio.shield(keeper.execute("select pg_advisory_unlock($1)", _LOCK))


async def pending(pool: "Pool", model: str) -> int:
    """Return how many passages have no vector of this model."""
    query = (
        "select count(*) from swarm.passages p"
        " where not exists (select 1 from swarm.vectors v where v.passage = p.id and v.model = $1)"
    )
    return int(await patiently(lambda: pool.fetchval(query, model)))


async def has_any(pool: "Pool", model: str) -> bool:
    """Say whether any passage has a vector of this model."""
    query = "select exists (select 1 from swarm.vectors where model = $1)"
    return bool(await patiently(lambda: pool.fetchval(query, model)))


async def drop_others(pool: "Pool", model: str) -> None:
    """Forget the vectors of all other models, once this one has them all."""
    await execute(pool, "delete from swarm.vectors where model <> $1", model)


async def nearest(pool: "Pool", model: str, vector: Sequence[float], k: int) -> dict[int, float]:
    """Return the `k` passages nearest to a vector, with the cosine, nearest first."""
    # As a query of its own the vector is read once; as a plain parameter it would be for every row.
    distance = f"embedding::halfvec({len(vector)}) <#> (select $1::text::halfvec({len(vector)}))"
    query = (
        f"select passage, 0 - ({distance}) as score from swarm.vectors"
        f" where model = {_quoted(model)} order by {distance} limit $2"
    )

    async def asked() -> "list[asyncpg.Record]":
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(f"set local hnsw.ef_search = {min(max(k, 40), 1000)}")
            return await connection.fetch(query, _written(vector), k)

    return {row["passage"]: float(row["score"]) for row in await patiently(asked)}


async def similarities(pool: "Pool", model: str, vector: Sequence[float], passages: Sequence[int]) -> dict[int, float]:
    """Return the cosine of each of these passages that has a vector."""
    query = (
        "select passage, 0 - (embedding <#> (select $1::text::halfvec)) as score from swarm.vectors"
        " where model = $2 and passage = any($3)"
    )
    rows = await fetch(pool, query, _written(vector), model, list(passages))
    return {row["passage"]: float(row["score"]) for row in rows}


async def check_size(pool: "Pool", model: str, vector: Sequence[float]) -> None:
    """Raise InvalidOutput for a vector of another size than the model's other ones."""
    query = (
        "insert into swarm.embedders (model, size) values ($1, $2) on conflict (model)"
        " do update set model = excluded.model returning size"
    )
    size = await patiently(lambda: pool.fetchval(query, model, len(vector)))
    if size != len(vector):
        raise InvalidOutput(
            f"{model} answers with vectors of {len(vector)} numbers, but memory has {size} of it; "
            "set SWARM_EMBEDDINGS to a name of its own for each model"
        )


async def _embed(pool: "Pool", embedder: "Embedder", after: int, most: int) -> list[int]:
    query = (
        "select p.id, p.title, p.text from swarm.passages p where p.id > $2"
        " and not exists (select 1 from swarm.vectors v where v.passage = p.id and v.model = $1)"
        " order by p.id limit $3"
    )
    rows = await fetch(pool, query, embedder.name, after, most)
    if not rows:
        return []
    made = await embedder([f"{row['title']}\n{row['text']}" for row in rows])
    await check_size(pool, embedder.name, made[0])
    # A passage may be gone by now.
    insert = (
        "insert into swarm.vectors (passage, model, embedding) select new.id, $2, new.vector::halfvec"
        " from unnest($1::bigint[], $3::text[]) as new (id, vector) join swarm.passages p on p.id = new.id"
        " on conflict do nothing"
    )
    ids, written = [row["id"] for row in rows], [_written(vector) for vector in made]
    await execute(pool, insert, ids, embedder.name, written)
    return ids


async def _index(pool: "Pool", model: str) -> None:
    """Have an index over the vectors of a model once they are many."""
    size = await patiently(lambda: pool.fetchval("select size from swarm.embedders where model = $1", model))
    count = await patiently(lambda: pool.fetchval("select count(*) from swarm.vectors where model = $1", model))
    if size is None or size > _LARGEST or count < _INDEXED_FROM:
        return
    from swarm.keys import digest

    statement = (
        f"create index if not exists vectors_{digest(model)} on swarm.vectors"
        f" using hnsw ((embedding::halfvec({size})) halfvec_ip_ops) where model = {_quoted(model)}"
    )
    await pool.execute(statement, timeout=_INDEX_SECONDS)


def _quoted(text: str) -> str:
    """Write a text into SQL: what belongs to an index cannot be a parameter."""
    return "'" + text.replace("'", "''") + "'"


def _written(vector: Sequence[float]) -> str:
    return "[" + ",".join(f"{each:.6g}" for each in vector) + "]"
