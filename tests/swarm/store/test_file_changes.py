"""File changes: written down before they are made, finished after a kill, undone whole."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from swarm.database import connect
from swarm.settings import Settings
from swarm.stack import Connection
from swarm.store.blobs import Blobs, sha256_of
from swarm.store.diffs import diffs
from swarm.store.file_changes import AppliedChanges, FileWrite, Place, apply, changes_of, planned_before, version_of
from swarm.store.undo import undo
from swarm.workspace import Workspace

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

pytestmark = pytest.mark.engine


@pytest_asyncio.fixture
async def pool(stack: tuple[Settings, Connection]) -> AsyncIterator["Pool"]:
    """The session's database."""
    pool = await connect(stack[1].database_url)
    yield pool
    await pool.close()


@pytest.fixture
def run() -> str:
    """A run of its own for each test."""
    return secrets.token_hex(4)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A folder with a file of the person's."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "old.txt").write_text("old\n")
    return Workspace(folder, tmp_path / "keep", "")


async def _write(
    pool: "Pool",
    workspace: Workspace,
    run: str,
    files: dict[str, bytes | None],
    step: str = "",
    expected: str | None = None,
) -> AppliedChanges:
    await Blobs(pool, run).put_all(data for data in files.values() if data is not None)
    writes = [FileWrite(path, None if data is None else sha256_of(data), expected) for path, data in files.items()]
    return await apply(pool, workspace, Place(run, "0", f"{run}/n/0/{step or secrets.token_hex(4)}"), writes)


async def test_files_are_written_deleted_and_undone_whole(pool: "Pool", workspace: Workspace, run: str) -> None:
    """After the undoing the folder is what it was, and a second one finds nothing to do."""
    (workspace.root / "gone.txt").write_text("gone\n")
    applied = await _write(pool, workspace, run, {"old.txt": b"new\n", "a/b/new.txt": b"x", "gone.txt": None})
    assert (applied.written, applied.deleted, applied.refused) == (("old.txt", "a/b/new.txt"), ("gone.txt",), ())
    assert applied.versions == {"old.txt": version_of(b"new\n"), "a/b/new.txt": version_of(b"x"), "gone.txt": ""}
    assert not (workspace.root / "gone.txt").exists()
    done = await undo(pool, run, workspace)
    assert (set(done.restored), done.removed, done.left) == ({"old.txt", "gone.txt"}, ("a/b/new.txt",), ())
    names = sorted(path.relative_to(workspace.root).as_posix() for path in workspace.root.rglob("*"))
    assert names == ["gone.txt", "old.txt"] and (workspace.root / "old.txt").read_text() == "old\n"
    assert await changes_of(pool, run) == [] and (await undo(pool, run, workspace)).restored == ()


async def test_a_step_that_runs_again_finishes_what_it_had_begun(pool: "Pool", workspace: Workspace, run: str) -> None:
    """Whatever it is given the second time: what counts is what was written down."""
    await _write(pool, workspace, run, {"a.txt": b"1", "b.txt": b"2"}, "step")
    (workspace.root / "b.txt").unlink()
    again = await _write(pool, workspace, run, {"a.txt": b"other"}, "step")
    assert again.written == ("a.txt", "b.txt")
    assert (workspace.root / "a.txt").read_text() == "1" and (workspace.root / "b.txt").read_text() == "2"
    assert await planned_before(pool, Place(run, "0", f"{run}/n/0/step")) == {"a.txt": None, "b.txt": None}


async def test_what_somebody_else_has_changed_is_not_overwritten(pool: "Pool", workspace: Workspace, run: str) -> None:
    """It is said, and nothing is lost."""
    known = version_of(b"old\n")
    (workspace.root / "old.txt").write_text("theirs\n")
    applied = await _write(pool, workspace, run, {"old.txt": b"new\n"}, expected=known)
    assert applied.written == () and "changed by somebody else" in applied.refused[0]
    assert (workspace.root / "old.txt").read_text() == "theirs\n"
    unread = await _write(pool, workspace, run, {"old.txt": b"new\n"}, expected="")
    assert "was not read" in unread.refused[0]


async def test_undoing_leaves_what_was_changed_since(pool: "Pool", workspace: Workspace, run: str) -> None:
    """Unless the person insists."""
    await _write(pool, workspace, run, {"old.txt": b"new\n", "more.txt": b"m"})
    (workspace.root / "old.txt").write_text("edited\n")
    done = await undo(pool, run, workspace)
    assert done.removed == ("more.txt",) and "old.txt" in done.left[0]
    assert (await undo(pool, run, workspace, force=True)).restored == ("old.txt",)
    assert (workspace.root / "old.txt").read_text() == "old\n"


async def test_protected_places_are_refused_one_by_one(pool: "Pool", workspace: Workspace, run: str) -> None:
    """The other files of the same step are written all the same."""
    applied = await _write(pool, workspace, run, {".env": b"x", ".git/config": b"x", "../up": b"x", "ok.txt": b"x"})
    assert applied.written == ("ok.txt",) and len(applied.refused) == 3


async def test_many_files_keep_their_modes(pool: "Pool", workspace: Workspace, run: str) -> None:
    """Five hundred in one step, a script among them."""
    files = {f"many/{number}.txt": f"{number}".encode() for number in range(500)}
    assert len((await _write(pool, workspace, run, dict(files))).written) == 500
    (workspace.root / "run.sh").write_text("#!/bin/sh\n")
    (workspace.root / "run.sh").chmod(0o755)
    await _write(pool, workspace, run, {"run.sh": b"#!/bin/sh\nexit 0\n"})
    assert (workspace.root / "run.sh").stat().st_mode & 0o777 == 0o755


async def test_a_diff_shows_each_file_within_its_share(pool: "Pool", workspace: Workspace, run: str) -> None:
    """Created, changed and binary files, with what is left out counted."""
    await _write(pool, workspace, run, {"old.txt": b"new\n", "b.bin": b"\x00\xff", "long.txt": b"x\n" * 5000})
    shown = "\n".join(await diffs(await changes_of(pool, run), Blobs(pool, run), 3000))
    assert "-old\n+new" in shown and "created b.bin (binary, 0 to 2 bytes)" in shown
    assert "more lines of the diff left out" in shown and len(shown) < 3600
