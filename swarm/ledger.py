"""The ledger: what every model call has cost, one row each (written with the tape), and what that makes by node."""

from typing import TYPE_CHECKING

from swarm.outages import patiently
from swarm.usage import Usage

if TYPE_CHECKING:
    import asyncpg


async def totals(pool: "asyncpg.Pool[asyncpg.Record]", run: str) -> dict[str, Usage]:
    """Return what each node of a run has spent, by path; a sum with an unknown price in it has no money."""
    rows = await patiently(
        lambda: pool.fetch(
            "select node, count(*) as calls, sum(tokens_in) as read, sum(tokens_out) as wrote,"
            " sum(cached) as cached,"
            " case when bool_or(usd is null) then null else sum(usd) end as usd"
            " from swarm.usage where run = $1 group by node",
            run,
        )
    )
    return {
        row["node"]: Usage(
            calls=row["calls"], tokens_in=row["read"], tokens_out=row["wrote"], cached=row["cached"], usd=row["usd"]
        )
        for row in rows
    }
