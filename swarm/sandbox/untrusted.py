"""JSON from an enemy: what code in the sandbox says is read with bounds, and compared by type."""

import json
import math

from pydantic import JsonValue

DEEPEST = 200
_REL, _ABS = 1e-9, 1e-12


def parse(line: bytes) -> dict[str, JsonValue]:
    """Return the object in a line; raises ValueError for NaN, half surrogates, NUL, huge numbers and deep nesting."""
    try:
        value = json.loads(line, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError(f"it nests deeper than {DEEPEST} levels") from None
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")
    level: list[tuple[JsonValue, int]] = [(value, 0)]
    while level:
        each, depth = level.pop()
        if depth > DEEPEST:
            raise ValueError(f"it nests deeper than {DEEPEST} levels")
        if isinstance(each, str):
            _check(each)
        elif isinstance(each, dict):
            for key in each:
                _check(key)
            level += [(inner, depth + 1) for inner in each.values()]
        elif isinstance(each, list):
            level += [(inner, depth + 1) for inner in each]
    return value


def same(one: JsonValue, other: JsonValue, tolerance: float = 0.0) -> bool:
    """Say whether two values are the same JSON: True is not 1, and 1 is not 1.0.

    Floats are, that differ in their last digits only (0.1 + 0.2 and 0.3), or by no more than `tolerance`.
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key], tolerance) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b, tolerance) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_REL, abs_tol=max(_ABS, tolerance))
    return one == other


def _check(text: str) -> None:
    if "\0" in text:
        raise ValueError("it holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a surrogate pair") from None


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError(f"{digits[:20]} is too large a number")
    return number


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
