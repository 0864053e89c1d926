"""Profiles: which model takes and gives how much, from a user's file, a table of families, endpoints and refusals."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from swarm.errors import UsageError
from swarm.llm.profile import Form, Hands, Profile

THOUGHTS = 8_192
"""Tokens that are added to an answer's for the thoughts of a model that reasons."""
SMALL_TURNS = 12
_SMALL = 4.0
_BUILT_IN = Path(__file__).with_name("profiles.yaml")
# 7b, 1.5b, 350m; not the a3b of a mixture (its active part), nor the 8x7b.
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)(b|m)(?![a-z0-9])")
_THINKS = re.compile(r"(?<![a-z])(?:thinking|think|reasoner|reasoning|r1)(?![a-z])")
_DOES_NOT_THINK = re.compile(r"(?<![a-z])(?:instruct|non-reasoning|nothink|no-think)(?![a-z])")


class Entry(BaseModel):
    """What a table says about a family; `output` counts thoughts. What is left out is looked for elsewhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: int | None = Field(None, ge=1024, le=100_000_000)
    output: int | None = Field(None, ge=128, le=10_000_000)
    reasons: bool | None = None
    effort: str | None = Field(None, pattern=r"^[a-z]{0,20}$")
    form: Form | None = None
    parallel: bool | None = None
    images: bool | None = None
    hands: Hands | None = None
    code_decides: bool | None = None
    turns: int | None = Field(None, ge=1, le=10_000)


class ModelFacts(BaseModel):
    """What an endpoint says about a model, or has taught by refusing; `source` says which, for a person."""

    model_config = ConfigDict(frozen=True)

    source: Literal["endpoint", "refusal", "answers"]
    window: int | None = None
    output: int | None = None
    reasons: bool | None = None
    form: Form | None = None
    images: bool | None = None
    server: str = ""
    """Which kind of server it is, where it shows: ollama, llama.cpp, lmstudio, vllm."""

    @property
    def binds(self) -> bool:
        """Whether this was seen to happen, and not only said."""
        return self.source != "endpoint"


def profile_of(model: str, override: Path | None = None, *facts: ModelFacts) -> Profile:
    """Return a model's profile; raises UsageError for a bad `override`.

    Order: the user's file, the table with what the name itself says, the endpoint, its refusals, the careful default.
    Less window or output than the table says wins over it, as a server may be started with less; what was refused holds
    whoever says otherwise.
    """
    known = _Known()
    if override is not None and (found := _find((model, model.lower(), _short(model)), _read(override))):
        known.take(found[1].model_dump(exclude_none=True), f"SWARM_PROFILES: {found[0]}")
    if found := _find((_short(model),), _read(_BUILT_IN)):
        known.take(_by_name(model, set(found[1].model_fields_set)), "name")
        known.take(found[1].model_dump(exclude_none=True), f"table: {found[0]}")
    known.take(_by_name(model, set()), "name")
    for each in facts:
        known.hear(each)
    return known.profile(model)


class _Known:
    """What is known so far, each value with its origin; the first to say a value keeps it."""

    def __init__(self) -> None:
        self._values: dict[str, JsonValue] = {}
        self._origin: dict[str, str] = {}

    def take(self, values: Mapping[str, JsonValue], origin: str) -> None:
        for name, value in values.items():
            if name not in self._values:
                self._values[name], self._origin[name] = value, origin

    def hear(self, facts: ModelFacts) -> None:
        for name, value in facts.model_dump(exclude={"source", "server"}, exclude_none=True).items():
            said, origin = self._values.get(name), self._origin.get(name, "")
            is_number, is_mine = name in ("window", "output"), origin.startswith("SWARM_PROFILES")
            if not _is_sound(name, value) or (is_mine and facts.source != "refusal"):
                continue
            is_less = is_number and isinstance(said, int) and value < said
            if said is None or is_less or (facts.binds and not is_number and value != said):
                self._values[name], self._origin[name] = value, facts.source

    def profile(self, model: str) -> Profile:
        values = dict(self._values)
        window = int(str(values.get("window", Profile().window)))
        most = values.get("output")
        if isinstance(most, int) and not self._origin["output"].startswith("SWARM_PROFILES"):
            if most > window // 2:
                values["output"], self._origin["output"] = window // 2, "half the window"
            most = min(most, window // 2)
        if values.get("reasons"):
            most = most if isinstance(most, int) else min(Profile().output + THOUGHTS, window // 2)
            room = min(THOUGHTS, most * 2 // 3)
            values |= {"output": max(most - room, 128), "room": room}
        elif most is None:
            values["output"] = min(Profile().output, window // 2)
        origin = {name: self._origin.get(name, "default") for name in Profile.model_fields if name != "model"}
        del origin["origin"]
        origin["room"] = origin["reasons"]
        return Profile.model_validate({**values, "model": model, "origin": origin})


def _is_sound(name: str, value: JsonValue) -> bool:
    least = {"window": 1024, "output": 128}.get(name, 0)
    return not isinstance(value, int) or isinstance(value, bool) or least <= value <= 10_000_000


def _by_name(model: str, said: set[str]) -> dict[str, JsonValue]:
    """Return what a model's name says of it: how large it is, and whether it thinks."""
    name = _short(model)
    values: dict[str, JsonValue] = {}
    sizes = [float(size) * (1 if unit == "b" else 0.001) for size, unit in _SIZE.findall(name)]
    if sizes:
        is_small = max(sizes) < _SMALL
        values |= {"hands": "small", "turns": SMALL_TURNS} if is_small else {"hands": "full"}
    if _THINKS.search(name):
        values["reasons"] = True
    elif _DOES_NOT_THINK.search(name) and "reasons" in said:
        values["reasons"] = False
    return values


def _find(names: tuple[str, ...], table: Mapping[str, Entry]) -> tuple[str, Entry] | None:
    """Return the entry under the longest name with which the model's begins, in the first way to write it that fits."""
    for name in names:
        fits = [n for n in table if name == n or name.startswith((f"{n}-", f"{n}:", f"{n}@"))]
        fits += [n for n in table if n.endswith("*") and name.startswith(n[:-1])]
        if fits:
            best = max(fits, key=len)
            return best, table[best]
    return None


def _short(model: str) -> str:
    """Return a model's name without its provider, its folder and its file's ending: Qwen/Qwen3-8B -> qwen3-8b."""
    return model.lower().replace("\\", "/").rstrip("/").rpartition("/")[2].removesuffix(".gguf").removeprefix("meta-")


@cache
def _read(path: Path) -> dict[str, Entry]:
    import yaml

    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(dict[str, Entry]).validate_python(table or {})
    except OSError as error:
        raise UsageError(f"SWARM_PROFILES={path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise UsageError(
            f"SWARM_PROFILES={path} is not YAML; write lines like `my-model: {{window: 32768, output: 4096}}`"
        ) from None
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise UsageError(f"SWARM_PROFILES={path}: {place or 'the file'} is not usable: {fault['msg']}") from None
