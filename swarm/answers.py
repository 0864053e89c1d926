"""Answers: the JSON object inside a model's text, taken out with care."""

import json
import math

from pydantic import JsonValue

LARGEST = 400_000
"""Characters of an answer that are read at all."""
DEEPEST = 40
_TRIES = 512


def find_object(text: str) -> dict[str, JsonValue]:
    """Return the JSON object in a text: all of it, or the last one in prose or a code fence that is not empty.

    Raises ValueError for none, for one that is too large or too deep, and for what JSON or a database
    cannot hold: NaN, infinities, half surrogate pairs, NUL.
    """
    found = objects_in(text)
    last = next((each for each in reversed(found) if each), found[-1])
    check_object(last)
    return last


def objects_in(text: str) -> list[dict[str, JsonValue]]:
    """Return the JSON objects in a text, one after the other, not those within others; raises ValueError for none."""
    if len(text) > LARGEST:
        raise ValueError(f"the answer has {len(text)} characters, more than {LARGEST}")
    decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
    found: list[dict[str, JsonValue]] = []
    fault, start = "", text.find("{")
    for _ in range(_TRIES):
        if start < 0:
            break
        try:
            value, end = decoder.raw_decode(text, start)
        except RecursionError:
            raise ValueError(f"the answer nests deeper than {DEEPEST} levels") from None
        except ValueError as error:
            fault, end = fault or str(error), start + 1
        else:
            found.append(value)
        start = text.find("{", end)
    if not found:
        raise ValueError(f"the answer holds no JSON object{f' ({fault})' if fault else ''}")
    return found


def check_object(value: dict[str, JsonValue]) -> None:
    """Raise ValueError for what a database cannot hold, or is nested too deep."""
    _check_depth(value)
    _check_text(value)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError(f"{digits[:20]} is too large a number")
    return number


def _check_depth(value: JsonValue) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ValueError(f"the answer nests deeper than {DEEPEST} levels")
        level = [inner for each in level for inner in _children(each)]


def _children(value: JsonValue) -> list[JsonValue]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _check_text(value: JsonValue) -> None:
    written = json.dumps(value, ensure_ascii=False)
    if "\\u0000" in json.dumps(value).replace("\\\\", ""):
        raise ValueError("the answer holds a NUL character")
    try:
        written.encode()
    except UnicodeEncodeError:
        raise ValueError("the answer holds half a surrogate pair") from None
