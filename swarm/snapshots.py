"""Snapshots: all of a run in one document, whole enough to go on from on another machine."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, JsonValue, ValidationError, field_validator, model_validator

from swarm.errors import UsageError, WorkspaceError
from swarm.goals import check_goal
from swarm.history import Event, NodeState, fold
from swarm.nodes import Node, Noun
from swarm.payloads import safe_payload
from swarm.runs import Change, Mode
from swarm.store.blobs import sha256_of
from swarm.workspace import MAX_BYTES, Workspace, written_by

_LARGEST = 512 * 1024 * 1024
_RUN = re.compile(r"[0-9a-z-]{1,40}")
Row = dict[str, JsonValue]
_UNKNOWN: Mapping[str, str | None] = {}


class Kept(Noun):
    """One row of what a run has kept; `data` is JSON."""

    key: str
    data: str
    at: str


class Written(Noun):
    """A file the run has written, or one of somebody else's that it has replaced; `data` is base64."""

    name: str
    data: str

    @field_validator("data")
    @classmethod
    def _decodes(cls, data: str) -> str:
        if len(base64.b64decode(data, validate=True)) > MAX_BYTES:
            raise ValueError(f"has more than {MAX_BYTES} bytes")
        return data

    @classmethod
    def of(cls, name: str, content: bytes) -> "Written":
        """Return a file with this content."""
        return cls(name=name, data=base64.b64encode(content).decode())

    @property
    def content(self) -> bytes:
        """What is in the file."""
        return base64.b64decode(self.data)


class Blob(Noun):
    """The content of a file, before or after a change of the run's; `data` is base64."""

    sha256: str
    data: str

    @model_validator(mode="after")
    def _is_what_it_says(self) -> "Blob":
        if sha256_of(self.content) != self.sha256:
            raise ValueError("is not what its sha256 says")
        return self

    @classmethod
    def of(cls, content: bytes) -> "Blob":
        """Return a content under its name."""
        return cls(sha256=sha256_of(content), data=base64.b64encode(content).decode())

    @property
    def content(self) -> bytes:
        """What is in the file."""
        return base64.b64decode(self.data, validate=True)


class Way(Noun):
    """How the run is to go, as `swarm.runs.Course` has it."""

    goal: str | None = None
    workspace: str | None = None
    mode: Mode = "live"
    source: str | None = None
    live_from: str | None = None
    changes: dict[str, Change] = Field(default_factory=dict)
    resumes: int = Field(0, ge=0, le=1_000_000)

    @field_validator("source")
    @classmethod
    def _named(cls, source: str | None) -> str | None:
        return source and _name(source)


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
    course: Way = Way()
    results: tuple[Kept, ...] = ()
    tape: tuple[Row, ...] = ()
    usage: tuple[Row, ...] = ()
    retries: tuple[Row, ...] = ()
    files: tuple[Written, ...] = ()
    replaced: tuple[Written, ...] = ()
    """What was there before in the places of `files`, and was somebody else's; since `blobs` have it, empty."""
    file_changes: tuple[Row, ...] = ()
    blobs: tuple[Blob, ...] = ()

    @field_validator("run")
    @classmethod
    def _named(cls, run: str) -> str:
        return _name(run)


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
    return tuple(_read(workspace, name) for name in written_by(keep) if _fits(workspace / name))


def replaced_by(keep: Path) -> tuple[Written, ...]:
    """Return what a run has kept of the files that it has replaced."""
    old = keep / "replaced"
    return tuple(_read(old, path.relative_to(old).as_posix()) for path in sorted(old.rglob("*")) if _fits(path))


def put_files(
    files: tuple[Written, ...], workspace: Path, keep: Path, goal: str, before: Mapping[str, str | None] = _UNKNOWN
) -> None:
    """Put what a run had written into a workspace, as its own; somebody else's files are safe as they are in a run.

    `before` names the contents that the run had found: such a file may be replaced. Raises WorkspaceError for a name
    outside of the workspace, or of a file that is there and is another one.
    """
    place = Workspace(workspace, keep, goal)
    for file in files:
        if place.holds(file.name, file.content):
            place.claim(file.name)
        elif place.is_foreign(file.name) and sha256_of(place.read(file.name)) != before.get(file.name):
            raise WorkspaceError(
                f"{file.name!r} was there before this run and the goal does not name it; choose another workspace"
            )
        place.write(file.name, file.content)


def put_replaced(files: tuple[Written, ...], keep: Path) -> None:
    """Put what a run has kept of the files that it has replaced to where it keeps that; raises WorkspaceError."""
    place = Workspace(keep / "replaced", keep, "")
    for file in files:
        path = place.resolve(file.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)


def _check(path: Path, snapshot: Snapshot) -> None:
    """Raise UsageError for a snapshot that contradicts itself: it may come from anywhere."""
    rows = (*snapshot.tape, *snapshot.usage, *snapshot.retries, *snapshot.file_changes)
    keys = [str(row[name]) for row in rows for name in ("key", "step") if row.get(name)]
    keys += [kept.key for kept in snapshot.results]
    foreign = any(row.get("run") != snapshot.run for row in rows)
    if foreign or any(not key.startswith(f"{snapshot.run}/") for key in keys):
        raise UsageError(f"{path} is no snapshot of run {snapshot.run}: it has rows of other runs")
    for kept in snapshot.results:
        try:
            safe_payload(kept.key, kept.data)
        except ValueError as error:
            raise UsageError(f"{path} is no snapshot of a run: what it keeps under {kept.key} {error}") from None
    root = snapshot.root
    check_goal(root.goal)
    if root.run != snapshot.run or root.parent or (root.path, root.kind) != ("0", "solve"):
        raise UsageError(f"{path} is no snapshot of run {snapshot.run}: its root is of another run")
    folded = fold(snapshot.history)
    if (folded.population, folded.nodes, folded.queue) != (snapshot.population, snapshot.nodes, snapshot.queue):
        raise UsageError(f"{path} contradicts itself: its nodes are not what its history comes to")


def _name(run: str) -> str:
    if not _RUN.fullmatch(run):
        raise ValueError("is not a run's name")
    return run


def _fits(path: Path) -> bool:
    return path.is_file() and path.stat().st_size <= MAX_BYTES


def _read(folder: Path, name: str) -> Written:
    return Written.of(name, (folder / name).read_bytes())
