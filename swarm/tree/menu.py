"""Menus: the actions a node is offered, and how they are put to a model: as tools, or as one JSON schema."""

from collections.abc import Mapping

from pydantic import JsonValue, TypeAdapter

from swarm.chat import Tool
from swarm.decisions import (
    MOST_ACTIONS,
    AskUser,
    CallFunction,
    EditFile,
    Find,
    Finish,
    GiveUp,
    Judge,
    Note,
    Read,
    Retrieve,
    RunCode,
    RunCommand,
    Settle,
    Split,
    TryCommand,
    WriteFile,
    WriteFunction,
    WriteText,
)
from swarm.nodes import Noun
from swarm.schemas import schema_of

Menu = Mapping[str, type[Noun]]
"""Actions that are offered, by kind."""
ALONE = ("ask_user", "split", "give_up", "judge")
"""Kinds that no other action may stand beside: what they say depends on what came of it."""
_SHARED: Menu = {
    "call_function": CallFunction,
    "write_function": WriteFunction,
    "ask_user": AskUser,
    "split": Split,
    "finish": Finish,
    "give_up": GiveUp,
}
FULL: Menu = {
    "read": Read,
    "find": Find,
    "write_file": WriteFile,
    "edit_file": EditFile,
    "run_command": RunCommand,
    "note": Note,
    **_SHARED,
    "settle": Settle,
}
"""The actions of a node on a model with full hands; a root that settles its criteria keeps `settle` in every turn, so
that its requests begin alike."""
LAST_TURN: Menu = {"finish": Finish, "give_up": GiveUp}
"""When there is room for one more decision only."""
REVIEW: Menu = {"read": Read, "find": Find, "run_command": TryCommand, "judge": Judge}
"""What a reviewer may do: look, try on a copy, and judge."""
_BOUNDED_ELSEWHERE = ("minLength", "maxLength", "maxItems", "additionalProperties")
VERDICT: Menu = {"judge": Judge}
SMALL: Menu = {"retrieve": Retrieve, "write_text": WriteText, "run_code": RunCode, **_SHARED}
"""The actions of a node on a small model: what it writes comes from a second call."""


def tools_of(menu: Menu) -> tuple[Tool, ...]:
    """Return the actions of a menu as tools: their names, what they do, and the schema of their arguments."""
    return tuple(
        Tool(name=kind, description=" ".join((model.__doc__ or "").split()), parameters=_arguments(model))
        for kind, model in menu.items()
    )


def decision_schema(menu: Menu, most: int = MOST_ACTIONS) -> dict[str, JsonValue]:
    """Return the JSON schema of a decision for at most `most` actions of a menu."""
    union, defined = _union(menu, longest=None)
    actions: dict[str, JsonValue] = {"type": "array", "items": {"anyOf": union}, "minItems": 1, "maxItems": most}
    return _object({"situation": {"type": "string"}, "actions": actions}, defined)


def single_schema(menu: Menu, longest: int = 500) -> dict[str, JsonValue]:
    """Return the JSON schema of a decision for one action, as a small model fills it in: no text beyond `longest`."""
    union, defined = _union(menu, longest)
    line: dict[str, JsonValue] = {"type": "string", "maxLength": 300}
    return _object({"situation": line, "missing": line, "action": {"anyOf": union}}, defined)


def _union(menu: Menu, longest: int | None) -> tuple[list[JsonValue], dict[str, JsonValue]]:
    union: list[JsonValue] = []
    defined: dict[str, JsonValue] = {}
    for model in menu.values():
        schema = schema_of(model)
        if isinstance(inner := schema.pop("$defs", None), dict):
            defined |= {name: _bounded(part, longest) for name, part in inner.items()}
        union.append(_bounded(schema, longest))
    return union, defined


def _object(properties: dict[str, JsonValue], defined: dict[str, JsonValue]) -> dict[str, JsonValue]:
    names: list[JsonValue] = list(properties)
    schema: dict[str, JsonValue] = {"type": "object", "properties": properties, "required": names}
    return schema | {"additionalProperties": False} | ({"$defs": defined} if defined else {})


def _bounded(part: JsonValue, longest: int | None) -> JsonValue:
    """Bound every text of a schema, or none: a grammar made of a bound of two million compiles for ever."""
    if isinstance(part, list):
        return [_bounded(each, longest) for each in part]
    if not isinstance(part, dict):
        return part
    kept = {name: _bounded(each, longest) for name, each in part.items() if name != "maxLength" or longest}
    if longest and isinstance(most := kept.get("maxLength"), int):
        kept["maxLength"] = min(most, longest)
    return kept


def _arguments(model: type[Noun]) -> dict[str, JsonValue]:
    """Return the schema of a tool's arguments, as short as can be: what it bounds is checked when it is read."""
    plain = TypeAdapter(dict[str, JsonValue]).validate_python(model.model_json_schema())
    defined = plain.get("$defs")
    schema = schema_of(model)
    inner = schema.get("$defs")
    if isinstance(inner, dict) and isinstance(defined, dict):
        schema["$defs"] = {name: _needing(part, defined[name]) for name, part in inner.items()}
    lean = _lean(_needing(schema, plain))
    assert isinstance(lean, dict)
    properties = lean["properties"]
    assert isinstance(properties, dict)
    lean.pop("description", None)
    return lean | {"properties": {name: part for name, part in properties.items() if name != "kind"}}


def _needing(schema: JsonValue, plain: JsonValue) -> JsonValue:
    """Return the schema of an object that asks for what has no default, and for no more."""
    assert isinstance(schema, dict) and isinstance(plain, dict)
    return schema | {"required": plain.get("required", [])} if "properties" in schema else schema


def _lean(part: JsonValue) -> JsonValue:
    if isinstance(part, list):
        return [_lean(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {name: _lean(each) for name, each in part.items() if name not in _BOUNDED_ELSEWHERE}
