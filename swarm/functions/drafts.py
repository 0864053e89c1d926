"""Drafts: what a model writes on the way to a function, in shapes that small models fill in: contract, tests, code."""

import ast
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints, field_validator

from swarm.decisions import Filled, Line
from swarm.functions.execution import misfit
from swarm.functions.records import Capabilities, Case, Function, Name, Origin
from swarm.functions.schemas import fault
from swarm.keys import canonical
from swarm.nodes import Noun

Type = Literal["string", "integer", "number", "boolean", "array", "object"]
_MOST_CASES = 12
_PYTHON = {
    "str": "string",
    "string": "string",
    "int": "integer",
    "integer": "integer",
    "float": "number",
    "number": "number",
    "bool": "boolean",
    "boolean": "boolean",
    "list": "array",
    "array": "array",
    "tuple": "array",
    "dict": "object",
    "object": "object",
    "null": "null",
}


class Part(Noun):
    """One field of an object that a parameter builds."""

    name: Name
    type: Type


class Parameter(Noun):
    """One parameter; `items` is the type of an array's items, `builds` the class whose object it is, from `fields`.

    `exactly` says in Python's words what type and items cannot: `dict[str, list[int]] | None`.
    """

    name: Name
    type: Type
    items: Type | None = None
    exactly: Line = ""
    description: Line = ""
    required: bool = True
    builds: Annotated[str, StringConstraints(pattern=r"^([A-Z][A-Za-z0-9_]{0,60})?$")] = ""
    fields: Annotated[tuple[Part, ...], Field(max_length=8)] = ()

    @property
    def schema_(self) -> dict[str, JsonValue]:
        """The JSON Schema of its value."""
        told = _schema("object" if self.builds else self.type, self.items)
        if self.exactly and not self.builds:
            told = parse_annotation(self.exactly)
        if self.builds:
            named: dict[str, JsonValue] = {each.name: {"type": each.type} for each in self.fields}
            told |= {
                "x-class": self.builds,
                "properties": named,
                "required": list(named),
                "additionalProperties": False,
            }
        return told | ({"description": self.description} if self.description else {})


class Returns(Noun):
    """What a function returns; `exactly` says as Python does what type and items cannot: `list[list[int]] | None`."""

    type: Type
    items: Type | None = None
    exactly: Line = ""

    @property
    def schema_(self) -> dict[str, JsonValue]:
        """The JSON Schema of its value; raises ValueError for words that name no type."""
        return parse_annotation(self.exactly) if self.exactly else _schema(self.type, self.items)


class Contract(Noun):
    """What a function is to be called, to take and to return: settled before any code. `use` names one that will do."""

    why_not: Line = ""
    """Why the nearest function of the library will not do."""
    use: Line = ""
    name: Name
    description: Filled
    parameters: Annotated[tuple[Parameter, ...], Field(max_length=8)] = ()
    returns: Returns
    packages: Annotated[tuple[Line, ...], Field(max_length=5)] = ()
    hosts: Annotated[tuple[Line, ...], Field(max_length=5)] = ()

    def function(self, code: str = "pass", cases: Sequence[Case] = ()) -> Function:
        """Return the function it describes; raises ValueError for what makes none."""
        properties: dict[str, JsonValue] = {each.name: each.schema_ for each in self.parameters}
        return Function(
            name=self.name,
            description=self.description,
            parameters={
                "type": "object",
                "properties": properties,
                "required": [each.name for each in self.parameters if each.required],
                "additionalProperties": False,
            },
            returns=self.returns.schema_,
            code=code,
            test_cases=tuple(cases),
            dependencies=self.packages,
            capabilities=Capabilities(network=self.hosts),
        )


class Tried(Noun):
    """One test as a model writes it; an empty `raises` means that `expected` comes back."""

    arguments: dict[str, JsonValue]
    expected: JsonValue = None
    raises: Annotated[str, StringConstraints(max_length=60)] = ""
    tolerance: Annotated[float, Field(ge=0)] = 0.0

    @field_validator("raises", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return "" if value in (None, "None", "none", "null") else value

    def case(self, origin: Origin) -> Case:
        """Return it as a test of the library."""
        expected = None if self.raises else self.expected
        told = {"arguments": self.arguments, "expected": expected, "raises": self.raises}
        return Case.model_validate(told | {"tolerance": self.tolerance, "origin": origin})


class Tests(Noun):
    """The tests of somebody who knows the contract and never sees the code."""

    __test__ = False
    cases: Annotated[tuple[Tried, ...], Field(min_length=1, max_length=_MOST_CASES)]


class Draft(Noun):
    """A function's code as source lines, after a plan, with its author's own tests."""

    plan: Line
    lines: Annotated[tuple[str, ...], Field(min_length=1, max_length=200)]
    cases: Annotated[tuple[Tried, ...], Field(max_length=4)] = ()

    @property
    def code(self) -> str:
        """The source."""
        return "\n".join(self.lines) + "\n"


def tests_schema(function: Function, least: int = 2, most: int = _MOST_CASES) -> dict[str, JsonValue]:
    """Return the schema of tests for this function, so that arguments and results can only be of its types."""
    return _object({"cases": {"type": "array", "minItems": least, "maxItems": most, "items": _case_schema(function)}})


def draft_schema(function: Function) -> dict[str, JsonValue]:
    """Return the schema of a draft of this function."""
    lines: JsonValue = {"type": "array", "minItems": 1, "maxItems": 200, "items": {"type": "string"}}
    cases: JsonValue = {"type": "array", "maxItems": 4, "items": _case_schema(function)}
    return _object({"plan": {"type": "string", "maxLength": 300}, "lines": lines, "cases": cases})


def arguments_schema(parameters: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a function's parameters as a schema for a model: closed, without words of our own."""
    properties = parameters.get("properties")
    assert isinstance(properties, dict)
    return _object({name: _plain(part) for name, part in properties.items()})


def sound_cases(function: Function, tried: Sequence[Tried], origin: Origin) -> tuple[Case, ...]:
    """Return the tests that fit the contract, each once; what a model wrote beside it is left out."""
    found: list[Case] = []
    for each in tried:
        case = each.case(origin)
        if any(known.arguments == case.arguments for known in found):
            continue
        if case.raises or not (misfit(function, case.arguments) or fault(function.returns, case.expected)):
            found.append(case)
    return tuple(found)


def parse_annotation(text: str) -> dict[str, JsonValue]:
    """Return the JSON Schema of a type in Python's words; raises ValueError for what names none.

    Known are str, int, float, bool, None, list[...], dict[str, ...], unions with `|` or Optional and Union, Literal,
    and Any; JSON Schema's own words are as good.
    """
    try:
        return _annotation(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(
            f"exactly: {text[:80]!r} is no type; write it as Python does, such as list[list[int]] | None"
        ) from None


def _annotation(node: ast.expr) -> dict[str, JsonValue]:
    match node:
        case ast.Constant(value=None):
            return {"type": "null"}
        case ast.Name(id="Any" | "any" | "object") if node.id != "object":
            return {}
        case ast.Name(id=name) if name in _PYTHON:
            return {"type": _PYTHON[name]}
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([_annotation(left), _annotation(right)])
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _generic(name, parts)
    raise ValueError(ast.unparse(node))


def _generic(name: str, parts: Sequence[ast.expr]) -> dict[str, JsonValue]:
    match name.lower(), len(parts):
        case "list" | "array" | "sequence", 1:
            return {"type": "array", "items": _annotation(parts[0])}
        case "tuple", _:
            if len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is ...:
                return {"type": "array", "items": _annotation(parts[0])}
            listed: list[JsonValue] = [_annotation(part) for part in parts]
            return {"type": "array", "prefixItems": listed, "minItems": len(parts), "maxItems": len(parts)}
        case "dict" | "mapping", 2:
            return {"type": "object", "additionalProperties": _annotation(parts[1])}
        case "optional", 1:
            return _union([_annotation(parts[0]), {"type": "null"}])
        case "union", _:
            return _union([_annotation(part) for part in parts])
        case "literal", _:
            values: list[JsonValue] = [part.value for part in parts if isinstance(part, ast.Constant)]  # type: ignore[misc]
            return {"enum": values}
    raise ValueError(name)


def _union(parts: Sequence[dict[str, JsonValue]]) -> dict[str, JsonValue]:
    """Return what fits any of the parts; plain types are named in one list."""
    flat = [each for part in parts for each in (part["anyOf"] if part.keys() == {"anyOf"} else [part])]  # type: ignore[union-attr]
    if all(isinstance(each, dict) and each.keys() == {"type"} for each in flat):
        names = [each["type"] for each in flat]  # type: ignore[call-overload, index]
        kinds = [kind for each in names for kind in (each if isinstance(each, list) else [each])]
        return {"type": list(dict.fromkeys(kinds))}
    return {"anyOf": list(flat)}


def _case_schema(function: Function) -> dict[str, JsonValue]:
    expected: JsonValue = {"anyOf": [_plain(function.returns), {"type": "null"}]}
    raises: JsonValue = {"type": "string", "maxLength": 60}
    told: dict[str, JsonValue] = {"arguments": arguments_schema(function.parameters), "expected": expected}
    told["raises"] = raises
    if '"number"' in canonical(function.returns):
        told["tolerance"] = {"type": "number"}
    return _object(told)


def _schema(kind: Type, items: Type | None) -> dict[str, JsonValue]:
    return {"type": kind, "items": {"type": items}} if kind == "array" and items else {"type": kind}


def _object(properties: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _plain(schema: JsonValue) -> JsonValue:
    """Leave out what endpoints do not know, or refuse."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _plain(part) for name, part in schema.items() if name not in ("x-class", "description", "default")}
