"""What a history comes to."""

from hypothesis import given
from hypothesis import strategies as st

from swarm.history import Event, NodeState, fold, ordered
from swarm.reports import Report

_REPORT = Report(node="a", path="0", status="done", answer="yes")


def _event(action: str, time: int, node: str, status: str, report: Report | None = None) -> Event:
    state = {"id": node, "path": node, "goal": node, "flow_run_id": "f", "status": status}
    told = {"action": action, "time": f"2026-01-01T00:00:{time:02}", "node": NodeState.model_validate(state)}
    event = Event.model_validate(told)
    return event.model_copy(update={"node": event.node.model_copy(update={"report": report})})


def test_a_node_is_as_its_last_event_left_it_and_stands_where_it_was_made() -> None:
    """A crashed node has not ended: its work is still to be done."""
    events = [
        _event("create_node", 0, "a", "created"),
        _event("run_node", 1, "a", "running"),
        _event("create_node", 2, "b", "created"),
        _event("create_node", 3, "c", "created"),
        _event("run_node", 4, "c", "running"),
        _event("terminate_node", 5, "c", "crashed"),
        _event("terminate_node", 6, "a", "done", _REPORT),
    ]
    folded = fold(events)
    assert folded.population == 3
    assert [(node.id, node.status) for node in folded.nodes] == [("a", "done"), ("b", "created"), ("c", "crashed")]
    assert folded.queue == ("b", "c")
    assert folded.nodes[0].report == _REPORT


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=12))
def test_whatever_happened_a_node_is_either_ended_or_in_the_queue(happened: list[tuple[str, int]]) -> None:
    """And a history that is folded in two parts comes to the same as one that is whole."""
    kinds = [("create_node", "created"), ("run_node", "running"), ("terminate_node", "done")]
    kinds.append(("terminate_node", "crashed"))
    events = [_event(kinds[n][0], at, node, kinds[n][1]) for at, (node, n) in enumerate(happened)]
    folded = fold(events)
    ended = {node.id for node in folded.nodes if node.status == "done"}
    assert {node.id for node in folded.nodes} == ended | set(folded.queue)
    assert not ended & set(folded.queue)
    assert fold((*events, *events[-1:])) == folded


def test_what_happened_at_one_moment_stands_in_its_natural_order() -> None:
    """A node is made before it runs, and runs before it ends."""
    events = [
        _event("terminate_node", 1, "a", "done"),
        _event("run_node", 1, "a", "running"),
        _event("create_node", 1, "a", "created"),
        _event("create_node", 0, "b", "created"),
    ]
    assert [(event.node.id, event.action) for event in ordered(events)] == [
        ("b", "create_node"),
        ("a", "create_node"),
        ("a", "run_node"),
        ("a", "terminate_node"),
    ]
