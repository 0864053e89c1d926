"""The nouns of the library: a function as it is exported, one version of it, and what it may do."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints, ValidationInfo, field_validator, model_validator

from swarm.functions.schemas import check_schema
from swarm.keys import digest
from swarm.nodes import Noun
from swarm.text.models import CleanText

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Origin = Literal["author", "independent", "person", "regression"]
Maker = Literal["swarm", "person", "builtin"]
Status = Literal["saved", "proven", "superseded", "quarantined", "retired"]
"""saved: the gate let it in; proven: it also helped the goal that asked for it; superseded: a newer one is called
instead, unless this one is pinned; quarantined: it failed too often, and is called by nobody until it is repaired;
retired: nothing is lost without it, so no goal is told of it, though whoever names it may call it."""
Pin = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | int
"""A version of a function that is called by another: the hash of its content; in old records its number."""

Asked = Literal[
    "break_down_goal",
    "route_goal",
    "write_code",
    "write_text",
    "save",
    "execute",
    "retrieve",
    "github",
    "exec_function",
]
"""What a function may ask through `swarm.api`."""

# One plain name and one exact version: no addresses, paths, options or markers.
_REQUIREMENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.!+_-]+$")
_SECRET = re.compile(r"^[A-Z][A-Z0-9_]{0,63}$")


class Scripted(Noun):
    """One answer of `swarm.api` in a test: the question must be this one, and gets the value, or the error."""

    call: Asked
    value: JsonValue = None
    error: str = ""


class Case(Noun):
    """One test: arguments, and what must come back, or the name of the exception that must be raised."""

    arguments: dict[str, JsonValue]
    expected: JsonValue = None
    raises: Annotated[str, StringConstraints(max_length=80)] = ""
    fits: bool = False
    """Whatever fits the schema will do: a call that once failed, and must not fail again."""
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    """How far a number may be from the expected one, beyond the last digits of a float."""
    hidden: bool = False
    """Whether the author is told no more than that such a test fails."""
    origin: Origin = "person"
    answers: Annotated[tuple[Scripted, ...], Field(max_length=50)] = ()
    """What the swarm answers, in this order, when the function asks it through `swarm.api`."""

    @property
    def shown(self) -> str:
        """The case in one line, for people and for prompts."""
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        wanted = f"raise {self.raises}" if self.raises else f"return {self.expected!r}"
        return f"({arguments}) must {'return what fits the schema' if self.fits else wanted}"


KEPT = {"kept": True}
"""Validation context of a record that was checked when it entered the library: its schemas are not checked again."""
_PYTHON_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
    "null": "None",
}
_NO_PARAMETERS: dict[str, JsonValue] = {"type": "object", "properties": {}}


class Capabilities(Noun):
    """What a function needs beyond computing; all of it must be granted, and by default none is."""

    network: tuple[str, ...] = ()
    """Hosts with their ports: api.github.com:443."""
    secrets: tuple[str, ...] = ()
    """Names of environment variables."""
    api: tuple[Asked, ...] = ()

    @field_validator("secrets")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not _SECRET.match(name):
                raise ValueError(f"{name!r} is no name of an environment variable, such as GITHUB_TOKEN")
        return value

    @field_validator("network")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from swarm.errors import UsageError
        from swarm.sandbox.proxy import check_grant

        try:
            return tuple(map(check_grant, value))
        except UsageError as error:
            raise ValueError(str(error)) from None

    @property
    def reaches_out(self) -> bool:
        """Whether a call may do or see anything beyond its arguments: then none is made only to try something."""
        return bool(self.network or self.secrets or self.api)

    def __or__(self, other: "Capabilities") -> "Capabilities":
        """Return what either needs."""
        return Capabilities(
            network=_joined(self.network, other.network),
            secrets=_joined(self.secrets, other.secrets),
            api=_joined(self.api, other.api),
        )


class Function(Noun):
    """A function as it is written, reviewed, exported and imported."""

    name: Name
    description: Annotated[CleanText, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
    language: Literal["python", "javascript", "bash"] = "python"
    parameters: dict[str, JsonValue] = Field(default_factory=lambda: _NO_PARAMETERS)
    """JSON Schema of the arguments; a property with `x-class` builds an object of that class of the code."""
    returns: dict[str, JsonValue] = Field(default_factory=dict)
    code: Annotated[str, StringConstraints(min_length=1, max_length=100_000)]
    test_cases: Annotated[tuple[Case, ...], Field(max_length=200)] = ()
    dependencies: Annotated[tuple[str, ...], Field(max_length=30)] = ()
    lock: Annotated[str, StringConstraints(max_length=200_000)] = ""
    """The same with all they need, each version with its hashes."""
    calls: dict[Name, Pin] = Field(default_factory=dict)
    """The functions it calls, each as it was when the tests called it."""
    capabilities: Capabilities = Capabilities()

    @field_validator("dependencies")
    @classmethod
    def _plain(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if not _REQUIREMENT.match(each):
                raise ValueError(f"{each!r} is no package with its version; write numpy==2.1.0")
        return tuple(sorted(value))

    @model_validator(mode="after")
    def _sound(self, info: ValidationInfo) -> "Function":
        if info.context == KEPT:
            return self
        check_schema("parameters", self.parameters)
        check_schema("returns", self.returns)
        properties = self.parameters.get("properties", {})
        if self.parameters.get("type") != "object" or not isinstance(properties, dict):
            raise ValueError('parameters must be the schema of an object: {"type": "object", "properties": {...}}')
        if self.dependencies and self.language != "python":
            raise ValueError(f"packages are installed for python only, not for {self.language}")
        if self.objects and self.language != "python":
            raise ValueError(f"x-class builds objects in python only, not in {self.language}")
        return self

    @property
    def properties(self) -> dict[str, dict[str, JsonValue]]:
        """The schema of each parameter."""
        found = self.parameters.get("properties", {})
        assert isinstance(found, dict)
        return {name: part if isinstance(part, dict) else {} for name, part in found.items()}

    @property
    def required(self) -> frozenset[str]:
        """The parameters that must be given."""
        named = self.parameters.get("required", [])
        return frozenset(map(str, named)) if isinstance(named, list) else frozenset()

    @property
    def objects(self) -> dict[str, str]:
        """Parameters that are objects, with their classes."""
        return {name: str(part["x-class"]) for name, part in self.properties.items() if "x-class" in part}

    @property
    def content(self) -> str:
        """A hash of what it does and is called by, not of its tests: two versions with the same are the same.

        By it another function is pinned, here and wherever it is exported to.
        """
        kept = {"name", "description", "language", "parameters", "returns", "code", "dependencies", "calls"}
        return digest(self.model_dump(mode="json", include=kept | {"capabilities"}))

    @property
    def signature(self) -> str:
        """The function in one line, as a model sees it: `add(a: integer, b?: integer) -> integer`."""
        listed = [
            f"{name}{'' if name in self.required else '?'}: {_type(part)}" for name, part in self.properties.items()
        ]
        return f"{self.name}({', '.join(listed)}) -> {_type(self.returns)}"

    @property
    def definition(self) -> str:
        """The first line of its Python code: `def add(a: int, b: int | None = None) -> int:`."""
        rows = [
            f"{name}: {_python(part)}" if name in self.required else f"{name}: {_python(part)} | None = None"
            for name, part in sorted(self.properties.items(), key=lambda pair: pair[0] not in self.required)
        ]
        return f"def {self.name}({', '.join(rows)}) -> {_python(self.returns)}:"


class Provenance(Noun):
    """Where a version comes from."""

    run: str = ""
    node: str = ""
    goal: str = ""
    by: str = ""
    """The person or the file it was imported from."""


class Version(Noun):
    """One version of a function, with its state."""

    function: Function
    number: int
    status: Status = "saved"
    maker: Maker = "person"
    provenance: Provenance = Provenance()
    supersedes: int | None = None
    created: datetime
    mutants: int | None = None
    """Changed copies of its code that could be told from it when it was let in; None where nobody tried."""
    killed: int | None = None
    """How many of them its tests told from it."""

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.name

    @property
    def label(self) -> str:
        """The version as it is named: `add@2`."""
        return f"{self.name}@{self.number}"

    @property
    def is_callable(self) -> bool:
        """Whether it answers; a superseded one does so only for those who pin it."""
        return self.status != "quarantined"


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _type(schema: dict[str, JsonValue]) -> str:
    """Name a schema's type in a few words."""
    if "x-class" in schema:
        return str(schema["x-class"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(map(str, kind))
    items, union = schema.get("items"), schema.get("anyOf")
    if kind == "array" and isinstance(items, dict):
        return f"array of {_type(items)}"
    rest = schema.get("additionalProperties")
    if kind == "object" and isinstance(rest, dict) and not schema.get("properties"):
        return f"object of {_type(rest)}"
    if isinstance(union, list):
        return " or ".join(_type(each) for each in union if isinstance(each, dict))
    if "enum" in schema and isinstance(schema["enum"], list):
        return " | ".join(repr(each) for each in schema["enum"][:6])
    return str(kind or "any")


def _python(schema: dict[str, JsonValue]) -> str:
    """Name a schema's type as Python does."""
    if "x-class" in schema:
        return str(schema["x-class"])
    kind, items, union = schema.get("type"), schema.get("items"), schema.get("anyOf")
    if isinstance(kind, list):
        return " | ".join(_PYTHON_TYPES.get(str(each), "object") for each in kind)
    if isinstance(union, list):
        return " | ".join(_python(each) for each in union if isinstance(each, dict))
    if kind == "array":
        return f"list[{_python(items)}]" if isinstance(items, dict) and items else "list"
    rest = schema.get("additionalProperties")
    if kind == "object" and isinstance(rest, dict) and not schema.get("properties"):
        return f"dict[str, {_python(rest)}]"
    return _PYTHON_TYPES.get(str(kind), "object")
