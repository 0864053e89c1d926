"""Undoing a run: every file it has changed becomes what it was before; what somebody else changed since is left."""

import secrets
from typing import TYPE_CHECKING

from swarm.nodes import Noun
from swarm.store.blobs import Blobs
from swarm.store.file_changes import FileChange, FileWrite, Place, apply, changes_of
from swarm.workspace import Workspace

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]


class Undone(Noun):
    """What an undoing has done: files put back, files removed, and what was left with its reason."""

    restored: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


async def undo(pool: "Pool", run: str, workspace: Workspace, force: bool = False) -> Undone:
    """Take back whole what a run has changed; with `force` also in files that were changed since.

    The undoing is written down like every change, so it can be seen, and a second one finds nothing to do.
    """
    changes = await changes_of(pool, run)
    blobs = Blobs(pool, run)
    await blobs.get_all([change.before for change in changes if change.before][:1])  # fails before anything is done
    writes = [_reversed(change, force) for change in changes]
    applied = await apply(pool, workspace, Place(run, "0", f"{run}/undo/{secrets.token_hex(8)}"), writes)
    return Undone(restored=applied.written, removed=applied.deleted, left=applied.refused)


def _reversed(change: FileChange, force: bool) -> FileWrite:
    expected = None if force else (change.after or "")[:16]
    return FileWrite(change.path, change.before, expected)
