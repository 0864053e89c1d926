"""The ledger: what every model call has cost, one row each, and what that makes by node."""

from typing import TYPE_CHECKING

from swarm.chat import Answer
from swarm.settings import Role
from swarm.usage import Usage

if TYPE_CHECKING:
    import asyncpg


async def record(
    pool: "asyncpg.Pool[asyncpg.Record]", run: str, node: str, role: Role, answer: Answer, key: str | None = None
) -> None:
    """Enter one model call; the same `key` is entered once, however often its step runs."""
    usage = answer.usage
    await pool.execute(
        "insert into swarm.usage (run, node, role, model, tokens_in, tokens_out, usd, seconds, key)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (key) do nothing",
        run,
        node,
        role,
        answer.model,
        usage.tokens_in,
        usage.tokens_out,
        usage.usd,
        answer.seconds,
        key,
    )


async def totals(pool: "asyncpg.Pool[asyncpg.Record]", run: str) -> dict[str, Usage]:
    """Return what each node of a run has spent, by path; a sum with an unknown price in it has no money."""
    rows = await pool.fetch(
        "select node, count(*) as calls, sum(tokens_in) as read, sum(tokens_out) as wrote,"
        " case when bool_or(usd is null) then null else sum(usd) end as usd"
        " from swarm.usage where run = $1 group by node",
        run,
    )
    return {
        row["node"]: Usage(calls=row["calls"], tokens_in=row["read"], tokens_out=row["wrote"], usd=row["usd"])
        for row in rows
    }
