"""Views put a run's nodes in order and sum them up."""

from hypothesis import given
from hypothesis import strategies as st

from swarm.usage import Usage
from swarm.views import NodeView, RunView, order


def _node(path: str, usage: Usage = Usage()) -> NodeView:  # noqa: B008  frozen
    return NodeView.model_validate(
        {"id": path, "path": path, "parent": "", "kind": "solve", "goal": "g", "status": "done", "flow_run_id": path}
    ).model_copy(update={"usage": usage})


@given(st.permutations(["0", "0.1", "0.1.2", "0.1.r1", "0.2", "0.10", "0.10.1", "0.a1", "0.r2", "0.r10"]))
def test_nodes_stand_in_the_order_a_person_counts(paths: list[str]) -> None:
    """Ten after two, children under their parent, reviews and questions last and by turn."""
    wanted = ["0", "0.1", "0.1.2", "0.1.r1", "0.2", "0.10", "0.10.1", "0.a1", "0.r2", "0.r10"]
    assert sorted(paths, key=order) == wanted


@given(st.text())
def test_any_path_has_a_place(path: str) -> None:
    """A flow run somebody started by hand with an odd path does not break the list."""
    assert order(path) == order(path)


def test_a_run_has_spent_what_its_nodes_have() -> None:
    """Each node is counted once."""
    nodes = (_node("0", Usage(calls=1, usd=0.5)), _node("0.1", Usage(calls=2, usd=0.25)))
    assert RunView(run="r", status="done", nodes=nodes).usage == Usage(calls=3, usd=0.75)


def test_a_waiting_run_has_not_ended() -> None:
    """Whoever watches goes on watching while a question is open."""
    ended = {status: RunView(run="r", status=status).ended for status in ("running", "waiting", "partial", "crashed")}
    assert ended == {"running": False, "waiting": False, "partial": True, "crashed": True}
