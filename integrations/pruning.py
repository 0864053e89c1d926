"""Pruning: what a run that has ended has left behind is removed together, from Prefect, the disk and the database.

The database's rows go last, and by them a run is found: whatever a kill leaves half done is finished the next time.
"""

import re
import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from integrations.flow_runs import Record
from integrations.records import Records
from swarm.errors import RunHeld, StackError, UsageError
from swarm.holding import alone, holder
from swarm.kept import like
from swarm.outages import patiently
from swarm.points import durable

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_MOST_DAYS = 36_500
_ENTERED = timedelta(minutes=2)
"""A run that was written down so recently may not have reached Prefect yet."""


@dataclass(frozen=True)
class Pruned:
    """One run that was to be removed; `kept` says why it was not."""

    run: str
    kept: str = ""


@dataclass(frozen=True)
class _Known:
    run: str
    created: datetime
    source: str | None
    mode: str


def age(text: str) -> timedelta:
    """Read an age such as 30d, 12h or 2w; raises UsageError."""
    found = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    told = int(found[1]) * _UNITS[found[2]] if found else None
    if told is None or told > timedelta(days=_MOST_DAYS):
        raise UsageError(f"--older-than {text!r} is no age: write a number with m, h, d or w, such as 30d")
    return told


async def prune(
    records: Records, names: Sequence[str], older_than: timedelta | None, homes: Path, dry_run: bool
) -> list[Pruned]:
    """Remove the named runs, or all, that ended longer ago than that, forks before what they fork.

    A run under way is kept, as is one of which a fork is kept. Raises UsageError for a name that fits no run.
    """
    known = await _known(records)
    wanted = _named(known, names) if names else list(known)
    found: list[Pruned] = []
    for each in sorted(wanted, key=lambda run: run.created, reverse=True):
        gone = {pruned.run for pruned in found if not pruned.kept}
        try:
            async with alone(records.pool, each.run):
                if older_than is not None and await _age(records, each) < older_than:
                    continue
                why = await _why_kept(records, each, [run for run in known if run.run not in gone])
                if not why and not dry_run:
                    await _remove(records, each.run, homes)
        except RunHeld as error:
            why = str(error)
        found.append(Pruned(each.run, why))
    return found


async def _known(records: Records) -> list[_Known]:
    rows = await patiently(lambda: records.pool.fetch("select run, created, source, mode from swarm.runs"))
    return [_Known(**dict(row)) for row in rows]


def _named(known: Collection[_Known], names: Iterable[str]) -> list[_Known]:
    found = {}
    for name in names:
        fitting = [each for each in known if each.run == name] or [
            each for each in known if name and each.run.startswith(name)
        ]
        if len(fitting) != 1:
            how_many = "no run is" if not fitting else f"{len(fitting)} runs are"
            raise UsageError(f"{how_many} called {name!r}; `swarm ls` lists them")
        found[fitting[0].run] = fitting[0]
    return list(found.values())


async def _age(records: Records, run: _Known) -> timedelta:
    """Return how long ago a run ended; for one that has not, or that Prefect does not know, how long it is known."""
    root = await _root(records, run.run)
    ended = datetime.fromisoformat(root["end_time"]) if root and root["end_time"] else run.created
    return datetime.now(UTC) - ended


async def _why_kept(records: Records, run: _Known, others: Iterable[_Known]) -> str:
    root = await _root(records, run.run)
    if at := await holder(records.pool, run.run):
        return f"it is under way in process {at.pid} on {at.host}"
    if root is None and datetime.now(UTC) - run.created < _ENTERED:
        return "it is about to start"
    if root is not None and not await records.runs.ended(run.run):
        return f"it is under way, or died: end it with `swarm cancel {run.run}`"
    for other in others:
        if other.source == run.run and (other.mode == "live" or await holder(records.pool, other.run)):
            return f"run {other.run} was made of it and may read its files: prune that too"
    return ""


async def _root(records: Records, run: str) -> Record | None:
    try:
        return await records.runs.root(run)
    except UsageError:
        return None


async def _remove(records: Records, run: str, homes: Path) -> None:
    """Remove all of a run; a workspace that its person named lies elsewhere, and is his."""
    await records.runs.delete(run)
    home = homes / run
    if run and home.parent == homes and home.name == run and home.is_dir():
        try:
            shutil.rmtree(home)
        except OSError as error:
            raise StackError(f"{error.filename or home} cannot be removed: {error.strerror}") from None

    async def forget() -> None:
        async with records.pool.acquire() as connection, connection.transaction():
            await connection.execute("delete from swarm.results where key like $1", f"{like(run)}/%")
            for table in ("file_changes", "blob_uses", "tape", "usage", "retries", "runs"):
                await connection.execute(f"delete from swarm.{table} where run = $1", run)
            await connection.execute(
                "delete from swarm.blobs where at < now() - interval '1 hour'"
                " and not exists (select from swarm.blob_uses where blob_uses.sha256 = blobs.sha256)"
            )

    with durable("prune"):
        await patiently(lambda: _forget_events(records, run))
        await patiently(forget)


async def _forget_events(records: Records, run: str) -> None:
    """Remove Prefect's events of a run, which hold its decisions and reports; no request to Prefect does.

    Prefect's tables are in our database unless its server is somebody else's: that server removes events by age.
    """
    async with records.pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("select has_table_privilege(to_regclass('public.events'), 'delete')"):
            return
        of_run = (
            "select event_id from public.event_resources where resource_id = 'prefect.tag.run:' || $1"
            " union select id from public.events where event like 'prefect.artifact-collection.%'"
            " and split_part(resource ->> 'prefect.resource.name', '-', 2) = $1"
        )
        found = [row[0] for row in await connection.fetch(of_run, run)]
        for table, column in (("event_resources", "event_id"), ("events", "id")):
            await connection.execute(f"delete from public.{table} where {column} = any($1)", found)
