"""JSON Schemas that come from outside: checked when they enter, and used without following a reference anywhere.

Patterns come from models, too: they are matched by an engine whose time is linear in the text, as is the rest.
"""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from pydantic import JsonValue

from swarm.keys import canonical

_LARGEST = 50_000
_DEEPEST = 100
_PLAIN = {"type", "description"}
_ERRORS = 20
"""Faults of one value that are looked at, for the one nearest to its top."""


def check_schema(name: str, schema: dict[str, JsonValue]) -> None:
    """Raise ValueError, in one line, for what is no JSON Schema, too large, or points elsewhere."""
    import jsonschema_rs

    if len(canonical(schema)) > _LARGEST:
        raise ValueError(f"the schema of {name} has more than {_LARGEST} characters")
    if any(not reference.startswith("#") for reference in _references(schema)):
        raise ValueError(f"the schema of {name} refers to another document; write it out")
    try:
        _validator(canonical(schema))
    except jsonschema_rs.ValidationError as error:
        if error.message.endswith('is not a "regex"'):
            raise ValueError(f"the pattern {str(error.instance)!r} in the schema of {name} is not usable") from None
        raise ValueError(f"the schema of {name} is not valid: {_line(error)}") from None


def fault(schema: dict[str, JsonValue], value: JsonValue) -> str:
    """Return what is wrong with a value by a schema, in one line; empty for nothing."""
    import jsonschema_rs

    try:
        validator = _validator(canonical(schema))
        if validator.is_valid(value):
            return ""
        errors = [error for error, _ in zip(validator.iter_errors(value), range(_ERRORS), strict=False)]
    except jsonschema_rs.ValidationError as error:
        return f"the schema is not usable: {_line(error)}"
    except (ValueError, RecursionError) as error:  # nested deeper than the validator goes
        return f"it: {' '.join(str(error).split())[:200]}"
    found = min(errors, key=lambda error: len(error.instance_path))
    place = ".".join(map(str, found.instance_path))
    return f"{place or 'it'}: {_line(found)}"


def fitted(schema: JsonValue, value: JsonValue) -> JsonValue:
    """Return a value whose whole numbers are of the type that its schema names: `2.0` for an integer is 2.

    To JSON Schema both are integers; to most code they are not the same. Where a schema says number, nothing changes.
    """
    return _converted(schema, value, _as_integer, schema, 0)


def with_floats(schema: JsonValue, value: JsonValue) -> JsonValue:
    """Return a value in which what the schema calls a number is a float: there 2 and 2.0 are the same."""
    return _converted(schema, value, _as_float, schema, 0)


def _as_integer(kinds: set[str], value: JsonValue) -> JsonValue:
    is_one = isinstance(value, float) and value.is_integer() and "integer" in kinds and "number" not in kinds
    return int(value) if is_one else value  # type: ignore[arg-type]  # a float, see above


def _as_float(kinds: set[str], value: JsonValue) -> JsonValue:
    is_one = isinstance(value, int) and not isinstance(value, bool) and "number" in kinds
    try:
        return float(value) if is_one else value  # type: ignore[arg-type]  # an int, see above
    except OverflowError:
        return value


def _converted(
    schema: JsonValue,
    value: JsonValue,
    convert: Callable[[set[str], JsonValue], JsonValue],
    root: JsonValue,
    depth: int,
) -> JsonValue:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return value
    schema = _resolved(schema, root)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return convert(_kinds(schema, root), value)
    for branch in (each for name in ("allOf", "anyOf", "oneOf") for each in _listed(schema.get(name))):
        value = _converted(branch, value, convert, root, depth + 1)
    if isinstance(value, list):
        first, rest = _listed(schema.get("prefixItems")), schema.get("items")
        if not first and (not isinstance(rest, dict) or rest.keys() <= _PLAIN):  # of one type: long lists are common
            kinds = _kinds(rest, root) if isinstance(rest, dict) else set()
            return [convert(kinds, each) if type(each) in (int, float) else each for each in value] if kinds else value
        parts = [*first[: len(value)], *[rest] * (len(value) - len(first))]
        return [_converted(part, each, convert, root, depth + 1) for part, each in zip(parts, value, strict=True)]
    if isinstance(value, dict):
        named, rest = schema.get("properties"), schema.get("additionalProperties")
        parts_of = named if isinstance(named, dict) else {}
        return {key: _converted(parts_of.get(key, rest), each, convert, root, depth + 1) for key, each in value.items()}
    return value


def _kinds(schema: dict[str, JsonValue], root: JsonValue) -> set[str]:
    """Return the types that a schema names, those of its alternatives included."""
    kind = schema.get("type")
    found = {str(each) for each in (kind if isinstance(kind, list) else [kind]) if each}
    for branch in (each for name in ("allOf", "anyOf", "oneOf") for each in _listed(schema.get(name))):
        if isinstance(branch, dict):
            inner = _resolved(branch, root).get("type")
            found |= {str(each) for each in (inner if isinstance(inner, list) else [inner]) if each}
    return found


def _resolved(schema: dict[str, JsonValue], root: JsonValue) -> dict[str, JsonValue]:
    """Return what a schema refers to within its document, if it is there."""
    for _ in range(_DEEPEST):
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return schema
        found: JsonValue = root
        for part in reference[2:].split("/"):
            found = found.get(part) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            return schema
        schema = found
    return schema


def _listed(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    """Compile a schema; raises jsonschema_rs.ValidationError for one that is not valid."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(
        json.loads(schema), pattern_options=jsonschema_rs.RegexOptions(), retriever=_nowhere
    )


def _nowhere(address: str) -> JsonValue:
    raise LookupError(f"{address} is not followed")


def _references(schema: JsonValue) -> list[str]:
    return [str(each) for key in ("$ref", "$dynamicRef") for each in _values(schema, key)]


def _values(schema: JsonValue, key: str) -> Iterator[Any]:
    """Yield what stands under a keyword anywhere in a schema."""
    level: list[JsonValue] = [schema]
    while level:
        each = level.pop()
        if isinstance(each, dict):
            if isinstance(each.get(key), str):
                yield each[key]
            level += each.values()
        elif isinstance(each, list):
            level += each


def _line(error: Any) -> str:
    """Return the words of an error; where it quotes a long value, its beginning, and what is wrong with it."""
    words = " ".join(str(error.message).split())
    return words if len(words) <= 300 else f"{words[:100]} … {words[-180:]}"
