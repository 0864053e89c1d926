"""Recorded: what steps have left behind is read back from their rows alone."""

import json

from pydantic import JsonValue

from swarm.decisions import Decision
from swarm.keys import digest
from swarm.nodes import Node
from swarm.recorded import Step, decisions, places, reachable, read_step
from swarm.reports import Report

_HASH = "0123456789abcdef"


def _decide(node: str, turn: int, **action: JsonValue) -> Step:
    told = {"situation": "s", "missing": "m", "action": action}
    return Step(node, turn, "decide", Decision.model_validate(told).model_dump(mode="json"))


def _split(*keys: str) -> dict[str, JsonValue]:
    subtasks: list[JsonValue] = [
        {"key": key, "goal": key, "acceptance": [], "depends_on": [], "share": None} for key in keys
    ]
    return {"kind": "split", "reason": "independent_sources", "logic": "all", "subtasks": subtasks}


def test_a_row_is_read_as_what_came_of_the_step() -> None:
    """Prefect's record of a model, of plain JSON, and a fact; a report and anything else is no step."""
    model = json.dumps({"result": json.dumps({"__class__": "x.Y", "data": {"a": 1}})}).encode()
    plain = json.dumps({"result": json.dumps(["a.md"])}).encode()
    assert read_step(f"r/n/2/decide-{_HASH}", model) == Step("n", 2, "decide", {"a": 1})
    assert read_step(f"r/n/0/keep-{_HASH}", plain) == Step("n", 0, "keep", ["a.md"])
    assert read_step(f"r/n/0/fact-answer-{_HASH}", b'{"b": 2}') == Step("n", 0, "fact-answer", {"b": 2})
    assert read_step("r/n/report", model) is None
    assert read_step("0f3c", b"") is None


def test_the_last_decision_of_a_turn_counts() -> None:
    """After a retry a turn can have been decided twice."""
    steps = [_decide("n", 0, kind="finish", answer="a", evidence=[]), _decide("n", 0, kind="give_up", reason="r")]
    assert decisions([*steps, Step("n", 1, "decide", {"of": "another version"})])["n"][0].action.kind == "give_up"


def test_what_a_retry_has_left_behind_is_not_reachable() -> None:
    """Only the children of the last decisions are, in the turns that the last report counts."""
    root = Node(run="r", goal="g").id
    a, b, c = (digest("r", root, turn, key, "solve") for turn, key in ((0, "a"), (0, "b"), (1, "c")))
    grandchild = digest("r", a, 0, "x", "solve")
    steps = [
        _decide(root, 0, **_split("a", "b")),
        _decide(a, 0, **_split("x", "y")),
        _decide(root, 1, **_split("c", "d")),
    ]
    report = Report(node=root, path="0", status="done", turns=1)
    found = reachable(root, "r", {root: report}, steps)
    assert {root, a, b, grandchild} <= found and c not in found
    assert c in reachable(root, "r", {root: report.model_copy(update={"turns": 2})}, steps)


def test_questions_and_reviews_are_found_by_their_parents() -> None:
    """They have kept a fact each, under an id that only their parent explains."""
    parent = Node(run="r", goal="g", path="0.2", parent="p", key="k")
    ask, review = (digest("r", parent.id, 1, f"{kind}-1", kind) for kind in ("ask", "review"))
    keys = [f"r/{ask}/1/fact-answer-{_HASH}", f"r/{review}/1/fact-verdict-{_HASH}", f"r/x/1/fact-answer-{_HASH}"]
    found = places({parent.id: "0.2"}, "r", [*keys, "r/y/report"])
    assert found == {parent.id: "0.2", ask: "0.2.a2", review: "0.2.r2"}
    third = digest("r", parent.id, 1, "ask-1-3", "ask")
    assert places({parent.id: "0.2"}, "r", [f"r/{third}/1/fact-answer-{_HASH}"])[third] == "0.2.a2-3"
    calls = [_decide(parent.id, turn, kind="call_function", name="f", arguments="{}") for turn in (0, 1)]
    assert reachable(parent.id, "r", {}, calls) >= {parent.id, ask, review, third}
