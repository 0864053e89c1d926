"""Rules say what a node may not do next, in a line the model can act on."""

import pytest

from swarm.decisions import Action, AskUser, Finish, GiveUp, Retrieve, RunCode, Split, SplitReason, Subtask, WriteText
from swarm.nodes import Limits, Node
from swarm.reports import Observation
from swarm.rules import label, refusal

_NODE = Node(goal="Summarise the three reports in one page")
_READ = Retrieve(uri="notes.txt")


def _seen(action: Action, outcome: str = "ok", text: str = "t") -> Observation:
    return Observation.model_validate({"action": label(action), "outcome": outcome, "text": text})


def _split(*goals: str, reason: SplitReason = "independent_sources") -> Split:
    tasks = tuple(Subtask(key=f"k{n}", goal=goal) for n, goal in enumerate(goals))
    return Split(reason=reason, subtasks=tasks)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Retrieve(uri="a.txt", query="cost"), "retrieve a.txt cost"),
        (Retrieve(uri="a.txt"), "retrieve a.txt"),
        (WriteText(path="b.md", brief="x"), "write_text b.md"),
        (RunCode(task="count"), "run_code count"),
        (AskUser(question="why?"), "ask_user why?"),
        (_split("a", "b"), "split k0, k1"),
        (Finish(answer="x"), "finish"),
        (GiveUp(reason="x"), "give_up"),
    ],
)
def test_an_action_has_one_label(action: Action, said: str) -> None:
    """The same action is called the same in observations, artifacts and rules."""
    assert label(action) == said


def test_what_went_well_is_not_done_again() -> None:
    """A small model that repeats itself is told to take the next step."""
    assert "was done already" in (refusal(_NODE, _READ, [_seen(_READ)]) or "")
    assert refusal(_NODE, Retrieve(uri="other.txt"), [_seen(_READ)]) is None


def test_after_a_failed_check_the_same_action_may_be_done_again() -> None:
    """A rejected answer may send the node back to its file."""
    rejected = _seen(Finish(answer="x"), "check_failed")
    assert refusal(_NODE, _READ, [_seen(_READ), rejected]) is None
    assert refusal(_NODE, _READ, [rejected, _seen(_READ)]) is not None


def test_what_failed_may_be_tried_once_more_but_not_a_third_time_for_the_same_reason() -> None:
    """One failure can pass; the same failure twice will not."""
    failed = _seen(_READ, "error", "timeout")
    assert refusal(_NODE, _READ, [failed]) is None
    assert refusal(_NODE, _READ, [failed, failed]) is not None
    assert refusal(_NODE, _READ, [failed, _seen(_READ, "error", "404")]) is None


def test_a_refusal_is_no_attempt() -> None:
    """What a rule refused was never done, so it is not repeated by being done."""
    assert refusal(_NODE, _READ, [_seen(_READ, "refused"), _seen(_READ, "refused")]) is None


def test_a_node_may_always_finish_or_give_up() -> None:
    """No rule keeps a node from ending."""
    for action in (Finish(answer="x"), GiveUp(reason="x")):
        assert refusal(_NODE, action, [_seen(action), _seen(action)]) is None


def test_a_split_that_claims_a_failure_needs_one() -> None:
    """Try first: `attempt_failed` is checked against what was observed."""
    split = _split("Read report one", "Read report two", reason="attempt_failed")
    assert "try first" in (refusal(_NODE, split, []) or "")
    assert "try first" in (refusal(_NODE, split, [_seen(_READ), _seen(_READ, "refused")]) or "")
    assert refusal(_NODE, split, [_seen(_READ, "error")]) is None


def test_a_child_that_restates_its_parent_is_refused() -> None:
    """A division into itself divides nothing."""
    split = _split("summarise the three reports, in one page!", "Read report two")
    assert "k0 restates the goal" in (refusal(_NODE, split, []) or "")


def test_two_children_do_not_do_the_same() -> None:
    """The same goal in other letters is the same goal."""
    assert "same goal" in (refusal(_NODE, _split("Read report one", "read REPORT one."), []) or "")


def test_at_the_deepest_level_nobody_splits() -> None:
    """The limit of depth is enforced in code, whatever the model wants."""
    deep = _NODE.model_copy(update={"path": "0.1.2", "limits": Limits(depth=2)})
    split = _split("Read report one", "Read report two")
    assert "depth 2, the limit" in (refusal(deep, split, []) or "")
    assert refusal(_NODE, split, []) is None
