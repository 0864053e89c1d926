"""Formats: how an endpoint is asked for JSON, and what is left out once it has refused something.

OpenAI-compatible endpoints differ: some know no `response_format`, some only `json_object`, some refuse
keywords of a schema, newer models refuse `max_tokens` or a temperature. What one refused with a 400 is not
sent to it again.
"""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import JsonValue

from swarm.chat import Request

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam, completion_create_params

SCHEMA, BARE_SCHEMA, OBJECT, PLAIN = range(4)
# Strict providers know these only in part; validation afterwards holds the answer to them all the same.
_BOUNDS = {"minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum"}
_BOUNDS |= {"exclusiveMaximum", "multipleOf", "minItems", "maxItems"}


class Refusals:
    """What one endpoint has refused, by model, and for a faulty schema by its name."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, str], int] = {}
        self._parameters: set[tuple[str, str]] = set()

    def level(self, model: str, request: Request) -> int:
        """Return how the answer's format may be asked for: SCHEMA, BARE_SCHEMA, OBJECT or PLAIN."""
        if request.json_schema is None:
            return PLAIN
        return max(self._levels.get((model, name), SCHEMA) for name in ("", request.schema_name))

    def knows(self, model: str, parameter: str) -> bool:
        """Say whether a parameter may still be sent."""
        return (model, parameter) not in self._parameters

    def learn(self, model: str, request: Request, message: str, level: int) -> bool:
        """Take in a 400 to a request sent at `level`; True when the next one will differ."""
        for parameter in ("max_tokens", "temperature"):
            if re.search(rf"\b{parameter}\b", message) and self.knows(model, parameter):
                self._parameters.add((model, parameter))
                return True
        if level == PLAIN or not re.search(r"response_format|json|schema|grammar|structured", message, re.I):
            return False
        # A fault in this one schema says nothing about the others; anything else is about the endpoint.
        about_this = re.search(r"invalid (json )?schema|not permitted|grammar", message, re.I) and level < OBJECT
        key = (model, request.schema_name if about_this else "")
        self._levels[key] = level + 1 if about_this else max(level + 1, OBJECT)
        return True


def response_format(request: Request, level: int) -> "completion_create_params.ResponseFormat | None":
    """Return the parameter `response_format`, or None where the prompt alone must do."""
    if request.json_schema is None or level == PLAIN:
        return None
    if level == OBJECT:
        return {"type": "json_object"}
    schema = request.json_schema if level == SCHEMA else _without_bounds(request.json_schema)
    strict = is_closed(schema)
    return {
        "type": "json_schema",
        "json_schema": {"name": request.schema_name, "schema": dict(schema), "strict": strict},
    }


def messages(request: Request, level: int) -> "list[ChatCompletionMessageParam]":
    """Return the messages; where the endpoint takes no schema, the last one ends with it."""
    texts = [message.content for message in request.messages]
    if request.json_schema is not None and level >= OBJECT and texts:
        schema = json.dumps(request.json_schema, separators=(",", ":"), ensure_ascii=False)
        texts[-1] += f"\n\nAnswer with one JSON object and nothing else; it must fit this JSON schema:\n{schema}"
    return [_message(m.role, text) for m, text in zip(request.messages, texts, strict=True)]


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


def _message(role: str, text: str) -> "ChatCompletionMessageParam":
    if role == "system":
        return {"role": "system", "content": text}
    return {"role": "assistant", "content": text} if role == "assistant" else {"role": "user", "content": text}


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
