"""What a cut answer has said so far."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from swarm.llm.partial_json import Salvage, salvage

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))
OBJECTS = st.dictionaries(st.text(), JSON, max_size=5)


@pytest.mark.parametrize(
    ("text", "value", "cut"),
    [
        ('{"a": "on', {"a": "on"}, ("a",)),
        ('{"a": [{"b": "x"}, {"b": "tw', {"a": [{"b": "x"}, {"b": "tw"}]}, ("a", 1, "b")),
        ('{"a": "x", "b', {"a": "x"}, ()),
        ('{"a": "x", "b":', {"a": "x"}, ()),
        ('{"a": 1', {}, ()),
        ('{"a": 12, "b": tr', {"a": 12}, ()),
        ('{"a": "x\\', {"a": "x"}, ("a",)),
        ('{"a": "x\\u00', {"a": "x"}, ("a",)),
        ('{"a": "x\\ud83d', {"a": "x"}, ("a",)),
        ('{"a": "x\\ud83d\\ude00', {"a": "x😀"}, ("a",)),
        ('{"a": "line\nbreak', {"a": "line\nbreak"}, ("a",)),
        ('{"a": [', {"a": []}, ()),
        ("{", {}, ()),
        ('Sure: {"a": "x"', {"a": "x"}, ()),
    ],
)
def test_an_object_is_closed_where_it_broke_off(
    text: str, value: dict[str, JsonValue], cut: tuple[str | int, ...]
) -> None:
    """A string keeps what it has and is named; a number, a word or a key that is not whole is dropped."""
    assert salvage(text) == Salvage(value, cut)


def test_a_whole_object_is_said_to_be_whole() -> None:
    """Whatever follows it."""
    assert salvage('{"a": {"b": []}} and more') == Salvage({"a": {"b": []}}, whole=True)


@pytest.mark.parametrize(
    "text", ["", "no object", "[1, 2", '{"a" 1', '{"a": "x" "b"', "{1: 2}", '{"a": nan,', '{"a": "\\x']
)
def test_what_is_no_beginning_of_json_is_none(text: str) -> None:
    """No guess is made at what was meant."""
    assert salvage(text) is None


@given(OBJECTS, st.floats(0, 1), st.booleans())
@example({"a": "x" * 50}, 0.5, True)
def test_every_beginning_of_an_object_holds_a_beginning_of_its_values(
    value: dict[str, JsonValue], share: float, escaped: bool
) -> None:
    """Cut anywhere: no error, nothing that was not there, and the cut string is a prefix of the whole one."""
    text = json.dumps(value, ensure_ascii=escaped)
    at = max(1, round(len(text) * share))
    found = salvage(text[:at])
    assert found is not None
    assert _is_beginning(found.value, value)
    assert found.whole == (at == len(text))
    if found.cut:
        inner: JsonValue = found.value
        for key in found.cut:
            inner = inner[key]  # type: ignore[index]
        assert isinstance(inner, str)


@given(st.text(alphabet='{}[]",:\\u0dtrue1 x\n'))
def test_no_text_raises(text: str) -> None:
    """Garbage gives None, or something that JSON can write."""
    if (found := salvage(text)) is not None:
        json.dumps(found.value)


def test_a_text_that_nests_without_end_is_refused() -> None:
    """Before Python's stack is used up."""
    assert salvage('{"a":' * 100_000) is None


def _is_beginning(part: JsonValue, whole: JsonValue) -> bool:
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _is_beginning(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(_is_beginning(a, b) for a, b in zip(part, whole, strict=False))
    if isinstance(part, str) and isinstance(whole, str):
        return whole.startswith(part)
    return part == whole
