"""Links: the graph of the catalogue, made without a model. A passage that mentions an item by its title leads to it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from swarm.memory import postings
from swarm.memory.names import Names, first_words
from swarm.outages import execute, fetch
from swarm.words import terms

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_LOCK = 7_926_239
_BATCH = 500
_NAMESAKES = 3
"""A name that more items have (README, index) says nothing."""
_FEW = 200
"""So many new items are looked for by the index; for more all passages are read again."""
_MENTIONS = 5000
"""Passages that may mention one new item: who is mentioned more is a common word."""


async def refresh(pool: "Pool") -> int:
    """Find the mentions that are new since the last time, and return how many passages were read for it."""
    async with pool.acquire() as keeper:
        await keeper.execute("select pg_advisory_lock($1)", _LOCK)
        try:
            again = await _look_back(pool)
            return again + await _look_through(pool)
        finally:
            await keeper.execute("select pg_advisory_unlock($1)", _LOCK)


async def _look_back(pool: "Pool") -> int:
    """Look for new items in the passages that were looked through before they came."""
    query = "select id, name from swarm.items where not linked and name <> '' order by id limit $1"
    rows = await fetch(pool, query, _FEW + 1)
    mark = "update swarm.items set linked = true where not linked"
    if len(rows) > _FEW:
        await execute(pool, "update swarm.passages set linked = false where linked")
        await execute(pool, mark)
        return 0
    read = 0
    for row in rows:
        wanted = terms(row["name"])
        found = await postings.containing(pool, wanted, _MENTIONS) if wanted else []
        if len(found) < _MENTIONS:
            passages = await _texts(pool, "p.linked and p.id = any($1)", found)
            await _link(pool, passages, Names([(row["id"], row["name"])], _NAMESAKES))
            read += len(passages)
    await execute(pool, f"{mark} and (name = '' or id = any($1))", [row["id"] for row in rows])
    return read


async def _look_through(pool: "Pool") -> int:
    """Look for all items in the passages that are new."""
    read, names = 0, None
    while passages := await _texts(pool, f"not p.linked and $1::bigint[] is not null order by p.id limit {_BATCH}", []):
        if names is None or len(passages) < _BATCH:
            names = await _names(pool, passages)
        await _link(pool, passages, names)
        ids = [row["id"] for row in passages]
        await execute(pool, "update swarm.passages set linked = true where id = any($1)", ids)
        read += len(passages)
    return read


async def _names(pool: "Pool", passages: "Sequence[asyncpg.Record]") -> Names:
    """Return the names that may stand in passages: all of them where many passages are to come."""
    if len(passages) < _BATCH:
        query = "select id, name from swarm.items where name <> '' and split_part(name, ' ', 1) = any($1)"
        rows = await fetch(pool, query, sorted(first_words(row["text"] for row in passages)))
    else:
        rows = await fetch(pool, "select id, name from swarm.items where name <> ''")
    return Names(((row["id"], row["name"]) for row in rows), _NAMESAKES)


async def _texts(pool: "Pool", which: str, ids: Sequence[int]) -> "list[asyncpg.Record]":
    query = f"select p.id, p.item, p.title, p.text from swarm.passages p where {which}"
    return await fetch(pool, query, list(ids))


async def _link(pool: "Pool", passages: "Sequence[asyncpg.Record]", names: Names) -> None:
    """Enter what these passages mention, but for themselves."""
    pairs = sorted(
        (row["id"], item) for row in passages for item in names.mentioned(row["text"]) if item != row["item"]
    )
    insert = (
        "insert into swarm.links (passage, item) select new.passage, new.item"
        " from unnest($1::bigint[], $2::bigint[]) as new (passage, item)"
        " join swarm.passages p on p.id = new.passage join swarm.items i on i.id = new.item on conflict do nothing"
    )
    await execute(pool, insert, [each for each, _ in pairs], [each for _, each in pairs])
