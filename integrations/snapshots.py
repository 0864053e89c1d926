"""Taking a snapshot of a run, and going on from one where the run never was."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from pydantic import JsonValue

from integrations.flow_runs import node_of
from integrations.past import imported, recorded
from integrations.records import Records
from swarm.carried import carried, carry
from swarm.errors import UsageError
from swarm.history import HISTORY, Event, NodeState, fold, ordered
from swarm.holding import alone
from swarm.kept import like, read_report
from swarm.nodes import Node
from swarm.payloads import safe_payload
from swarm.points import durable
from swarm.reports import Report
from swarm.secrets import secrets_of
from swarm.settings import Settings
from swarm.snapshots import (
    Blob,
    InFlight,
    Kept,
    Row,
    Snapshot,
    Way,
    Written,
    files_of,
    put_files,
    put_replaced,
    replaced_by,
)
from swarm.store.file_changes import VERSION_DIGITS
from swarm.text.redaction import Redaction
from swarm.workspace import MAX_BYTES

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
_TABLES = {
    "tape": ("key", "run", "node", "request", "asked", "answer", "error", "at"),
    "usage": ("run", "node", "role", "model", "tokens_in", "tokens_out", "cached", "usd", "seconds", "at", "key"),
    "retries": ("run", "batch", "node", "path", "made_of", "ended", "turn", "note", "at"),
    "file_changes": ("run", "node", "step", "path", "before", "after", "executable", "at"),
}
_ABSENT = {"cached": 0}
"""What a column holds in the rows of a snapshot that is older than it."""
_COURSE = ("goal", "workspace", "mode", "source", "live_from", "changes", "resumes")


async def take(records: Records, run: str, home: Path) -> Snapshot:
    """Return a run as it stands at one moment, also while it runs; what was in flight is named."""
    root = node_of(await records.runs.root(run))
    # Before the rows: so no file knows of a step that they do not know of.
    on_disk = files_of(Path(root.workspace or home / run / "workspace"), home / run)
    async with records.pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        now: datetime = await connection.fetchval("select clock_timestamp()")
        kept = [
            Kept(key=row["key"], data=bytes(row["data"]).decode(), at=row["at"].isoformat())
            for row in await connection.fetch(
                "select key, data, at from swarm.results where key like $1 order by at, key", f"{like(run)}/%"
            )
        ]
        rows = {table: await _rows(connection, table, run) for table in _TABLES}
        course = await connection.fetchrow(f"select {', '.join(_COURSE)} from swarm.runs where run = $1", run)
        used = "select data from swarm.blobs join swarm.blob_uses using (sha256) where run = $1 order by sha256"
        blobs = tuple(Blob.of(bytes(row["data"])) for row in await connection.fetch(used, run))
    reports = {each.node: each for each in (read_report(row.data.encode()) for row in kept if _is_report(row.key))}
    past = await imported(records, run)
    history = past + _until(now, await recorded(records, run, reports, past), reports)
    folded = fold(history)
    snapshot = Snapshot(
        taken=now.isoformat(),
        run=run,
        root=root,
        **folded.model_dump(),
        in_flight=tuple(InFlight(path=node.path, doing=node.status) for node in folded.nodes if _is_at_work(node)),
        history=history,
        course=_plain(course) if course else Way(),
        results=tuple(kept),
        **rows,
        files=_as_recorded(on_disk, rows["file_changes"], blobs),
        replaced=replaced_by(home / run),
        blobs=blobs,
    )
    return _without_secrets(snapshot, Redaction(secrets_of(carried(run))))


async def take_in(records: Records, snapshot: Snapshot, settings: Settings, workspace: Path) -> None:
    """Bring a snapshot's run to this stack and start it; one that had ended gives its report again.

    Raises UsageError where a run of that name is here already or a row cannot be one, WorkspaceError where its files
    cannot be put.
    """
    run, keep = snapshot.run, settings.swarm_home / "runs" / snapshot.run
    if snapshot.course.mode == "replay":
        raise UsageError(f"run {run} is a replay of {snapshot.course.source}: take a snapshot of that")
    root = snapshot.root.model_copy(update={"workspace": str(workspace)})
    async with alone(records.pool, run):
        is_entered = await _is_entered(records, run)
        put_replaced(snapshot.replaced, keep)
        before = {str(row["path"]): str(row["before"]) for row in reversed(snapshot.file_changes)}
        put_files(snapshot.files, workspace, keep, root.goal, before)
        carry(settings, run)
        if is_entered:
            # Another folder may be named now than by who was killed.
            query = "update swarm.runs set workspace = $2, named = $3 where run = $1"
            await records.pool.execute(query, run, root.workspace, [root.workspace, *root.inputs])
        else:
            await _enter(records, snapshot, root)
        await records.runs.start(root)


async def _is_entered(records: Records, run: str) -> bool:
    """Say whether a run's rows are here, entered by somebody who was killed before he could start it.

    Raises UsageError for one that was started.
    """
    row = await records.pool.fetchrow("select past is not null as came from swarm.runs where run = $1", run)
    if (row and not row["came"]) or await records.runs.flow_runs(run):
        raise UsageError(f"run {run} is here already: `swarm show {run}`, or `swarm prune {run}` first")
    return row is not None


def renamed(snapshot: Snapshot, run: str = "") -> Snapshot:
    """Return a snapshot of the same run under another name; its nodes stay what they are."""
    run, old = run or secrets.token_hex(4), snapshot.run

    def moved(row: Mapping[str, JsonValue]) -> Row:
        keys = {name: run + key[len(old) :] for name in ("key", "step") if isinstance(key := row.get(name), str)}
        return {**row, "run": run, **keys}

    return snapshot.model_copy(
        update={
            "run": run,
            "root": snapshot.root.model_copy(update={"run": run, "origin": snapshot.root.origin or old}),
            "results": tuple(row.model_copy(update={"key": run + row.key[len(old) :]}) for row in snapshot.results),
            "tape": tuple(moved(row) for row in snapshot.tape),
            "usage": tuple(moved(row) for row in snapshot.usage),
            "retries": tuple(moved(row) for row in snapshot.retries),
            "file_changes": tuple(moved(row) for row in snapshot.file_changes),
        }
    )


async def _enter(records: Records, snapshot: Snapshot, root: Node) -> None:
    """Enter all that a run has in the database, or nothing; raises UsageError for rows that it does not take."""
    try:
        with durable("snapshot"):
            async with records.pool.acquire() as connection, connection.transaction():
                await _enter_run(connection, snapshot, root)
                for table in _TABLES:
                    await _enter_rows(connection, table, getattr(snapshot, table))
                await _enter_blobs(connection, snapshot)
    except (ValueError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
        why = " ".join(str(error).split())
        raise UsageError(f"the snapshot of run {snapshot.run} has rows that no run has: {why}") from None


async def _enter_run(connection: "Connection", snapshot: Snapshot, root: Node) -> None:
    course = snapshot.course.model_dump(mode="json", exclude_none=True)
    past = HISTORY.dump_json(snapshot.history).decode()
    await connection.execute(
        "insert into swarm.runs (run, goal, workspace, changes, past, mode, source, live_from, resumes, named)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        *(snapshot.run, root.goal, root.workspace, json.dumps(course["changes"]), past),
        *(course["mode"], course.get("source"), course.get("live_from"), course["resumes"]),
        [root.workspace, *root.inputs],
    )
    await connection.executemany(
        "insert into swarm.results (key, data, at) values ($1, $2, $3)",
        [(row.key, safe_payload(row.key, row.data), datetime.fromisoformat(row.at)) for row in snapshot.results],
    )


async def _enter_rows(connection: "Connection", table: str, rows: Sequence[Row]) -> None:
    columns = ", ".join(_TABLES[table])
    told = json.dumps([{name: row.get(name, _ABSENT.get(name)) for name in _TABLES[table]} for row in rows])
    query = f"insert into swarm.{table} ({columns}) select {columns}"
    await connection.execute(f"{query} from jsonb_populate_recordset(null::swarm.{table}, $1)", told)


async def _enter_blobs(connection: "Connection", snapshot: Snapshot) -> None:
    await connection.executemany(
        "insert into swarm.blobs (sha256, data) values ($1, $2) on conflict do nothing",
        [(blob.sha256, blob.content) for blob in sorted(snapshot.blobs, key=lambda blob: blob.sha256)],
    )
    await connection.executemany(
        "insert into swarm.blob_uses (run, sha256) values ($1, $2) on conflict do nothing",
        [(snapshot.run, blob.sha256) for blob in snapshot.blobs],
    )


async def _rows(connection: "Connection", table: str, run: str) -> tuple[Row, ...]:
    order = "key" if table == "tape" else "id"
    query = f"select {', '.join(_TABLES[table])} from swarm.{table} where run = $1 order by {order}"
    found: str = await connection.fetchval(f"select coalesce(json_agg(found), '[]') from ({query}) found", run)
    return tuple(json.loads(found))


def _as_recorded(on_disk: Sequence[Written], changes: Sequence[Row], blobs: Sequence[Blob]) -> tuple[Written, ...]:
    """Return the files of a run as its recorded steps have left them: that is how it must find them to go on."""
    contents = {blob.sha256: blob.content for blob in blobs}
    left = {str(row["path"]): row["after"] for row in changes}
    found = {file.name: file for file in on_disk if left.get(file.name, file.name) is not None}
    for name, after in left.items():
        content = contents.get(str(after))
        if content is not None and len(content) <= MAX_BYTES:
            found[name] = Written.of(name, content)
    return tuple(found[name] for name in sorted(found))


def _without_secrets(snapshot: Snapshot, redaction: Redaction) -> Snapshot:
    """Redact what must not leave this machine, wherever a person, a model or a program has put it."""
    told = snapshot.model_dump(mode="json", exclude={"files", "replaced", "blobs"})
    clean: dict[str, object] = {
        name: tuple(Written.of(f.name, redaction.data(f.content)) for f in getattr(snapshot, name))
        for name in ("files", "replaced")
    }
    blobs = [(blob, Blob.of(redaction.data(blob.content))) for blob in snapshot.blobs]
    text = json.dumps(told)
    for old, new in blobs:
        if old.sha256 != new.sha256:
            text = text.replace(old.sha256, new.sha256).replace(
                old.sha256[:VERSION_DIGITS], new.sha256[:VERSION_DIGITS]
            )
    clean["blobs"] = tuple({new.sha256: new for _, new in blobs}.values())
    return Snapshot.model_validate(redaction.json(json.loads(text)) | clean)


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


def _plain(row: asyncpg.Record) -> Way:
    return Way.model_validate({name: json.loads(row[name]) if name == "changes" else row[name] for name in _COURSE})
