"""Folders: what a run may read and write is what its owner has named, by whatever way the path is written."""

from pathlib import Path

import pytest

from swarm.errors import UsageError
from swarm.nodes import Node
from swarm.run.folders import check_folders, check_run_name, is_broad


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """A home, a project that was named, and a folder of somebody else's."""
    for name in ("home/runs/r1", "home/runs/r2", "project/src", "other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "other" / "key").write_text("secret")
    (tmp_path / "project" / "link").symlink_to(tmp_path / "other")
    return tmp_path


def _check(places: Path, workspace: str = "", *inputs: str) -> None:
    given = tuple(each.format(places) for each in inputs)
    node = Node(run="r1", goal="g", workspace=workspace.format(places), inputs=given)
    check_folders(node, [str(places / "project")], places / "home")


@pytest.mark.parametrize(
    ("workspace", "inputs"),
    [
        ("", ()),
        ("{}/project", ()),
        ("{}/project/src", ("{}/project", "src/a.py", "https://example.org/a")),
        ("{}/project/new/folder", ("memory://x",)),
        ("{}/home/runs/r1/workspace", ("{}/home/runs/r1/workspace/notes.txt",)),
    ],
)
def test_what_is_named_and_what_lies_in_it_may_be_used(places: Path, workspace: str, inputs: tuple[str, ...]) -> None:
    """And the run's own folder, and addresses, which have rules of their own."""
    _check(places, workspace, *inputs)


@pytest.mark.parametrize(
    ("workspace", "inputs"),
    [
        ("{}/other", ()),
        ("{}/project/../other", ()),
        ("{}/project/link", ()),
        ("{}/projects", ()),
        ("/", ()),
        ("/etc", ()),
        ("~", ()),
        ("{}/home", ()),
        ("{}/home/runs/r2/workspace", ()),
        ("", ("{}/other/key",)),
        ("", ("../../../../other/key",)),
        ("{}/project", ("link/key",)),
        ("{}/project", ("../other/key",)),
        ("{}/project", ("{}/home/login",)),
        ("{}/project", ("/etc/passwd",)),
    ],
)
def test_whatever_else_is_refused_by_its_name(places: Path, workspace: str, inputs: tuple[str, ...]) -> None:
    """Whatever way leads there; the message says how to allow it."""
    with pytest.raises(UsageError, match=r"not in a folder you have named.*SWARM_FOLDERS="):
        _check(places, workspace, *inputs)


def test_a_home_in_a_named_folder_stays_closed(places: Path) -> None:
    """Who works in his home folder has named it, but not the swarm's keys in it; unless he names just these."""
    node = Node(run="r1", goal="g", workspace=str(places), inputs=(str(places / "home" / "login"),))
    with pytest.raises(UsageError, match="the input"):
        check_folders(node, [str(places)], places / "home")
    check_folders(node, [str(places), str(places / "home" / "login")], places / "home")


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "/etc", "a b", "a\0", ".hidden", "x" * 65, "a\nb"])
def test_a_run_whose_name_is_a_path_is_refused(name: str) -> None:
    """A run's name is also that of a folder."""
    with pytest.raises(UsageError, match="not the name of a run"):
        check_run_name(name)


@pytest.mark.parametrize("name", ["", "3f9a0c12", "ingest-3f9a0c12", "b_1"])
def test_the_names_we_give_are_taken(name: str) -> None:
    """And none, for a run that is still to be named."""
    assert check_run_name(name) == name


def test_a_persons_home_and_what_holds_it_are_broad() -> None:
    """Named once for a run, they are not open to every later one."""
    home = Path.home()
    assert is_broad(str(home)) and is_broad("/") and is_broad(str(home.parent))
    assert not is_broad(str(home / "project"))
