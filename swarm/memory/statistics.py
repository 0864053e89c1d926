"""Statistics: how much is remembered, how much of it is indexed, and what it takes."""

from typing import TYPE_CHECKING

from swarm.memory import vectors
from swarm.outages import fetch

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_TABLES = ("items", "passages", "postings", "vectors", "links", "entities", "occurrences", "relations")


async def statistics(pool: "Pool", model: str) -> dict[str, object]:
    """Return counts, by name; `model` is the embedding model in use, empty for none."""
    told: dict[str, object] = {}
    for table in ("items", "passages", "vectors", "links", "entities", "relations", "sources"):
        (row,) = await fetch(pool, f"select count(*) as n from swarm.{table}")
        told[table] = row["n"]
    for row in await fetch(pool, "select place, count(*) as n from swarm.items group by place order by place"):
        told[f"items_{row['place']}"] = row["n"]
    if model:
        told["vectors_missing"] = await vectors.pending(pool, model)
        told["embedding_model"] = model
    (sizes,) = await fetch(pool, "select " + ", ".join(f"pg_total_relation_size('swarm.{t}') as {t}" for t in _TABLES))
    told |= {f"megabytes_{table}": round(sizes[table] / 1e6, 1) for table in _TABLES}
    return told
