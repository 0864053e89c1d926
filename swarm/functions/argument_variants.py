"""Variants of arguments: what a function's tests give it, a little otherwise, to see where two codes differ.

They stay near to what tests of the contract mean: each is one test's arguments with one value changed by its type, or
with a value of another test. None is random, so that a run that is repeated tries the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

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
    """Yield arguments with one changed value, one parameter after the other."""
    names = list(function.properties)
    values = [_values(given[name]) if name in given else iter(()) for name in names]
    for row in zip_longest(*values, fillvalue=_NONE):
        for name, value in zip(names, row, strict=True):
            if value is not _NONE:
                yield {**given, name: value}  # type: ignore[dict-item]  # the filler is gone
    for other in others:
        for name in names:
            if name in other and name in given:
                yield {**given, name: other[name]}
    for name in given.keys() - function.required:
        yield {key: value for key, value in given.items() if key != name}


_NONE = object()


def _values(value: JsonValue) -> Iterator[JsonValue]:
    """Yield other values of the same type, the most telling first; `null` last, for what may be that."""
    match value:
        case bool():
            yield not value
        case int():
            yield from (each for each in (value + 1, value - 1, 0, -value, 1, value * 10 + 7, 1000 + value))
        case float():
            yield from (value + 1, value - 1, 0.0, -value, value / 2, value * 10 + 0.7, 1000 + value)
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
    yield text[:-1]
    yield text + text[:1]
    yield ""
    yield text.swapcase()
    yield f" {text} "
    yield text[::-1]
    yield f"{text} {text}"
    if len(text) * _LONG <= _LONGEST:
        yield text * _LONG
    yield text + "é"
    yield text + "-1"
    for at in range(min(len(text), 8)):
        if text[at].isdigit():
            yield text[:at] + str((int(text[at]) + 1) % 10 if text[at].isascii() else 0) + text[at + 1 :]


def _lists(items: list[JsonValue]) -> Iterator[list[JsonValue]]:
    yield items[:-1]
    yield [*items, *items[:1]]
    yield []
    yield items[::-1]
    for at, each in enumerate(items[:3]):
        for other, _ in zip(_values(each), range(2), strict=False):
            yield [*items[:at], other, *items[at + 1 :]]
    if len(items) * _LONG <= _LONGEST:
        yield items * _LONG
    yield items[1:]
    yield items[:1]
