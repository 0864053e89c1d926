"""Exchange: functions in and out of the library, as one JSON file for others or as a folder of files for git."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError

from swarm.errors import UsageError
from swarm.functions.records import Function
from swarm.nodes import Noun
from swarm.private import shared_as_usual

_LARGEST = 20_000_000
_MOST = 1000


class Exported(Noun):
    """What a JSON file of functions holds."""

    functions: tuple[Function, ...]


class Brought(Noun):
    """One record of a file, with its place there: a function, or why it is none."""

    place: str
    function: Function | None = None
    fault: str = ""


def read_functions(path: Path) -> list[Brought]:
    """Read a JSON file, or each `*.yaml` of a folder; a record that is no function keeps out itself alone.

    Raises UsageError for what is no file or folder of functions.
    """
    if path.is_dir():
        files = sorted(path.glob("*.yaml"))[: _MOST + 1]
        if not files:
            raise UsageError(f"{path} holds no functions: a folder has one NAME.yaml for each")
        return [_brought(lambda each=each: _loaded(each), str(each)) for each in files]  # type: ignore[misc]
    told = _loaded(path)
    listed = told.get("functions") if isinstance(told, dict) else None
    if not isinstance(listed, list):
        raise UsageError(f'{path} is no file of functions; it must hold {{"functions": [...]}}')
    if len(listed) > _MOST:
        raise UsageError(f"{path} holds {len(listed)} functions, the limit is {_MOST}")
    return [_brought(lambda each=each: each, f"functions[{at}]") for at, each in enumerate(listed)]  # type: ignore[misc]


def _brought(read: Callable[[], object], place: str) -> Brought:
    try:
        return Brought(place=place, function=_function(read(), place))
    except UsageError as error:
        return Brought(place=place, fault=str(error))


def write_functions(functions: Sequence[Function], path: Path) -> None:
    """Write functions to a JSON file, or, where `path` is a folder or ends in `/`, one YAML file each into it."""
    try:
        with shared_as_usual():
            _write(functions, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _write(functions: Sequence[Function], path: Path) -> None:
    if path.is_dir() or not path.suffix:
        path.mkdir(parents=True, exist_ok=True)
        for at, function in enumerate(functions):
            later = sum(each.name == function.name for each in functions[at + 1 :])
            older = f".{1000 - later}" if later else ""  # read before the last of its name
            (path / f"{function.name}{older}.yaml").write_text(as_yaml(function), encoding="utf-8")
    else:
        whole = Exported(functions=tuple(functions)).model_dump_json(indent=2, exclude_defaults=True)
        path.write_text(whole + "\n", encoding="utf-8")


def as_yaml(function: Function) -> str:
    """Return a function as a file that people read and edit: the code as it is, not as one escaped string."""
    told = function.model_dump(mode="json", exclude_defaults=True)
    return yaml.dump(told, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def parse_yaml(text: str, name: str) -> Function:
    """Read a function from YAML; raises UsageError naming the fault."""
    try:
        return _function(yaml.safe_load(text), name)
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{name} is not YAML: {' '.join(str(error).split())[:200]}") from None


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _loaded(path: Path) -> object:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} has more than {_LARGEST // 1_000_000} MB")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text") from None
    try:
        return yaml.safe_load(text) if path.suffix in (".yaml", ".yml") else json.loads(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {' '.join(str(error).split())[:200]}") from None


def _function(told: object, where: str) -> Function:
    try:
        return Function.model_validate(told)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = f" ({told['name']})" if isinstance(told, dict) and isinstance(told.get("name"), str) else ""
        place = ".".join(map(str, fault["loc"]))
        words = fault["msg"].removeprefix("Value error, ")
        if place == "name" and fault["type"] == "string_pattern_mismatch":
            words = "a name is lower case letters, digits and _, begins with a letter, and has at most 64 characters"
        raise UsageError(f"{where}{name}: {place or 'it'}: {words}") from None
