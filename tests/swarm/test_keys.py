"""Keys name the same thing alike on every machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefect._internal.uuid7 import uuid7

from swarm.keys import canonical, digest, run_name

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text('aä\n"\\'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, alphabet="abcd"), _JSON, max_size=5))
def test_the_order_of_a_dictionary_does_not_change_its_key(value: dict[str, object]) -> None:
    """Two machines that build the same inputs in another order find the same result."""
    turned = dict(reversed(value.items()))
    assert canonical(turned) == canonical(value)
    assert digest(turned) == digest(value)


def test_a_digest_is_sixteen_hexadecimal_digits_that_never_change() -> None:
    """Results of earlier releases stay findable: the hash is part of the data."""
    assert digest("run", 0, None, ["ä"]) == "63931386958b06fb"


def test_values_do_not_run_into_each_other() -> None:
    """Where one value ends and the next begins is part of the key."""
    assert digest("ab", "c") != digest("a", "bc")
    assert digest(1) != digest("1")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_json_has_no_key(value: float) -> None:
    """A number that JSON cannot carry is refused, not written as `NaN`."""
    with pytest.raises(ValueError):
        canonical(value)


def test_an_object_has_no_key() -> None:
    """A key is never made of a memory address."""
    with pytest.raises(TypeError):
        canonical(object())


def test_scheduled_runs_of_one_minute_have_names_of_their_own() -> None:
    """The ids that Prefect's scheduler makes in one go begin alike; runs with one name would share their results."""
    ids = [str(uuid7()) for _ in range(100)]
    assert len({run_name(flow_run) for flow_run in ids}) == 100 > len({flow_run[:8] for flow_run in ids})
