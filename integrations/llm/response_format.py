"""Forms: how an endpoint is asked for structure: by tools, a JSON schema, a JSON object, or in words alone.

OpenAI-compatible endpoints differ: some know no tools, some no `response_format`, some only `json_object`, some
refuse keywords of a schema. `integrations/llm/dialect.py` remembers which.
"""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from swarm.chat import Request, Tool
from swarm.llm.profile import Form

TOOLS, BARE_TOOLS, SCHEMA, BARE_SCHEMA, OBJECT, PLAIN = range(6)
START: Mapping[Form, int] = {"tools": TOOLS, "json_schema": SCHEMA, "json_object": OBJECT, "text": PLAIN}
"""Where to begin with a model; each refusal leads one or more steps down."""
# Strict providers know these only in part; validation afterwards holds the answer to them all the same.
_BOUNDS = {"minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum"}
_BOUNDS |= {"exclusiveMaximum", "multipleOf", "minItems", "maxItems"}


def structure(request: Request, level: int, choice: str = "required", parallel: bool = True) -> dict[str, JsonValue]:
    """Return the parameters that ask for the answer's form; none where the prompt alone must do.

    `choice` is sent as `tool_choice` unless it is empty. `parallel` False asks for one call at a time.
    """
    if request.tools and level <= BARE_TOOLS:
        asked: dict[str, JsonValue] = {"tools": [_tool(tool, level) for tool in request.tools]}
        if choice:
            asked["tool_choice"] = choice
        return asked if parallel else asked | {"parallel_tool_calls": False}
    schema = schema_in(request)
    if schema is None or level == PLAIN:
        return {}
    if level == OBJECT:
        return {"response_format": {"type": "json_object"}}
    sent = schema if level == SCHEMA else _without_bounds(schema)
    shape: dict[str, JsonValue] = {"name": request.schema_name, "schema": sent, "strict": is_closed(sent)}
    return {"response_format": {"type": "json_schema", "json_schema": shape}}


def hint(request: Request, level: int) -> str:
    """Return what a prompt must say of the form where the endpoint takes no schema; empty where it does."""
    schema = schema_in(request)
    if schema is None or level < OBJECT:
        return ""
    written = json.dumps(schema, separators=(",", ":"), ensure_ascii=False)
    return f"Answer with one JSON object and nothing else; it must fit this JSON schema:\n{written}"


def schema_in(request: Request) -> dict[str, JsonValue] | None:
    """Return the schema of the answer as JSON: the request's own, or what its tools amount to."""
    if request.json_schema is not None or not request.tools:
        return request.json_schema
    return {
        "type": "object",
        "properties": {
            "situation": {"type": "string"},
            "actions": {
                "type": "array",
                "items": {"anyOf": [_as_action(tool) for tool in request.tools]},
            },
        },
        "required": ["situation", "actions"],
        "additionalProperties": False,
    }


def is_closed(schema: JsonValue) -> bool:
    """Say whether every object of a schema names all its keys, which is what `strict` asks for."""
    if isinstance(schema, list):
        return all(is_closed(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object":
        names = schema.get("properties")
        if schema.get("additionalProperties") is not False or not isinstance(names, dict):
            return False
        if set(schema.get("required") or []) != set(names) or {} in names.values():  # type: ignore[arg-type]
            return False
    return all(is_closed(part) for part in schema.values())


def _tool(tool: Tool, level: int) -> JsonValue:
    parameters = tool.parameters if level == TOOLS else _without_bounds(tool.parameters)
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": parameters},
    }


def _as_action(tool: Tool) -> JsonValue:
    inner, required = tool.parameters.get("properties"), tool.parameters.get("required")
    properties = inner if isinstance(inner, dict) else {}
    names = required if isinstance(required, list) else []
    return {
        "type": "object",
        "description": tool.description,
        "properties": {"kind": {"const": tool.name, "type": "string"}, **properties},
        "required": ["kind", *names],
        "additionalProperties": False,
    }


def _without_bounds(schema: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    kept: dict[str, JsonValue] = {}
    for name, part in schema.items():
        if name in ("properties", "$defs") and isinstance(part, dict):
            kept[name] = {key: _bare(value) for key, value in part.items()}
        elif name not in _BOUNDS:
            kept[name] = _bare(part)
    return kept


def _bare(part: JsonValue) -> JsonValue:
    if isinstance(part, dict):
        return _without_bounds(part)
    return [_bare(each) for each in part] if isinstance(part, list) else part
