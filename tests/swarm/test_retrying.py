"""Which nodes a retry concerns."""

import pytest

from swarm.errors import UsageError
from swarm.reports import Report, Status
from swarm.retrying import plan


def _report(path: str, status: Status, turns: int = 2) -> Report:
    return Report(node=f"n{path}", path=path, status=status, turns=turns, made_of=f"m{path}", summary=path)


_TREE = [
    _report("0", "failed", 3),
    _report("0.1", "done"),
    _report("0.1.1", "failed"),
    _report("0.2", "partial", 5),
    _report("0.2.1", "done"),
    _report("0.2.2", "cancelled"),
    _report("0.2.10", "failed"),
]


def test_a_failed_root_takes_every_failed_node_along_that_no_done_one_has_answered_for() -> None:
    """What 0.1 made of its child's failure stands; what is done is read."""
    found = plan(_TREE, note="again")
    assert {(each.path, each.turn, each.note) for each in found.retries} == {
        ("0", 3, "again"),
        ("0.2", 5, "again"),
        ("0.2.2", 2, "again"),
        ("0.2.10", 2, "again"),
    }
    assert set(found.forgotten) == {"n0", "n0.2", "n0.2.2", "n0.2.10"}


def test_one_branch_leaves_its_siblings_and_the_note_to_itself() -> None:
    """The failed parents above get new turns without the note; all above report anew."""
    found = plan(_TREE, "0.2.10", "again")
    assert {(each.path, each.note) for each in found.retries} == {("0.2.10", "again"), ("0.2", ""), ("0", "")}
    assert set(found.forgotten) == {"n0.2.10", "n0.2", "n0"}


def test_under_a_done_parent_the_parent_reports_anew_but_has_no_new_turns() -> None:
    """It decides again only because what its child reports is another thing."""
    found = plan(_TREE, "0.1.1")
    assert {each.path for each in found.retries} == {"0.1.1", "0"}
    assert set(found.forgotten) == {"n0.1.1", "n0.1", "n0"}


def test_a_retry_knows_the_report_it_does_not_count() -> None:
    """By its status and words, and the inputs it was made of."""
    (retry, *_) = plan(_TREE, "0.1.1").retries
    assert (retry.ended, retry.made_of) == (_TREE[2].ending, "m0.1.1")
    assert _report("0.1.1", "done").ending != _TREE[2].ending


@pytest.mark.parametrize("path", ["0.3", "", "0.1.", "x"])
def test_a_path_where_nothing_has_reported_is_a_usage_error(path: str) -> None:
    """It is named."""
    with pytest.raises(UsageError, match=f"no node at {path} has reported"):
        plan(_TREE, path)
