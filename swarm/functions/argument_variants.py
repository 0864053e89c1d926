"""Variants of arguments: what a function's tests give it, a little otherwise, to see where two codes differ.

They stay near to what tests of the contract mean: each is one test's arguments with one value changed by its type, or
with a value of another test. None is random, so that a run that is repeated tries the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, zip_longest

from pydantic import JsonValue

from swarm.functions.execution import misfit
from swarm.functions.records import Function
from swarm.keys import canonical

_LONG = 25
"""Times that a text or list is repeated, to be long: some code is right for short ones only."""
_LONGEST = 5_000


def variants(function: Function, given: Sequence[Mapping[str, JsonValue]], most: int) -> list[dict[str, JsonValue]]:
    """Return at most `most` arguments that fit a function and are none of those that are given, of all kinds."""
    known = {canonical(dict(each)) for each in given}
    found: list[dict[str, JsonValue]] = []
    streams = [_changed(function, each, given) for each in given]
    for row in zip_longest(*streams):
        for each in row:
            if each is None or (key := canonical(each)) in known or misfit(function, each):
                continue
            known.add(key)
            found.append(each)
            if len(found) == most:
                return found
    return found


def _changed(
    function: Function, given: Mapping[str, JsonValue], others: Sequence[Mapping[str, JsonValue]]
) -> Iterator[dict[str, JsonValue]]:
    """Yield arguments with one changed value, of one kind of change after the other."""
    names = list(function.properties)
    values = [_values(given[name]) if name in given else iter(()) for name in names]
    changes = [
        ({**given, name: value} for row in zip_longest(*values, fillvalue=_NONE) for name, value in _told(names, row)),
        _equal(given),
        _added(function, given),
        (
            {**given, name: each[name]}
            for each in others
            for name in names
            if name in each and given.get(name) != each[name]
        ),
        ({key: value for key, value in given.items() if key != name} for name in given.keys() - function.required),
    ]
    for round_ in zip_longest(*changes):
        yield from (each for each in round_ if each is not None)


def _told(names: Sequence[str], row: Sequence[object]) -> Iterator[tuple[str, JsonValue]]:
    for name, value in zip(names, row, strict=True):
        if value is not _NONE:
            yield name, value  # type: ignore[misc]  # the filler is gone


def _added(function: Function, given: Mapping[str, JsonValue]) -> Iterator[dict[str, JsonValue]]:
    """Yield arguments with an optional one that was not given."""
    for name, schema in function.properties.items():
        if name not in given:
            for value in _FIRST.get(str(schema.get("type")), []):
                yield {**given, name: value}


def _equal(given: Mapping[str, JsonValue]) -> Iterator[dict[str, JsonValue]]:
    """Yield arguments of which two of a type are the same: the border of many comparisons."""
    for name, other in permutations(given, 2):
        if type(given[name]) is type(given[other]) and given[name] != given[other]:
            yield {**given, name: given[other]}


_NONE = object()
_FIRST: dict[str, list[JsonValue]] = {
    "boolean": [True, False],
    "integer": [0, 1, 2],
    "number": [0.5, 0],
    "string": ["", "a"],
    "array": [[]],
    "object": [{}],
}
"""Values of an optional parameter, by its type."""


def _values(value: JsonValue) -> Iterator[JsonValue]:
    """Yield other values of the same type, the most telling first; `null` last, for what may be that."""
    match value:
        case bool():
            yield not value
        case int():
            yield from (0, -value, value + 1, 2**33 + 1, value - 1, 1, value * 10 + 7, 1000 + value)
        case float():
            yield from (0.0, -value, value + 1, value / 2, value - 1, value * 10 + 0.7, 1000 + value)
        case str():
            yield from _texts(value)
        case list():
            yield from _lists(value)
        case dict():
            for name, each in value.items():
                for other, _ in zip(_values(each), range(3), strict=False):
                    yield {**value, name: other}
            for name in value:
                yield {key: each for key, each in value.items() if key != name}
    yield None


def _texts(text: str) -> Iterator[str]:
    digits = [at for at, each in enumerate(text[:20]) if each.isascii() and each.isdigit()]
    changed = [
        f"{text[:at]}{(int(text[at]) + step) % 10}{text[at + 1 :]}" for at in reversed(digits) for step in (1, 9)
    ]
    is_number = 2 * len(digits) >= len(text) > 0  # a date, an amount, a version
    yield from changed if is_number else ()
    yield ""
    if len(text) * _LONG <= _LONGEST:
        yield text * _LONG
    yield text[:-1]
    yield text + text[:1]
    yield text.swapcase()
    yield f" {text} "
    yield text[::-1]
    yield f"{text} {text}"
    yield text + "é"
    yield text + "-1"
    yield from () if is_number else changed


def _lists(items: list[JsonValue]) -> Iterator[list[JsonValue]]:
    yield []
    yield [*items, *items[:1]]
    if items and (others := [each for each in _values(items[0]) if each is not None]):
        yield [*items, *items, others[-1]]  # something new, far behind
    if len(items) * _LONG <= _LONGEST:
        yield items * _LONG
    yield items[::-1]
    yield items[:-1]
    for at, each in enumerate(items[:3]):
        for other, _ in zip(_values(each), range(2), strict=False):
            yield [*items[:at], other, *items[at + 1 :]]
    yield items[1:]
    yield items[:1]
