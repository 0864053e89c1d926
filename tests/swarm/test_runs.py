"""How a run is to go."""

from swarm.nodes import Lease, Node
from swarm.runs import Change, Course, is_within


def test_a_path_is_within_itself_and_what_it_begins_with_by_whole_steps() -> None:
    """0.10 is not within 0.1."""
    assert is_within("0.1", "0.1") and is_within("0.1.2", "0.1") and is_within("0.r2", "0")
    assert not is_within("0.10", "0.1") and not is_within("0", "0.1")


def test_only_a_replay_without_a_live_part_is_strict() -> None:
    """And what is below the live part is not looked for on the tape."""
    replay = Course(run="r", mode="replay", source="s")
    partly = Course(run="r", mode="replay", source="s", live_from="0.2")
    assert replay.is_strict and replay.may_be_taped("0.2.1")
    assert not partly.is_strict and partly.may_be_taped("0.1") and not partly.may_be_taped("0.2.1")
    assert not Course(run="r").may_be_taped("0") and not Course(run="r").is_strict


def test_the_deepest_choice_of_a_model_counts_and_holds_for_all_below() -> None:
    """Elsewhere the run's own model answers."""
    changes = {"0.1": Change(model="a"), "0.1.2": Change(model="b"), "0.2": Change(goal="x")}
    course = Course(run="r", changes=changes)
    assert [course.model_at(path) for path in ("0", "0.1", "0.1.1", "0.1.2.r1", "0.2")] == [None, "a", "a", "b", None]


def test_a_changed_node_has_the_new_goal_or_lease_and_the_same_name() -> None:
    """So that its place in the tree, and what its parent knows it by, stay."""
    node = Node(run="r", path="0.2", goal="old", lease=Lease(calls=1))
    course = Course(run="r", changes={"0.2": Change(goal="new"), "0": Change(lease=Lease(calls=9))})
    assert course.changed(node) == node.model_copy(update={"goal": "new"})
    assert course.changed(node).id == node.id
    assert course.changed(Node(run="r", goal="all")).lease == Lease(calls=9)
