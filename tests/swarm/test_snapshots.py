"""Snapshots come from anywhere and are checked."""

import json
from pathlib import Path

import pytest

from swarm.errors import UsageError, WorkspaceError
from swarm.nodes import Node
from swarm.snapshots import Snapshot, Written, files_of, put_files, put_replaced, read_snapshot, replaced_by
from swarm.store.blobs import sha256_of
from swarm.workspace import Workspace

_ROOT = Node(run="abcd1234", goal="write a.txt")
_WHOLE = Snapshot(taken="t", run="abcd1234", root=_ROOT, population=0, nodes=(), queue=(), history=())
_PICKLE = json.dumps({"metadata": {}, "result": json.dumps({"__class__": "subprocess.Popen", "data": ["id"]})})


def _with(**changed: object) -> str:
    return json.dumps(_WHOLE.model_dump(mode="json") | changed)


def test_a_snapshot_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Through JSON and back."""
    file = tmp_path / "s.json"
    file.write_text(_WHOLE.model_dump_json())
    assert read_snapshot(file) == _WHOLE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no snapshot of a run: it"),
        ("[1, 2]", "is no snapshot of a run: it"),
        (_with(version=2), "version"),
        (_with(run="../../x"), "is not a run's name"),
        (_with(root=_ROOT.model_dump() | {"run": "other"}), "its root is of another run"),
        (_with(population=3), "contradicts itself"),
        (_with(results=[{"key": "other/n/report", "data": "{}", "at": "t"}]), "rows of other runs"),
        (_with(results=[{"key": "abcd1234/n/0/decide-0", "data": "no json", "at": "t"}]), "abcd1234/n/0/decide-0"),
        (_with(results=[{"key": "abcd1234/n/report", "data": _PICKLE, "at": "t"}]), "holds something of the class"),
        (_with(usage=[{"run": "other"}]), "rows of other runs"),
        (_with(more=1), "more"),
        (_with(root=_ROOT.model_dump() | {"path": "0.1"}), "its root is of another run"),
        (_with(root=_ROOT.model_dump() | {"goal": " "}), "the goal is empty"),
        (_with(course={"mode": "wild"}), "course.mode"),
        (_with(course={"source": "../../../etc"}), "is not a run's name"),
        (_with(course={"changes": {"0": {"lease": 3}}}), "course.changes.0.lease"),
        (_with(files=[{"name": "a.txt", "data": "x"}]), "files.0.data"),
        (_with(files=[{"name": "a.txt", "data": "eA==" * 700_000}]), "files.0.data"),
    ],
)
def test_what_is_no_snapshot_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    """It names the file and the place of the fault."""
    file = tmp_path / "s.json"
    file.write_text(content)
    with pytest.raises(UsageError, match=said) as caught:
        read_snapshot(file)
    assert (str(file) in str(caught.value) or "goal" in said) and "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Or that is a folder."""
    with pytest.raises(UsageError, match="No such file"):
        read_snapshot(tmp_path / "none.json")
    with pytest.raises(UsageError, match="Is a directory"):
        read_snapshot(tmp_path)


def test_what_a_run_wrote_goes_along_and_nothing_else(tmp_path: Path) -> None:
    """Into another workspace, where it is the run's own again: it may write it anew."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    Workspace(tmp_path / "there", tmp_path / "keep", "").write("notes/b.bin", b"\x00\xff")
    files = files_of(tmp_path / "there", tmp_path / "keep")
    assert [file.name for file in files] == ["notes/b.bin"]
    for _ in range(2):  # one that was killed half-way is put again
        put_files(files, tmp_path / "here", tmp_path / "keep here", "")
    assert (tmp_path / "here" / "notes" / "b.bin").read_bytes() == b"\x00\xff"
    Workspace(tmp_path / "here", tmp_path / "keep here", "").write("notes/b.bin", b"new")


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", ".ssh/a.txt", "a.txt"])
def test_a_snapshot_writes_nowhere_a_run_may_not(tmp_path: Path, name: str) -> None:
    """Not outside of the workspace, nothing hidden, and no file of somebody else's."""
    (tmp_path / "a.txt").write_text("somebody's")
    with pytest.raises(WorkspaceError):
        put_files((Written(name=name, data="eA=="),), tmp_path, tmp_path / "keep", "some goal")
    assert (tmp_path / "a.txt").read_text() == "somebody's"


def test_what_a_run_has_replaced_goes_along(tmp_path: Path) -> None:
    """The old file is somebody's, and is kept where the run would have kept it."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.txt").write_text("somebody's")
    Workspace(tmp_path / "there", tmp_path / "keep", "write a.txt").write("a.txt", "the run's")
    (old,) = replaced_by(tmp_path / "keep")
    assert (old.name, old.content) == ("a.txt", b"somebody's")
    for _ in range(2):
        put_replaced((old,), tmp_path / "keep here")
    assert (tmp_path / "keep here" / "replaced" / "a.txt").read_text() == "somebody's"
    with pytest.raises(WorkspaceError):
        put_replaced((Written(name="../written/b.txt", data=""),), tmp_path / "keep here")


def test_a_file_as_the_run_had_found_it_is_replaced(tmp_path: Path) -> None:
    """A checkout of the same project on another machine is what the run goes on in; another file is safe."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "a.txt").write_text("old")
    files = (Written.of("a.txt", b"new"),)
    with pytest.raises(WorkspaceError, match="was there before this run"):
        put_files(files, folder, tmp_path / "keep", "", {"a.txt": sha256_of(b"another")})
    put_files(files, folder, tmp_path / "keep", "", {"a.txt": sha256_of(b"old")})
    assert (folder / "a.txt").read_text() == "new"
