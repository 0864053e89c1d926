"""Goals are checked where they enter, and a person's mistake is one line."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.errors import UsageError
from swarm.goals import MAX_GOAL, check_goal, check_node, check_text
from swarm.nodes import Lease, Node


@pytest.mark.parametrize("goal", ["", " \n\t", "x" * (MAX_GOAL + 1), "a\0b"])
def test_a_goal_nobody_can_work_on_is_refused(goal: str) -> None:
    """Nothing, too much, and what no database keeps."""
    with pytest.raises(UsageError, match="the goal"):
        check_goal(goal)


def test_a_goal_loses_its_outer_space_and_nothing_else() -> None:
    """Line breaks inside a goal are its own."""
    assert check_goal("  do this\n and that \n") == "do this\n and that"
    assert check_goal("x" * MAX_GOAL) == "x" * MAX_GOAL


@given(st.text())
def test_text_of_the_command_line_is_utf8_or_refused(text: str) -> None:
    """What passes can be written as JSON; what does not is named."""
    assert check_text("the goal", text) == text
    with pytest.raises(UsageError, match=f"--context is not UTF-8 text at character {len(text) + 1}$"):
        check_text("--context", text + "\udcff")


def test_context_becomes_absolute_and_addresses_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker elsewhere reads the same files."""
    monkeypatch.chdir(tmp_path)
    Path("a.txt").touch()
    Path("folder").mkdir()
    node = check_node(Node(goal="g", inputs=("a.txt", "folder", "https://example.org/x"), workspace="out"))
    assert node.inputs == (f"{tmp_path}/a.txt", f"{tmp_path}/folder", "https://example.org/x")
    assert node.workspace == f"{tmp_path.resolve()}/out" and Path("out").is_dir()


@pytest.mark.parametrize(
    ("context", "why"),
    [
        ("none.txt", "none.txt cannot be read: No such file"),
        ("x" * 300, "cannot be read: File name too long"),
        ("ftp://example.org/x", "not a path nor an http"),
        ("https://", "not a path nor an http"),
        ("http://[bad", "not a path nor an http"),
        ("~nobody-of-that-name/x", "no such user"),
    ],
)
def test_a_context_that_cannot_be_read_is_named(context: str, why: str, tmp_path: Path) -> None:
    """The line says which one and why, before anything is started."""
    with pytest.raises(UsageError, match=why):
        check_node(Node(goal="g", inputs=(context,), workspace=str(tmp_path)))


def test_a_pipe_is_no_context(tmp_path: Path) -> None:
    """Opening one would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        check_node(Node(goal="g", inputs=(str(tmp_path / "pipe"),), workspace=str(tmp_path)))


def test_more_contexts_than_anybody_reads_are_refused(tmp_path: Path) -> None:
    """The way out is in the message."""
    with pytest.raises(UsageError, match="51 contexts were given, the limit is 50: give their folder"):
        check_node(Node(goal="g", inputs=("a",) * 51, workspace=str(tmp_path)))


def test_a_workspace_of_nobody_is_refused() -> None:
    """A tilde with a name nobody has is a person's mistake, not a crash."""
    with pytest.raises(UsageError, match="--workspace ~nobody-of-that-name: there is no such user"):
        check_node(Node(goal="g", workspace="~nobody-of-that-name", lease=Lease()))
