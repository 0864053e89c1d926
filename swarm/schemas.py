"""Schemas: the JSON schema of a pydantic model as strict providers and grammar compilers both take it."""

from pydantic import BaseModel, JsonValue, TypeAdapter

_SAID_IN_VALIDATION = {
    "title",
    "default",
    "discriminator",
    "examples",
    "deprecated",
    "uniqueItems",
    "propertyNames",
}
_NAMED = ("properties", "$defs")


def schema_of(shape: type[BaseModel]) -> dict[str, JsonValue]:
    """Return the schema sent to endpoints: closed objects, every key required, unions as `anyOf`.

    `$ref`s stay, so recursion works; bounds stay, as they keep a small model from writing past its tokens.
    Defaults go: what a model may leave out it leaves out for no reason.
    """
    plain = TypeAdapter(dict[str, JsonValue]).validate_python(shape.model_json_schema())
    defined = plain.get("$defs")
    if "$ref" in plain and isinstance(defined, dict):
        # A model that contains itself is only referred to; the root must be an object all the same.
        root = defined[str(plain["$ref"]).rpartition("/")[2]]
        plain = {**(root if isinstance(root, dict) else {}), "$defs": defined}
    return _strict(plain)


def _strict(schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    # Strict providers refuse a `$ref` with anything beside it.
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    kept: dict[str, JsonValue] = {}
    for name, part in schema.items():
        if name in _NAMED and isinstance(part, dict):
            kept[name] = {key: _inside(value) for key, value in part.items()}
        elif name not in _SAID_IN_VALIDATION:
            kept["anyOf" if name == "oneOf" else name] = _inside(part) if name not in ("const", "enum") else part
    if isinstance(names := kept.get("properties"), dict):
        kept |= {"additionalProperties": False, "required": list(names)}
    return kept


def _inside(part: JsonValue) -> JsonValue:
    if isinstance(part, dict):
        return _strict(part)
    return [_inside(each) for each in part] if isinstance(part, list) else part
