"""Copying: what a replay or a fork takes over from another run, as that stands in one moment, in one transaction."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swarm.kept import like, read_report
from swarm.points import durable
from swarm.recorded import places
from swarm.reports import Report
from swarm.runs import is_within

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
_WORLD = (
    *("retrieve", "execute", "keep", "save", "check", "fact-answer", "fact-leases"),
    *("fact-functions", "look", "call", "try", "gate", "admit", "credit"),
    *(
        "fact-briefing",
        "fact-stand",
        "shapes",
        "read",
        "find",
        "write",
        "edit",
        "command",
        "keep-command",
        "current",
        "packages",
        "address",
        "function-packages",
        "changes",
        "try-command",
        "check-command",
        "try-criterion",
    ),
)
"""Steps whose outcome only the world knows, or, as with leases, the moment; all others are made again from the tape."""


@dataclass(frozen=True)
class Source:
    """A run to be replayed or forked: its reports by node id, the path of each node by id, and what each has spent."""

    run: str
    keys: tuple[str, ...]
    reports: Mapping[str, Report]
    paths: Mapping[str, str]
    spent: Mapping[str, int]
    """Model calls by path."""
    is_fork: bool

    def at(self, path: str) -> frozenset[str]:
        """Return the ids of the nodes at a path and below it."""
        return frozenset(node for node, place in self.paths.items() if is_within(place, path))

    def above(self, path: str) -> frozenset[str]:
        """Return the ids of the nodes above a path."""
        return frozenset(node for node, place in self.paths.items() if place != path and is_within(path, place))

    def ended_from_outside(self) -> frozenset[str]:
        """Return the ids of the nodes whose end no tape explains: cancelled ones, with all below them.

        So too of those that a fork has read and not run itself: their report says a cost which the fork has not had.
        """
        cancelled = [report.path for report in self.reports.values() if report.status == "cancelled"]
        found = {node for node, at in self.paths.items() if any(is_within(at, path) for path in cancelled)}
        if self.is_fork:
            found |= {node for node, each in self.reports.items() if each.cost.calls != self._calls(each.path)}
        return frozenset(found & self.reports.keys())

    def _calls(self, path: str) -> int:
        return sum(calls for at, calls in self.spent.items() if is_within(at, path))


@asynccontextmanager
async def reading(
    pool: "Pool", run: str, origin: str, started: Mapping[str, str]
) -> AsyncIterator[tuple["Connection", Source]]:
    """Read a run in a transaction that sees one moment of it, within which what is read can be copied.

    `started` are the paths, by id, of nodes that are known to have been started; some may not have kept anything yet.
    """
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        rows = await connection.fetch("select key from swarm.results where key like $1", f"{like(run)}/%")
        keys = tuple(str(row["key"]) for row in rows)
        told = await connection.fetch("select data from swarm.results where key like $1", f"{like(run)}/%/report")
        reports = {report.node: report for report in (read_report(bytes(row["data"])) for row in told)}
        asked = await connection.fetch(
            "select distinct split_part(key, '/', 2) as id, node from swarm.tape where run = $1", run
        )
        known = (
            dict(started)
            | {row["id"]: row["node"] for row in asked}
            | {node: each.path for node, each in reports.items()}
        )
        calls = await connection.fetch("select node, count(*) as calls from swarm.usage where run = $1 group by 1", run)
        spent = {row["node"]: row["calls"] for row in calls}
        is_fork = await connection.fetchval("select source is not null from swarm.runs where run = $1", run)
        yield connection, Source(run, keys, reports, places(known, origin, keys), spent, bool(is_fork))


async def copy_world(connection: "Connection", source: Source, run: str, live_from: str | None) -> dict[str, str]:
    """Copy for a replay what the world has answered, but to nodes that are live, and every retry of the others.

    Returns the files that the copied steps have left, each with the name of its content.
    """
    live = source.at(live_from) if live_from else frozenset[str]()
    ended = source.ended_from_outside() - live - (source.above(live_from) if live_from else frozenset())

    def wanted(node: str, name: str) -> bool:
        return node not in live and (name in _WORLD or (name == "report" and node in ended))

    await _copy_results(connection, source, run, wanted)
    await _copy_retries(connection, source.run, run, live)
    return await _copy_files(connection, source.run, run, live)


async def copy_prefix(connection: "Connection", source: Source, run: str, path: str) -> dict[str, str]:
    """Copy for a fork all that is neither of the node at `path` nor of one below it, nor the reports above it.

    Who was cancelled has no report in a fork: he was cancelled for something that may come out otherwise.
    Returns the files that the copied steps have left, each with the name of its content.
    """
    left, above = source.at(path), source.above(path)
    silent = above | {node for node, report in source.reports.items() if report.status == "cancelled"}

    def wanted(node: str, name: str) -> bool:
        return node not in left and not (name == "report" and node in silent)

    await _copy_results(connection, source, run, wanted)
    await _copy_retries(connection, source.run, run, left)
    await connection.execute(
        "insert into swarm.tape (key, run, node, request, asked, answer, error, at)"
        " select $2 || substr(key, length($1) + 1), $2, node, request, asked, answer, error, at from swarm.tape"
        " where run = $1 and not split_part(key, '/', 2) = any($3)",
        *(source.run, run, list(left)),
    )
    return await _copy_files(connection, source.run, run, left)


async def _copy_results(connection: "Connection", source: Source, run: str, wanted: Callable[[str, str], bool]) -> None:
    keys = [key for key in source.keys if wanted(*_node_and_name(key))]
    # Prefect's record of a result says its own key too.
    query = (
        "insert into swarm.results (key, data, at) select $2 || substr(key, length($1) + 1),"
        " convert_to(replace(convert_from(data, 'UTF8'), '\"storage_key\":\"' || key || '\"',"
        " '\"storage_key\":\"' || $2 || substr(key, length($1) + 1) || '\"'), 'UTF8'), at"
        " from swarm.results where key = any($3)"
    )
    with durable("copy"):
        await connection.execute(query, source.run, run, keys)


async def _copy_files(connection: "Connection", source: str, run: str, without: Iterable[str]) -> dict[str, str]:
    """Copy what the steps of all other nodes have done to files, with the right to the contents."""
    await connection.execute(
        "insert into swarm.blob_uses (run, sha256) select $2, sha256 from swarm.blob_uses where run = $1", source, run
    )
    rows = await connection.fetch(
        "insert into swarm.file_changes (run, node, step, path, before, after, executable, at)"
        " select $2, node, $2 || substr(step, length($1) + 1), path, before, after, executable, at"
        " from swarm.file_changes where run = $1 and not split_part(step, '/', 2) = any($3) order by id"
        " returning path, after",
        *(source, run, list(without)),
    )
    left = {row["path"]: row["after"] for row in rows}
    return {path: after for path, after in left.items() if after}


async def _copy_retries(connection: "Connection", source: str, run: str, without: Iterable[str]) -> None:
    await connection.execute(
        "insert into swarm.retries (run, batch, node, path, made_of, ended, turn, note, at)"
        " select $2, batch, node, path, made_of, ended, turn, note, at from swarm.retries"
        " where run = $1 and not node = any($3) order by id",
        *(source, run, list(without)),
    )


def _node_and_name(key: str) -> tuple[str, str]:
    """Return whose a row is and what: a step or fact by its name, or `report`."""
    _, node, what = f"{key}//".split("/", 2)
    what = what.rstrip("/").rpartition("/")[2]
    return node, what.rpartition("-")[0] or what
