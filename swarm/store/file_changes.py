"""File changes: what a run does to the files of its workspace, written down before it is done, and undone from there.

A step that was killed half-way runs again, finds what it meant to do, and finishes just that: files that are as they
were are changed, those that are changed already are left, and one that somebody else has changed meanwhile is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from swarm.errors import WorkspaceError
from swarm.nodes import Noun
from swarm.outages import patiently
from swarm.points import durable
from swarm.store.blobs import Blobs, sha256_of
from swarm.workspace import Workspace

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_BATCH = 100
VERSION_DIGITS = 16


@dataclass(frozen=True)
class FileWrite:
    """One file as it is to be: `after` names a content that is kept, None deletes the file.

    `expected` is the version on which the new one rests: None for any, empty for no file.
    """

    path: str
    after: str | None
    expected: str | None = None
    executable: bool | None = None


class AppliedChanges(Noun):
    """What was done: paths written and deleted, the version of each, and what was refused, a line each."""

    written: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileChange:
    """One change that a run has written down."""

    path: str
    before: str | None
    after: str | None
    executable: bool | None = None
    node: str = ""


@dataclass(frozen=True)
class Place:
    """Where a change belongs: the run, the path of its node and the key of the step."""

    run: str
    node: str
    step: str


def version_of(data: bytes) -> str:
    """Return the short name of a file's content, as observations have it."""
    return sha256_of(data)[:VERSION_DIGITS]


async def apply(pool: "Pool", workspace: Workspace, place: Place, writes: Sequence[FileWrite]) -> AppliedChanges:
    """Make changes that are written down under the step, or write them down and make them."""
    refused: list[str] = []
    planned = await _planned(pool, place)
    if planned is None:
        planned = list(_plan(workspace, writes, refused))
        await _write_down(pool, workspace, place, planned)
    blobs = Blobs(pool, place.run)
    done: list[FileChange] = []
    for start in range(0, len(planned), _BATCH):
        batch = planned[start : start + _BATCH]
        contents = await blobs.get_all(sorted({change.after for change in batch if change.after}))
        for change in batch:
            why = _make(workspace, change, contents)
            if why:
                refused.append(why)
            else:
                done.append(change)
    versions = {change.path: (change.after or "")[:VERSION_DIGITS] for change in done}
    return AppliedChanges(
        written=tuple(change.path for change in done if change.after),
        deleted=tuple(change.path for change in done if not change.after),
        versions=versions,
        refused=tuple(refused),
    )


def _plan(workspace: Workspace, writes: Sequence[FileWrite], refused: list[str]) -> Iterator[FileChange]:
    """Yield what may be done; what may not is added to `refused`."""
    for write in writes:
        try:
            path = workspace.relative(write.path)
            found = workspace.content_of(path)
        except WorkspaceError as error:
            refused.append(str(error))
            continue
        before = None if found is None else sha256_of(found)
        stale = write.expected is not None and (before or "")[: len(write.expected) or 1] != write.expected
        if stale and before != write.after:  # else it is as wanted, whoever made it so
            refused.append(_conflict(path, write.expected or "", before))
            continue
        yield FileChange(path, before, write.after, write.executable)


def _conflict(path: str, expected: str, before: str | None) -> str:
    if not expected:
        return f"{path} is there already and was not read; read it first, then edit it or write it anew"
    gone = "was deleted" if before is None else "was changed"
    return f"{path} {gone} by somebody else since it was read; nothing was written: read it again"


async def _write_down(pool: "Pool", workspace: Workspace, place: Place, planned: Sequence[FileChange]) -> None:
    """Keep the contents that are replaced, then all rows in one transaction."""
    blobs = Blobs(pool, place.run)
    old = (workspace.content_of(change.path) for change in planned if change.before)
    await blobs.put_all(content for content in old if content is not None)
    rows = [
        (place.run, place.node, place.step, change.path, change.before, change.after, change.executable)
        for change in planned
    ]

    async def write() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.executemany(
                "insert into swarm.file_changes (run, node, step, path, before, after, executable)"
                " values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
                rows,
            )

    with durable(f"changes {place.step.partition('/')[2]}"):
        await patiently(write)


async def _planned(pool: "Pool", place: Place) -> list[FileChange] | None:
    query = "select path, before, after, executable from swarm.file_changes where step = $1 order by id"
    rows = await patiently(lambda: pool.fetch(query, place.step))
    return [FileChange(**dict(row)) for row in rows] or None


def _make(workspace: Workspace, change: FileChange, contents: Mapping[str, bytes]) -> str:
    """Make one change; returns why not, where it cannot be made."""
    try:
        found = workspace.content_of(change.path)
        now = None if found is None else sha256_of(found)
        if now not in (change.before, change.after):
            return _conflict(change.path, change.before or "", now)
        if change.after is None:
            workspace.remove(change.path)
        elif now != change.after or change.executable is not None:
            workspace.put(change.path, contents[change.after], change.executable)
    except WorkspaceError as error:
        return str(error)
    return ""


async def planned_before(pool: "Pool", place: Place) -> dict[str, str | None]:
    """Return what files held when this step wrote down what it means to do to them; empty before it has."""
    return {change.path: change.before for change in await _planned(pool, place) or ()}


async def changes_of(pool: "Pool", run: str, within: str = "0") -> list[FileChange]:
    """Return what a node of a run and those below it have changed, one entry a file: as it was before, and is now."""
    query = (
        "select path, before, after, executable, node from swarm.file_changes"
        " where run = $1 and (node = $2 or node like $3) order by id"
    )
    rows = await patiently(lambda: pool.fetch(query, run, within, f"{within}.%"))
    found: dict[str, FileChange] = {}
    for row in rows:
        first = found.get(row["path"])
        before = row["before"] if first is None else first.before
        found[row["path"]] = FileChange(row["path"], before, row["after"], row["executable"], row["node"])
    return [change for change in found.values() if change.before != change.after]
