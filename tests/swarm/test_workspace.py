"""The workspace is the one folder a run writes to, whatever a model calls a file."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarm.errors import WorkspaceError
from swarm.workspace import MAX_BYTES, Workspace, check_workspace

_PARTS = st.sampled_from(
    ["..", ".", "", "a", "b.md", "link", "loop", ".git", "~", "\0", "\ud800", "x" * 300, "a\\..", " "]
)
_NAMES = st.lists(_PARTS | st.text(max_size=4), max_size=6).map("/".join)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace whose run may replace notes.md."""
    return Workspace(check_workspace(tmp_path / "work"), tmp_path / "keep", "Mend notes.md")


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with links in it that lead out, and in a circle."""
    top = tmp_path_factory.mktemp("trapped")
    root = check_workspace(top / "work")
    (root / "a").mkdir()
    (root / "link").symlink_to(top)
    (root / "loop").symlink_to(root / "loop")
    return Workspace(root, top / "keep", "")


@settings(max_examples=300, deadline=None)
@given(name=_NAMES, absolute=st.booleans())
def test_no_name_leads_outside(trapped: Workspace, name: str, absolute: bool) -> None:
    """A name is refused with a WorkspaceError, or its real place is below the root and not git's own."""
    given_name = f"{trapped.root}/{name}" if absolute else name
    trapped.exists(given_name)
    try:
        path = trapped.resolve(given_name)
    except WorkspaceError:
        return
    assert Path(os.path.realpath(path)).is_relative_to(trapped.root)
    assert ".git" not in path.relative_to(trapped.root).parts


@settings(max_examples=100, deadline=None)
@given(name=_NAMES)
def test_whatever_the_name_a_write_stays_inside_or_is_refused(trapped: Workspace, name: str) -> None:
    """Nothing but a WorkspaceError rises, and nothing appears beside the workspace."""
    try:
        written = trapped.write(name, "text")
    except WorkspaceError:
        written = ""
    assert {entry.name for entry in trapped.root.parent.iterdir()} <= {"work", "keep"}
    assert not written or trapped.read(written) == b"text"


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../a", "a/../../b", "a/../b", "", ".", "a\0b", ".env", ".ssh/config", "a/.git/config"]
)
def test_a_refused_name_is_quoted(workspace: Workspace, name: str) -> None:
    """The message shows which name it was, so that the model can choose another."""
    with pytest.raises(WorkspaceError) as refused:
        workspace.write(name, "x")
    assert repr(name) in str(refused.value)


def test_a_file_is_written_whole_and_read_back(workspace: Workspace) -> None:
    """Folders are made, text is UTF-8, nothing temporary is left."""
    assert workspace.write("notes/a.md", "für") == "notes/a.md"
    assert workspace.read("notes/a.md") == "für".encode()
    assert [path.name for path in (workspace.root / "notes").iterdir()] == ["a.md"]
    assert workspace.write(f"{workspace.root}/b.md", b"\xff") == "b.md", "an absolute name of a file inside is one too"


def test_a_run_may_replace_what_it_wrote(workspace: Workspace) -> None:
    """The second version of a file of its own needs no permission."""
    workspace.write("a.md", "one")
    workspace.write("a.md", "two")
    assert workspace.read("a.md") == b"two"


def test_somebody_elses_file_is_kept_before_it_is_replaced(workspace: Workspace) -> None:
    """And it is known for foreign, unless the goal names it."""
    for name in ("notes.md", "plan.md"):
        (workspace.root / name).write_text("old")
    assert workspace.is_foreign("plan.md") and not workspace.is_foreign("notes.md") and not workspace.is_foreign("x")
    workspace.write("plan.md", "new")
    assert (workspace.root.parent / "keep/replaced/plan.md").read_text() == "old"
    assert not workspace.is_foreign("plan.md"), "now it is the run's"


def test_a_persons_home_is_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hidden files are those of the shell and of other programs; a project's are a part of the work."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(WorkspaceError, match="hidden in your home folder"):
        Workspace(tmp_path, tmp_path / "keep", "").write(".bashrc", "x")
    assert Workspace(check_workspace(tmp_path / "p"), tmp_path / "keep", "").write(".eslintrc", "{}") == ".eslintrc"


def test_a_file_keeps_its_mode_and_a_deleted_one_takes_its_empty_folders(workspace: Workspace) -> None:
    """A script stays one; what is executable is said, too."""
    workspace.put("bin/run", b"#!/bin/sh\n", executable=True)
    workspace.put("bin/run", b"#!/bin/sh\nexit 0\n")
    assert (workspace.root / "bin/run").stat().st_mode & 0o777 == 0o755
    workspace.remove("bin/run")
    workspace.remove("bin/run")
    assert list(workspace.root.iterdir()) == []


def test_only_a_regular_file_has_a_content(workspace: Workspace) -> None:
    """A pipe is not waited for, a link is not followed, and what is not there is None."""
    os.mkfifo(workspace.root / "pipe")
    (workspace.root / "link").symlink_to(workspace.root / "pipe")
    assert workspace.content_of("none") is None
    for name in ("pipe", "link"):
        with pytest.raises(WorkspaceError):
            workspace.content_of(name)


def test_what_cannot_be_written_is_said_in_one_line(workspace: Workspace) -> None:
    """A folder, a file as a folder, and too much are refused."""
    (workspace.root / "folder").mkdir()
    workspace.write("file", "x")
    for name, content, why in (
        ("folder", "x", "is a folder"),
        ("file/below", "x", "cannot write"),
        ("big", b"x" * (MAX_BYTES + 1), "2000001 bytes"),
    ):
        with pytest.raises(WorkspaceError, match=why):
            workspace.write(name, content)


def test_a_file_exists_only_with_something_in_it(workspace: Workspace) -> None:
    """An empty file meets no criterion; a forbidden or impossible name is no file."""
    workspace.write("empty", "")
    workspace.write("full", "x")
    there = [n for n in ("empty", "full", "none", "../keep", "x" * 300, "full/x") if workspace.exists(n)]
    assert there == ["full"]


def test_what_cannot_be_read_is_said_in_one_line(workspace: Workspace) -> None:
    """Neither a missing file nor a huge one is read."""
    with pytest.raises(WorkspaceError, match=r"cannot read 'none\.md': No such file"):
        workspace.read("none.md")
    with (workspace.root / "huge").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(WorkspaceError, match="larger than"):
        workspace.read("huge")


def test_a_workspace_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file in the way is named, with the reason."""
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match=r"file/work is not writable: Not a directory"):
        check_workspace(tmp_path / "file" / "work")


def test_a_pipe_stops_nobody(workspace: Workspace) -> None:
    """Neither who reads it nor who writes in its place; nor does a device behind a link."""
    os.mkfifo(workspace.root / "pipe")
    (workspace.root / "null").symlink_to("/dev/zero")
    for touch in (workspace.read, workspace.content_of, lambda name: workspace.put(name, b"x")):
        for name in ("pipe", "null"):
            with pytest.raises(WorkspaceError):
                touch(name)
    assert not workspace.holds("pipe", b"") and not workspace.exists("pipe")


@pytest.mark.parametrize("name", ["a\nb.md", "a\rb", "x\x1b[2J", "\u202etxt.exe", "a\tb", "a\u2028b"])
def test_a_name_with_control_characters_is_refused(workspace: Workspace, name: str) -> None:
    """Where it enters, so that no prompt, page or terminal has to show it."""
    with pytest.raises(WorkspaceError, match="control characters"):
        workspace.write(name, "x")
