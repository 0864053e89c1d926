"""Taking a snapshot of a run, and going on from one where the run never was."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from pydantic import JsonValue

from integrations.past import imported, recorded
from integrations.records import Records
from integrations.runs import node_of
from swarm.carried import carry
from swarm.errors import UsageError
from swarm.history import HISTORY, Event, NodeState, fold, ordered
from swarm.kept import like, read_report
from swarm.nodes import Node
from swarm.payloads import safe_payload
from swarm.reports import Report
from swarm.settings import Settings
from swarm.snapshots import InFlight, Kept, Row, Snapshot, files_of, put_files

_TAPE = ("key", "run", "node", "request", "asked", "answer", "error", "at")
_USAGE = ("run", "node", "role", "model", "tokens_in", "tokens_out", "usd", "seconds", "at", "key")
_RETRIES = ("run", "batch", "node", "path", "made_of", "ended", "turn", "note", "at")
_COURSE = ("goal", "workspace", "mode", "source", "live_from", "changes", "resumes")


async def take(records: Records, run: str, home: Path) -> Snapshot:
    """Return a run as it stands at one moment, also while it runs; what was in flight is named."""
    async with records.pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        now: datetime = await connection.fetchval("select clock_timestamp()")
        kept = [
            Kept(key=row["key"], data=bytes(row["data"]).decode(), at=row["at"].isoformat())
            for row in await connection.fetch(
                "select key, data, at from swarm.results where key like $1 order by key", f"{like(run)}/%"
            )
        ]
        tape = await _rows(connection, "tape", _TAPE, run)
        usage = await _rows(connection, "usage", _USAGE, run)
        retries = await _rows(connection, "retries", _RETRIES, run)
        course = await connection.fetchrow(f"select {', '.join(_COURSE)} from swarm.runs where run = $1", run)
    reports = {each.node: each for each in (read_report(row.data.encode()) for row in kept if _is_report(row.key))}
    root = node_of(await records.runs.root(run))
    past = await imported(records, run)
    history = past + _until(now, await recorded(records, run, reports), reports)
    folded = fold(history)
    place = Path(root.workspace or home / run / "workspace")
    return Snapshot(
        taken=now.isoformat(),
        run=run,
        root=root,
        **folded.model_dump(),
        in_flight=tuple(InFlight(path=node.path, doing=node.status) for node in folded.nodes if _is_at_work(node)),
        history=history,
        course=_plain(course) if course else {},
        results=tuple(kept),
        tape=tuple(tape),
        usage=tuple(usage),
        retries=tuple(retries),
        files=files_of(place, home / run),
    )


async def take_in(records: Records, snapshot: Snapshot, settings: Settings, workspace: Path) -> None:
    """Bring a snapshot's run to this stack and start it; one that had ended gives its report again.

    Raises UsageError where a run of that name is here already or a row cannot be one, WorkspaceError where its files
    cannot be put.
    """
    run = snapshot.run
    if await records.pool.fetchval("select 1 from swarm.runs where run = $1", run):
        raise UsageError(f"run {run} is here already: `swarm show {run}`, or `swarm prune {run}` first")
    put_files(snapshot.files, workspace, settings.swarm_home / "runs" / run, snapshot.root.goal)
    root = snapshot.root.model_copy(update={"workspace": str(workspace)})
    carry(settings, run)
    try:
        await _write(records, snapshot, root)
    except (asyncpg.PostgresError, ValueError) as error:
        raise UsageError(
            f"the snapshot of run {run} has rows that no run has: {' '.join(str(error).split())}"
        ) from None
    await records.runs.start(root)


def renamed(snapshot: Snapshot, run: str = "") -> Snapshot:
    """Return a snapshot of the same run under another name; its nodes stay what they are."""
    run, old = run or secrets.token_hex(4), snapshot.run

    def moved(row: Mapping[str, JsonValue]) -> Row:
        key = row.get("key")
        return {**row, "run": run, **({"key": run + key[len(old) :]} if isinstance(key, str) else {})}

    return snapshot.model_copy(
        update={
            "run": run,
            "root": snapshot.root.model_copy(update={"run": run, "origin": snapshot.root.origin or old}),
            "results": tuple(row.model_copy(update={"key": run + row.key[len(old) :]}) for row in snapshot.results),
            "tape": tuple(moved(row) for row in snapshot.tape),
            "usage": tuple(moved(row) for row in snapshot.usage),
            "retries": tuple(moved(row) for row in snapshot.retries),
        }
    )


async def _write(records: Records, snapshot: Snapshot, root: Node) -> None:
    course = {name: snapshot.course.get(name) for name in ("mode", "source", "live_from", "resumes")}
    past = HISTORY.dump_json(snapshot.history).decode()
    async with records.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "insert into swarm.runs (run, goal, workspace, changes, past, mode, source, live_from, resumes)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            *(snapshot.run, root.goal, root.workspace, json.dumps(snapshot.course.get("changes") or {}), past),
            *(course["mode"] or "live", course["source"], course["live_from"], course["resumes"] or 0),
        )
        await connection.executemany(
            "insert into swarm.results (key, data, at) values ($1, $2, $3)",
            [(row.key, safe_payload(row.key, row.data), datetime.fromisoformat(row.at)) for row in snapshot.results],
        )
        for table, columns, rows in (
            ("tape", _TAPE, snapshot.tape),
            ("usage", _USAGE, snapshot.usage),
            ("retries", _RETRIES, snapshot.retries),
        ):
            query = f"insert into swarm.{table} ({', '.join(columns)}) select {', '.join(columns)}"
            told = json.dumps([{name: row.get(name) for name in columns} for row in rows])
            await connection.execute(f"{query} from jsonb_populate_recordset(null::swarm.{table}, $1)", told)


async def _rows(
    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", table: str, columns: tuple[str, ...], run: str
) -> list[Row]:
    order = "key" if table == "tape" else "id"
    query = f"select {', '.join(columns)} from swarm.{table} where run = $1 order by {order}"
    found: str = await connection.fetchval(f"select coalesce(json_agg(found), '[]') from ({query}) found", run)
    rows: list[Row] = json.loads(found)
    return rows


def _until(now: datetime, events: tuple[Event, ...], reports: Mapping[str, Report]) -> tuple[Event, ...]:
    """Return the events up to a moment, so that they agree with the reports of that moment.

    A node whose report was there has ended, also where Prefect was told a moment later; one that was made later is
    not there yet.
    """
    at = now.astimezone(UTC).isoformat()
    seen = [event for event in events if datetime.fromisoformat(event.time) <= now]
    for node in fold(seen).nodes:
        report = reports.get(node.id)
        if report is not None and node.report != report:
            ended = node.model_copy(update={"status": report.status, "report": report})
            seen.append(Event(action="terminate_node", time=at, node=ended))
    return ordered(seen)


def _is_at_work(node: NodeState) -> bool:
    return node.status in ("running", "waiting")


def _is_report(key: str) -> bool:
    return key.endswith("/report")


def _plain(row: "asyncpg.Record") -> Row:
    return {name: json.loads(row[name]) if name == "changes" else row[name] for name in _COURSE}
