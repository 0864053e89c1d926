"""Scripts: which answers the scripted model gives to which node, and which faults it plays.

A script is YAML (or the same dictionary as `SCRIPT` in a Python file):

    latency: 0.1                  # seconds before each answer
    form: tools                   # what the endpoint says it takes; swarm/testing/manners.py has its other ways
    nodes:
      "0":                        # the node's path; patterns like "0.*" hold for every node they match
        decide: [{...}, {...}]    # answers in order for each node; the last one is repeated
        write: ["plain text"]
    default:                      # for whatever no node's list covers
      review: [{...}]

A list in the place of the roles serves every role. An answer is a JSON object, a text, or a fault. A decision is
`{situation, actions: [{kind, ...}]}` or has one `action`; a request with tools gets it as calls of them. Faults:
`{fault: status, code: 429, retry_after: 1}`, `{fault: delay, seconds: 2, then: ...}`, `{fault: cut}` (the
connection closes inside the body), `{fault: malformed, text: "..."}` (the HTTP body itself is that text),
`{fault: truncate, then: ...}` (the first half of `then`, ended by `max_tokens`), `{fault: empty}` (no
choices).
A Python file may define `def answer(asked: Asked) -> object` instead and return any of these.
"""

import runpy
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from swarm.errors import UsageError
from swarm.testing.manners import Manners

Answers = list[JsonValue]


class Fault(BaseModel):
    """One thing that goes wrong, on purpose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fault: Literal["status", "delay", "cut", "malformed", "truncate", "empty"]
    code: int = Field(500, ge=400, le=599)
    retry_after: float | str | None = None
    text: str = ""
    seconds: float = Field(0.0, ge=0)
    then: JsonValue = None


class Script(Manners):
    """What the scripted model answers; see the module's own page for its shape, and Manners for the endpoint's ways."""

    model: str = "scripted"
    latency: float = Field(0.0, ge=0)
    nodes: dict[str, dict[str, Answers]] = Field(default_factory=dict)
    default: dict[str, Answers] = Field(default_factory=dict)

    @field_validator("nodes", mode="before")
    @classmethod
    def _each_node(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {str(path): _by_role(roles) for path, roles in value.items()}

    @field_validator("default", mode="before")
    @classmethod
    def _default(cls, value: object) -> object:
        return _by_role(value)

    @field_validator("nodes")
    @classmethod
    def _sound(cls, value: dict[str, dict[str, Answers]]) -> dict[str, dict[str, Answers]]:
        for path, roles in value.items():
            _check_answers(f"nodes.{path}", roles)
        return value

    @field_validator("default")
    @classmethod
    def _sound_default(cls, value: dict[str, Answers]) -> dict[str, Answers]:
        _check_answers("default", value)
        return value

    def find(self, node: str, role: str) -> Answers | None:
        """Return the list that serves a node and role: its own path, then patterns in order, then default."""
        patterns = [path for path in self.nodes if fnmatchcase(node, path)]
        for roles in [self.nodes.get(node, {}), *(self.nodes[path] for path in patterns), self.default]:
            if found := roles.get(role) or roles.get("*"):
                return found
        return None


def load_script(path: Path) -> "Script | Callable[..., object]":
    """Read a script file; raises UsageError in one line when it is not one."""
    try:
        return _load_python(path) if path.suffix == ".py" else parse_script(_load_yaml(path))
    except OSError as error:
        raise UsageError(f"script {path} cannot be read: {error.strerror}") from None
    except UsageError as error:
        raise UsageError(f"script {path}: {error}") from None


def parse_script(content: object) -> Script:
    """Check a dictionary as a script; raises UsageError naming the place of its first fault."""
    try:
        return Script.model_validate(content)
    except ValidationError as error:
        raise UsageError(_first_fault(error)) from None


def parse_fault(content: Mapping[str, object]) -> Fault:
    """Check a dictionary with the key `fault`; raises UsageError naming its first fault."""
    try:
        return Fault.model_validate(content)
    except ValidationError as error:
        raise UsageError(_first_fault(error)) from None


def _by_role(value: object) -> object:
    if isinstance(value, list):
        return {"*": value}
    if isinstance(value, dict):
        return {role: answers if isinstance(answers, list) else [answers] for role, answers in value.items()}
    return value


def _check_answers(place: str, roles: dict[str, Answers]) -> None:
    for role, answers in roles.items():
        if role not in ("decide", "write", "review", "*"):
            raise ValueError(f"{place}: unknown role {role!r}; use decide, write, review or *")
        if not answers:
            raise ValueError(f"{place}.{role}: the list of answers is empty")
        for answer in answers:
            if isinstance(answer, dict) and "fault" in answer:
                try:
                    parse_fault(answer)
                except UsageError as error:
                    raise ValueError(f"{place}.{role}: {error}") from None


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place or 'it'} is not usable: {fault['msg'].removeprefix('Value error, ')}"


def _load_yaml(path: Path) -> object:
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"it is not UTF-8 text (byte {error.start})") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise UsageError(f"it is not YAML{line}: {getattr(error, 'problem', None) or 'unreadable'}") from None


def _load_python(path: Path) -> "Script | Callable[..., object]":
    if not path.is_file():
        raise UsageError("there is no such file")
    try:
        names = runpy.run_path(str(path))
    except Exception as error:  # noqa: BLE001 - whatever the user's file raises is his script's fault
        raise UsageError(f"it does not run: {type(error).__name__}: {error}") from None
    if callable(answer := names.get("answer")):
        return answer  # type: ignore[no-any-return]
    if "SCRIPT" not in names:
        raise UsageError("it defines neither `answer(asked)` nor `SCRIPT`")
    return parse_script(names["SCRIPT"])
