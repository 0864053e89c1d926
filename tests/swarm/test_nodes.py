"""Nodes have one name everywhere, and children get a share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from swarm.nodes import Lease, Limits, Node, shorten


def test_a_node_has_the_same_id_whatever_it_may_spend_and_whatever_it_is_told() -> None:
    """The id hashes run, parent, turn, key and kind alone: every attempt finds the same reports."""
    node = Node(run="r", parent="p", turn=2, key="code", goal="write it")
    again = node.model_copy(update={"lease": Lease(calls=3), "limits": Limits(turns=1), "goal": "write it well"})
    assert again.id == node.id
    assert again.report_key == node.report_key == f"r/{node.id}/report"


@pytest.mark.parametrize("changed", [{"run": "x"}, {"parent": "x"}, {"turn": 3}, {"key": "docs"}, {"kind": "review"}])
def test_what_makes_another_node_makes_another_id(changed: dict[str, object]) -> None:
    """A subtask of another run, parent, turn or key is another node."""
    node = Node(run="r", parent="p", turn=2, key="code", goal="write it")
    assert node.model_copy(update=changed).id != node.id


def test_a_node_crosses_a_run_boundary_unchanged() -> None:
    """JSON and back is the same node, with the same id."""
    node = Node(run="r", goal="g", inputs=("a",), output_schema={"type": "object"}, lease=Lease(usd=0.5))
    back = Node.model_validate(node.model_dump(mode="json"))
    assert back == node and back.id == node.id


def test_an_unknown_field_is_refused() -> None:
    """A misspelt parameter of a scheduled run is an error, not a default."""
    with pytest.raises(ValidationError, match="goals"):
        Node.model_validate({"goal": "g", "goals": "g"})


def test_depth_and_name_come_from_the_path() -> None:
    """The root is at depth 0; its name says path, kind and goal."""
    assert Node(goal="g").depth == 0
    review = Node(goal="write\n the   parser", path="0.2.r1", kind="review")
    assert review.depth == 2
    assert review.name == "0.2.r1 · review: write the parser"


@given(
    st.builds(Lease, calls=st.none() | st.integers(1, 10**6), tokens=st.none() | st.integers(0, 10**9)),
    st.floats(0, 1, exclude_min=True),
)
def test_a_share_is_never_more_than_the_whole(lease: Lease, part: float) -> None:
    """A child's lease is bounded by its parent's, unbounded where that is, and has a call at least."""
    assert [Lease(calls=10).share(some).calls for some in (1.0, 0.55, 0.01)] == [10, 5, 1]
    child = lease.share(part)
    assert (child.calls is None) == (lease.calls is None) and (child.tokens is None) == (lease.tokens is None)
    if child.calls is not None and lease.calls is not None:
        assert 1 <= child.calls <= lease.calls
    if child.tokens is not None and lease.tokens is not None:
        assert 0 <= child.tokens <= lease.tokens


@given(st.text(), st.integers(1, 80))
def test_a_shortened_text_is_one_line_that_fits(text: str, width: int) -> None:
    """Whatever a goal holds, its name in a list is one line of the width asked for."""
    line = shorten(text, width)
    assert len(line) <= width and len(line.splitlines()) <= 1
