"""Decisions hold what a model may say, and refuse the rest with a message it can act on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from swarm.decisions import Decision, Finish, Retrieve, Split, Subtask


def _split(**depends_on: tuple[str, ...]) -> Split:
    tasks = tuple(Subtask(key=key, goal=f"do {key}", depends_on=needs) for key, needs in depends_on.items())
    return Split(reason="too_large", subtasks=tasks)


def test_a_decision_is_read_by_the_kind_of_its_action() -> None:
    """`kind` alone says which action it is."""
    said = '{"situation": "s", "missing": "m", "action": {"kind": "retrieve", "uri": " notes.txt "}}'
    assert Decision.model_validate_json(said).action == Retrieve(uri="notes.txt", query="")


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    """The message names what there is, so that a repair can choose."""
    with pytest.raises(ValidationError, match=r"retrieve.*finish"):
        Decision.model_validate({"situation": "", "missing": "", "action": {"kind": "dance"}})


def test_several_actions_come_in_one_decision() -> None:
    """In their order; none at all is no decision."""
    reads = [{"kind": "read", "uri": "a"}, {"kind": "find", "pattern": "b"}]
    decision = Decision.model_validate({"situation": "s", "actions": reads})
    assert [action.kind for action in decision.actions] == ["read", "find"]
    with pytest.raises(ValidationError, match="at least 1"):
        Decision.model_validate({"situation": "s", "actions": []})


def test_what_a_file_is_to_hold_is_kept_to_the_last_space() -> None:
    """White space matters in code, at both ends."""
    text = "  indented\n\n"
    action = {"kind": "write_file", "path": " a.py ", "text": text}
    written = Decision.model_validate({"situation": "", "actions": [action]}).action
    assert (written.path, written.text) == ("a.py", text)  # type: ignore[union-attr]


@pytest.mark.parametrize("answer", ["", "   ", "x" * 50_001])
def test_a_finish_states_a_result_that_fits(answer: str) -> None:
    """An empty answer, or one that should be a file, is no answer."""
    with pytest.raises(ValidationError):
        Finish(answer=answer)


def test_a_split_has_two_to_five_parts() -> None:
    """One part is no division, six are a plan."""
    for keys in ("a", "abcdef"):
        with pytest.raises(ValidationError, match=r"at least 2|at most 5"):
            _split(**{key: () for key in keys})


def test_the_keys_of_a_split_differ() -> None:
    """Children are known by their keys."""
    twice = (Subtask(key="a", goal="x"), Subtask(key="a", goal="y"))
    with pytest.raises(ValidationError, match="keys must differ, got a, a"):
        Split(reason="too_large", subtasks=twice)


def test_a_split_depends_only_on_its_own_parts() -> None:
    """A dependency nobody knows is named, never dropped."""
    with pytest.raises(ValidationError, match="subtask b depends on unknown z"):
        _split(a=(), b=("z",))


@pytest.mark.parametrize(
    "needs", [{"a": ("a",), "b": ()}, {"a": ("b",), "b": ("a",)}, {"a": ("c",), "b": ("a",), "c": ("b",), "d": ()}]
)
def test_a_circle_is_refused(needs: dict[str, tuple[str, ...]]) -> None:
    """Parts that wait for each other would wait for ever."""
    with pytest.raises(ValidationError, match="in a circle"):
        _split(**needs)


_NEEDS = st.integers(2, 5).flatmap(
    lambda n: st.lists(st.sets(st.integers(0, n - 1), max_size=4), min_size=n, max_size=n)
)


@given(_NEEDS)
def test_a_valid_split_always_has_an_order(needs: list[set[int]]) -> None:
    """A split is accepted if and only if its parts can be done one after the other."""
    keys = "abcde"
    wanted = {keys[n]: tuple(keys[i] for i in sorted(some)) for n, some in enumerate(needs)}
    possible = _has_order(wanted)
    try:
        split = _split(**wanted)
    except ValidationError:
        assert not possible
    else:
        assert possible and [task.key for task in split.subtasks] == list(wanted)


def _has_order(needs: dict[str, tuple[str, ...]]) -> bool:
    """Look for an order the slow way: try every first step."""
    if not needs:
        return True
    free = [key for key, some in needs.items() if not set(some) & needs.keys()]
    return any(_has_order({k: v for k, v in needs.items() if k != key}) for key in free)
