"""Snapshots: all of a run in one document, whole enough to go on from on another machine."""

import base64
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, JsonValue, ValidationError, field_validator

from swarm.errors import UsageError
from swarm.history import Event, NodeState, fold
from swarm.nodes import Node, Noun
from swarm.payloads import safe_payload
from swarm.workspace import Workspace, written_by

_LARGEST = 512 * 1024 * 1024
_RUN = re.compile(r"[0-9a-z-]{1,40}")
Row = dict[str, JsonValue]


class Kept(Noun):
    """One row of what a run has kept; `data` is JSON."""

    key: str
    data: str
    at: str


class Written(Noun):
    """A file the run has written; `data` is base64."""

    name: str
    data: str


class InFlight(Noun):
    """What was under way when the snapshot was taken."""

    path: str
    doing: str


class Snapshot(Noun):
    """A run at one moment. `population`, `nodes` and `queue` are what its history comes to; the rest makes it whole."""

    version: Literal[1] = 1
    taken: str
    run: str
    root: Node
    population: int
    nodes: tuple[NodeState, ...]
    queue: tuple[str, ...]
    in_flight: tuple[InFlight, ...] = ()
    history: tuple[Event, ...]
    course: Row = Field(default_factory=dict)
    results: tuple[Kept, ...] = ()
    tape: tuple[Row, ...] = ()
    usage: tuple[Row, ...] = ()
    retries: tuple[Row, ...] = ()
    files: tuple[Written, ...] = ()

    @field_validator("run")
    @classmethod
    def _named(cls, run: str) -> str:
        if not _RUN.fullmatch(run):
            raise ValueError("is not a run's name")
        return run


def read_snapshot(path: Path) -> Snapshot:
    """Read a file and check it; raises UsageError in one line for whatever is no snapshot."""
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} has more than {_LARGEST // 2**20} MB: it is no snapshot")
        snapshot = Snapshot.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"the snapshot {path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise UsageError(f"{path} is no snapshot of a run: {place or 'it'}: {fault['msg']}") from None
    _check(path, snapshot)
    return snapshot


def files_of(workspace: Path, keep: Path) -> tuple[Written, ...]:
    """Return what a run has written into its workspace, as it stands now; what was removed since is left out."""
    found = []
    for name in written_by(keep):
        path = workspace / name
        if path.is_file():
            found.append(Written(name=name, data=base64.b64encode(path.read_bytes()).decode()))
    return tuple(found)


def put_files(files: tuple[Written, ...], workspace: Path, keep: Path, goal: str) -> None:
    """Put what a run had written into a workspace, as its own; somebody else's files are safe as they are in a run.

    Raises WorkspaceError for a name outside of the workspace, or of a file that is there and is another one.
    """
    place = Workspace(workspace, keep, goal)
    for file in files:
        data = base64.b64decode(file.data)
        if place.holds(file.name, data):
            place.claim(file.name)
        place.write(file.name, data)


def _check(path: Path, snapshot: Snapshot) -> None:
    """Raise UsageError for a snapshot that contradicts itself: it may come from anywhere."""
    rows = (*snapshot.tape, *snapshot.usage, *snapshot.retries)
    keys = [str(row["key"]) for row in rows if row.get("key")] + [kept.key for kept in snapshot.results]
    foreign = any(row.get("run") != snapshot.run for row in rows)
    if foreign or any(not key.startswith(f"{snapshot.run}/") for key in keys):
        raise UsageError(f"{path} is no snapshot of run {snapshot.run}: it has rows of other runs")
    for kept in snapshot.results:
        try:
            safe_payload(kept.key, kept.data)
        except ValueError as error:
            raise UsageError(f"{path} is no snapshot of a run: what it keeps under {kept.key} {error}") from None
    if snapshot.root.run != snapshot.run or snapshot.root.parent:
        raise UsageError(f"{path} is no snapshot of run {snapshot.run}: its root is of another run")
    folded = fold(snapshot.history)
    if (folded.population, folded.nodes, folded.queue) != (snapshot.population, snapshot.nodes, snapshot.queue):
        raise UsageError(f"{path} contradicts itself: its nodes are not what its history comes to")
