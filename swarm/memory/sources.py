"""Sources: what a person asked to be remembered, how far the last look at each has come, and what it no longer has."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from swarm.nodes import Noun
from swarm.outages import execute, fetch, patiently

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]


class Kept(Noun):
    """A source: `every` is in seconds, 0 for one that is looked at only when somebody asks."""

    uri: str
    every: int
    state: str
    items: int
    failed: int
    added: datetime
    refreshed: datetime | None


async def enter(pool: "Pool", uri: str, every: int | None) -> None:
    """Enter a source, or change how often it is looked at."""
    options: dict[str, JsonValue] = {} if every is None else {"every": every}
    statement = (
        "insert into swarm.sources (uri, options) values ($1, $2::jsonb)"
        " on conflict (uri) do update set options = sources.options || excluded.options"
    )
    await execute(pool, statement, uri, json.dumps(options))


async def every(pool: "Pool") -> list[Kept]:
    """Return the sources, by address."""
    return [_kept(row) for row in await fetch(pool, "select * from swarm.sources order by uri")]


async def begin(pool: "Pool", uri: str) -> datetime:
    """Begin to look at a source; returns when the look began, which is earlier where one was broken off."""
    statement = (
        "insert into swarm.sources (uri, state, cursor) values ($1, 'refreshing', now()::text) on conflict (uri) do"
        " update set state = 'refreshing',"
        " cursor = case when sources.state = 'refreshing' then sources.cursor else now()::text end"
        " returning cursor::timestamptz"
    )
    found: datetime = await patiently(lambda: pool.fetchval(statement, uri))
    return found


async def progress(pool: "Pool", uri: str, items: int, failed: int) -> None:
    """Say how far the look has come."""
    await execute(pool, "update swarm.sources set items = $2, failed = $3 where uri = $1", uri, items, failed)


async def end(pool: "Pool", uri: str, is_read: bool) -> None:
    """End a look at a source; one of which nothing was ever read is not kept."""
    if is_read:
        told = "update swarm.sources set state = 'fresh', cursor = '', refreshed = now() where uri = $1"
    else:
        told = "update swarm.sources set state = 'failed', cursor = '' where uri = $1"
        await execute(pool, "delete from swarm.sources where uri = $1 and refreshed is null", uri)
    await execute(pool, told, uri)


async def versions(pool: "Pool", uris: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    """Return in which version items were read last, and when they were looked at."""
    query = "select uri, provenance->>'version' as version, checked from swarm.items where uri = any($1)"
    return {row["uri"]: (row["version"] or "", row["checked"]) for row in await fetch(pool, query, list(uris))}


async def seen(pool: "Pool", uris: Sequence[str]) -> None:
    """Note that items are as they were."""
    await execute(pool, "update swarm.items set checked = now() where uri = any($1)", list(uris))


async def vanished(pool: "Pool", uri: str, started: datetime) -> list[str]:
    """Return the items of a source that the look which began then has not met."""
    query = "select uri from swarm.items where provenance->>'source' = $1 and checked < $2"
    return [row["uri"] for row in await fetch(pool, query, uri, started)]


async def brought(pool: "Pool", uri: str) -> list[str]:
    """Return the items that a source has brought."""
    rows = await fetch(pool, "select uri from swarm.items where provenance->>'source' = $1", uri)
    return [row["uri"] for row in rows]


def _kept(row: Any) -> Kept:
    options = json.loads(row["options"])
    told = {name: row[name] for name in ("uri", "state", "items", "failed", "added", "refreshed")}
    return Kept(**told, every=int(options.get("every", 0)))
