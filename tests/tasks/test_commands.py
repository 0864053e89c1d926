"""Commands: what is said of one that has run."""

import pytest

from swarm.decisions import RunCommand
from swarm.store.file_changes import AppliedChanges
from tasks.commands import CommandRan, observed


@pytest.mark.parametrize(
    ("command", "ended", "outcome"),
    [
        ("grep -n needle notes.txt", "exit code 1", "ok"),
        ("grep -n needle none.txt", "exit code 2", "error"),
        ("pytest -q", "exit code 1 after 12 s", "error"),
        ("diff a b", "exit code 1 after 12 s", "ok"),
    ],
)
def test_a_search_without_a_match_is_no_error(command: str, ended: str, outcome: str) -> None:
    """The exit code is said as it is."""
    seen = observed(RunCommand(command=command), CommandRan(ok=False, ended=ended), AppliedChanges(), 1000)
    assert seen.outcome == outcome and seen.text.startswith(ended)
