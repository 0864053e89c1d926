"""A step has one key for as long as what it depends on stays the same."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.nodes import Criterion, Lease, Limits, Node
from swarm.reports import Observation
from tasks.keys import step_key

if TYPE_CHECKING:
    from prefect.context import TaskRunContext

_NODE = Node(run="r", parent="p", key="a", path="0.1", goal="g", inputs=("i.txt",))
_SEEN = [Observation(action="retrieve a", outcome="ok", text="t")]


def _key(node: Node = _NODE, turn: int = 0, step: str = "decide", **inputs: object) -> str:
    context = cast("TaskRunContext", SimpleNamespace(task=SimpleNamespace(name=step)))
    return step_key(context, {"node": node, "turn": turn, **inputs})


def test_the_same_step_has_the_same_key() -> None:
    """Equal inputs, built anew, in another order, as list or tuple: one key, in every process."""
    assert _key(seen=_SEEN, path="a") == _key(path="a", seen=tuple(s.model_copy() for s in _SEEN))
    assert _key(_NODE.model_copy()) == _key()
    assert _key(Node.model_validate(_NODE.model_dump(mode="json"))) == _key()
    assert _key() == f"r/{_NODE.id}/0/decide-92256c6b038e830f", "results of earlier releases stay findable"


@given(
    st.builds(Lease, calls=st.none() | st.integers(0, 99), tokens=st.none() | st.integers(0), usd=st.floats(0, 9)),
    st.builds(Limits, turns=st.integers(1, 9), nodes=st.integers(1, 99)),
)
def test_what_a_node_may_spend_never_changes_a_key(lease: Lease, limits: Limits) -> None:
    """A run that goes on with another budget adopts what it did before."""
    assert _key(_NODE.model_copy(update={"lease": lease, "limits": limits}), seen=_SEEN) == _key(seen=_SEEN)


@pytest.mark.parametrize(
    "changed",
    [
        {"run": "x"},
        {"parent": "x"},
        {"key": "x"},
        {"goal": "x"},
        {"why": "x"},
        {"inputs": ("x",)},
        {"constraints": ("x",)},
        {"acceptance": (Criterion(id="c", text="x"),)},
    ],
)
def test_a_changed_node_never_adopts_an_old_result(changed: dict[str, object]) -> None:
    """Whatever a step can see of its node is part of its key."""
    assert _key(_NODE.model_copy(update=changed)) != _key()


def test_a_changed_input_never_adopts_an_old_result() -> None:
    """Another turn, another step, another argument, another word in one observation: another key."""
    other = [_SEEN[0].model_copy(update={"text": "u"})]
    keys = [_key(seen=_SEEN), _key(seen=other), _key(seen=[]), _key(seen=_SEEN * 2), _key(turn=1, seen=_SEEN)]
    keys += [_key(step="judge", seen=_SEEN), _key(seen=_SEEN, sample=0), _key(seen=_SEEN, sample=1)]
    assert len(set(keys)) == len(keys)
