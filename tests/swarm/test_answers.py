"""The JSON object inside a model's text."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.answers import DEEPEST, LARGEST, find_object

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=5)


@given(OBJECTS)
def test_any_object_comes_back_whole(value: dict[str, object]) -> None:
    """What JSON holds survives, bare, fenced or after prose."""
    text = json.dumps(value, ensure_ascii=False)
    assert find_object(text) == value
    assert find_object(f"Here you are:\n```json\n{text}\n```\nDone.") == value


@given(st.text() | OBJECTS.map(lambda v: json.dumps(v)[:-2]) | st.text(alphabet='{}[]",:\\eE+-0123456789NaInfty \n'))
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    """Garbage is refused with ValueError, and whatever is accepted can be written as strict UTF-8 JSON."""
    try:
        found = find_object(text)
    except ValueError:
        return
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode()


def test_the_last_object_wins_over_those_before_it() -> None:
    """A draft or an example may be longer; a model that writes `{}` in passing does not lose its answer."""
    assert find_object('{"a": "a long draft"} or rather {"a": 1}, which is not {}.') == {"a": 1}
    assert find_object('Not {} nor {"a": 1}, but {"kind": "finish", "answer": "yes {"}.') == {
        "kind": "finish",
        "answer": "yes {",
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "Infinity is not JSON"),
        ('{"a": 1e999}', "too large a number"),
        ('{"a": ' + "9" * 5000 + "}", "no JSON object"),
        ('{"a":' * 100_00 + "1" + "}" * 10_000, "deeper"),
        ('{"a": ' + "[" * DEEPEST + "]" * DEEPEST + "}", "deeper"),
        ('{"a": "' + "x" * LARGEST + '"}', "more than"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"a": "\\u0000"}', "NUL"),
        ('{"a": ', "no JSON object"),
        ("{" * 100_000, "no JSON object"),
    ],
    ids=[
        "empty",
        "list",
        "nan",
        "infinity",
        "huge",
        "digits",
        "nested",
        "deep",
        "long",
        "half",
        "nul",
        "cut",
        "braces",
    ],
)
def test_what_is_not_sound_json_is_refused(text: str, fault: str) -> None:
    """Each with a message that a model could act on."""
    with pytest.raises(ValueError, match=fault):
        find_object(text)


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    """Code about NUL is not NUL."""
    assert find_object('{"code": "\\\\u0000"}') == {"code": "\\u0000"}
    assert math.isfinite(float(str(find_object('{"a": 1e300}')["a"])))
