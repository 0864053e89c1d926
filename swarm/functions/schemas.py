"""JSON Schemas that come from outside: checked when they enter, and used without following a reference anywhere."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic import JsonValue

from swarm.keys import canonical

_LARGEST = 50_000


def check_schema(name: str, schema: dict[str, JsonValue]) -> None:
    """Raise ValueError, in one line, for what is no JSON Schema, too large, or points elsewhere."""
    from jsonschema import Draft202012Validator, SchemaError

    if len(canonical(schema)) > _LARGEST:
        raise ValueError(f"the schema of {name} has more than {_LARGEST} characters")
    if any(not reference.startswith("#") for reference in _references(schema)):
        raise ValueError(f"the schema of {name} refers to another document; write it out")
    try:
        Draft202012Validator.check_schema(schema)
        for pattern in _values(schema, "pattern"):
            _pattern(pattern)
    except SchemaError as error:
        raise ValueError(f"the schema of {name} is not valid: {_line(error)}") from None


def fault(schema: dict[str, JsonValue], value: JsonValue) -> str:
    """Return what is wrong with a value by a schema, in one line; empty for nothing."""
    from referencing.exceptions import Unresolvable

    try:
        found = min(_validator(canonical(schema)).iter_errors(value), key=lambda error: len(error.path), default=None)
    except (Unresolvable, RecursionError):
        return "the schema refers to what it does not define"
    if found is None:
        return ""
    place = ".".join(map(str, found.path))
    return f"{place or 'it'}: {_line(found)}"


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    import json

    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry

    # Patterns come from models: Python's own engine could be kept busy for ever by one.
    kind = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"pattern": _matches, "patternProperties": _nothing}
    )
    return kind(json.loads(schema), registry=Registry())


def _matches(_: object, pattern: str, value: object, schema: object) -> Iterator[Any]:
    from jsonschema import ValidationError
    from pydantic import ValidationError as Mismatch

    if isinstance(value, str):
        try:
            _pattern(pattern).validate_python(value)
        except Mismatch:
            yield ValidationError(f"{value[:60]!r} does not match {pattern!r}")


def _nothing(*_: object) -> Iterator[Any]:
    return iter(())


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Any:
    """Compile a pattern with the engine whose time is linear; raises ValueError for what it has not got."""
    from typing import Annotated

    from pydantic import StringConstraints, TypeAdapter
    from pydantic_core import SchemaError

    try:
        return TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    except SchemaError as error:
        raise ValueError(f"the pattern {pattern!r} is not usable: {str(error).splitlines()[-1].strip()}") from None


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
    return " ".join(str(error.message).split())[:300]
