"""Forking: new runs that go after another one, a replay all the way, a fork up to a node."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.records import Records
from swarm.carried import carried, carried_over, carry
from swarm.copying import Source, copy_prefix, copy_world, reading
from swarm.errors import UsageError
from swarm.nodes import Node
from swarm.runs import Change, Course, course_of, enter, start_of
from swarm.settings import Settings
from swarm.views import RunView
from swarm.workspace import Workspace, check_workspace

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]


@dataclass(frozen=True)
class Wish:
    """What a fork is to do otherwise: from which node on, what is changed there, and where it works."""

    path: str
    change: Change
    workspace: Path | None = None


async def replay(records: Records, run: str, live_from: str | None, settings: Settings) -> Node:
    """Start a replay of an ended run; returns its root, whose run has a name of its own.

    Raises UsageError for a run whose end cannot be reached again, or that never had a node at `live_from`.
    """
    root, course = await _origin(records, run)
    view = await records.view(run)
    await _check_ended(records, view)
    new = _new(root, settings)
    told = {"run": new.run, "mode": "replay", "source": run, "live_from": live_from, "retries": ()}
    async with reading(records.pool, run, new.origin, _started(view)) as (connection, source):
        if live_from is not None:
            _check_known(source, live_from)
        left = await copy_world(connection, source, new.run, live_from)
        _furnish(new, settings, await _contents(connection, left) if live_from else {})
        await _enter(records, course.model_copy(update=told), run, new)
    carry(carried_over(settings, run) if live_from else carried(run), new.run)
    await records.runs.start(new)
    return new


async def fork(records: Records, run: str, wish: Wish, settings: Settings) -> Node:
    """Start a run that has all of another one but a node, what is below it and the reports above; returns its root.

    Raises UsageError where there is no such node, or it is none for which that can be changed.
    """
    root, course = await _origin(records, run)
    new = _new(root, settings, wish.workspace)
    before = course.changes.get(wish.path, Change())
    change = before.model_copy(update=wish.change.model_dump(exclude_none=True))
    if wish.path == root.path and change.goal:
        new = new.model_copy(update={"goal": change.goal})
    told = {"run": new.run, "source": run, "retries": (), "changes": course.changes | {wish.path: change}}
    started = _started(await records.view(run))
    async with reading(records.pool, run, new.origin, started) as (connection, source):
        _check_known(source, wish.path)
        _check_kind(wish)
        left = await copy_prefix(connection, source, new.run, wish.path)
        _furnish(new, settings, await _contents(connection, left))
        await _enter(records, course.model_copy(update=told), run, new)
    carry(carried_over(settings, run), new.run)
    await records.runs.start(new)
    return new


async def _origin(records: Records, run: str) -> tuple[Node, Course]:
    """Return the root that a run was started with, and its course."""
    course = await course_of(records.pool, run)
    if course.mode == "replay":
        raise UsageError(f"run {run} is a replay of {course.source}: name that instead")
    root = Node.model_validate((await records.runs.root(run))["parameters"]["node"])
    return root.model_copy(update={"run": run, "origin": root.origin or run}), course


def _started(view: RunView) -> dict[str, str]:
    return {node.id: node.path for node in view.nodes}


async def _check_ended(records: Records, view: RunView) -> None:
    run = view.run
    if not view.ended:
        raise UsageError(f"run {run} has not ended: `swarm watch {run}` shows it; replay it then")
    if await records.report(view) is None:
        raise UsageError(f"run {run} {view.status} without a report: `swarm resume {run}` brings it to its end")
    if view.status == "cancelled":
        raise UsageError(f"run {run} was cancelled, it has no end of its own: `swarm fork {run} --node 0` starts anew")


def _new(root: Node, settings: Settings, workspace: Path | None = None) -> Node:
    run = secrets.token_hex(4)
    place = workspace or settings.swarm_home / "runs" / run / "workspace"
    return root.model_copy(update={"run": run, "workspace": str(place.absolute())})


async def _enter(records: Records, course: Course, source: str, new: Node) -> None:
    """Write a new run down; it may use its own workspace, and what was named for its source."""
    named = (await start_of(records.pool, source)).named
    paths = (new.workspace, *(new.inputs if named is None else named))
    await enter(records.pool, course, new.goal, new.workspace, paths)


def _check_known(source: Source, path: str) -> None:
    if path not in source.paths.values():
        raise UsageError(f"run {source.run} has no node at {path!r}; `swarm show {source.run}` lists them")


def _check_kind(wish: Wish) -> None:
    letter = wish.path.rpartition(".")[2][0]
    if wish.change.answer is not None and letter != "a":
        raise UsageError(f"node {wish.path} asks nothing: --answer needs a question, a node such as 0.a1")
    if wish.change.goal is not None and not letter.isdigit():
        raise UsageError(f"node {wish.path} has no goal of its own: name the node above it")
    if wish.change.model is not None and letter == "a":
        raise UsageError(f"node {wish.path} asks a person, not a model: name the node above it")


async def _contents(connection: "Connection", files: Mapping[str, str]) -> dict[str, bytes]:
    rows = await connection.fetch(
        "select sha256, data from swarm.blobs where sha256 = any($1)", sorted(set(files.values()))
    )
    data = {row["sha256"]: bytes(row["data"]) for row in rows}
    return {path: data[name] for path, name in files.items() if name in data}


def _furnish(node: Node, settings: Settings, written: Mapping[str, bytes]) -> None:
    """Make a run's folder, and write into it what the copied steps have written, as the run's own."""
    folder = check_workspace(Path(node.workspace))
    for name, data in written.items():
        if (folder / name).exists() and (folder / name).read_bytes() != data:
            raise UsageError(f"{folder} has a {name} of its own, which the run that is forked has too: choose another")
    workspace = Workspace(folder, settings.swarm_home / "runs" / node.run, " ".join(written))
    for name, data in written.items():
        workspace.put(name, data)
