"""The shape of the code: how long modules and functions are, what they are called, what the repository gives away."""

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

_TOP = Path(__file__).parent.parent
_PACKAGES = ("swarm", "integrations", "tasks", "flows")
_LONGEST_MODULE = 300
_LONGEST_FUNCTION = 60
_MOST_PARAMETERS = 6
_VAGUE = re.compile(r"(Manager|Service|Handler|Helper|Engine|Base|Core|Utils?|Common|Misc)(?![a-z])")

# What is longer for a good reason, at its exact size: whoever changes it looks at it again.
_MODULE_LINES: dict[str, int] = {}
_FUNCTION_LINES: dict[str, int] = {}
_PARAMETERS = {
    "swarm/cli/functions.py::call": 7,
    "swarm/cli/replaying.py::fork": 8,
    "swarm/cli/starting.py::run": 14,  # a command's options are its parameters
    "swarm/cli/steering.py::retry": 8,
    "tasks/making.py::arguments": 7,  # as of the next
    "tasks/thinking.py::program": 7,  # each argument of a step is part of its key
}
# Words of the OpenAI client and of Prefect.
_NAMES = {"base_url", "_be_the_engine"}

# Put together here, so that this file does not give itself away.
_SECRET_PLACES = ["/" + "work/", "/" + "opt/pypi", "pypi" + ".org", "pythonhosted" + ".org", "registry" + ".npmjs"]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def _modules() -> dict[str, ast.Module]:
    paths = (path for package in _PACKAGES for path in sorted((_TOP / package).rglob("*.py")))
    return {path.relative_to(_TOP).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def _lines() -> dict[str, int]:
    return {name: len((_TOP / name).read_text(encoding="utf-8").splitlines()) for name in _modules()}


def _functions() -> Iterator[tuple[str, Function]]:
    for name, module in _modules().items():
        for node in ast.walk(module):
            if isinstance(node, Function):
                yield f"{name}::{node.name}", node


def _length(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def _parameters(function: Function) -> int:
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def test_modules_are_short() -> None:
    """The median is about 140 lines or less; none has more than 300, but the listed ones, which have exactly theirs."""
    lines = _lines()
    assert statistics.median(lines.values()) <= 140
    assert {name: size for name, size in lines.items() if size > _LONGEST_MODULE} == _MODULE_LINES


def test_functions_are_short() -> None:
    """The median is under 10 lines, nine of ten are under 30; none is longer than 60, but the listed ones."""
    sizes = {name: _length(function) for name, function in _functions()}
    ordered = sorted(sizes.values())
    assert statistics.median(ordered) < 10
    assert ordered[int(len(ordered) * 0.9)] < 30
    assert {name: size for name, size in sizes.items() if size > _LONGEST_FUNCTION} == _FUNCTION_LINES


def test_functions_take_at_most_six_parameters() -> None:
    """What needs more is a noun that nobody has named yet."""
    counts = {name: _parameters(function) for name, function in _functions()}
    assert {name: count for name, count in counts.items() if count > _MOST_PARAMETERS} == _PARAMETERS


def test_a_package_hands_on_names_and_runs_nothing() -> None:
    """An `__init__.py` holds imports, constants and, where the package is one thing, its functions; no calls."""
    calls = [
        f"{name}:{call.lineno} {ast.unparse(call.func)}"
        for name, module in _modules().items()
        if name.endswith("__init__.py")
        for statement in module.body
        if not isinstance(statement, ast.ClassDef | Function)
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and ast.unparse(call.func) != "re.compile"
    ]
    assert calls == []


def test_imports_are_absolute() -> None:
    """Where a name comes from is readable without knowing where the file lies."""
    relative = [
        f"{name}:{node.lineno}"
        for name, module in _modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_names_say_what_a_thing_is() -> None:
    """No Manager, Helper, Utils and the like, in classes, functions or files."""
    named = {part for name in _modules() for part in Path(name).with_suffix("").parts}
    for module in _modules().values():
        named |= {n.name for n in ast.walk(module) if isinstance(n, ast.ClassDef | Function)}
    camel = {name: "".join(part.capitalize() if part.islower() else part for part in name.split("_")) for name in named}
    assert {name for name, written in camel.items() if _VAGUE.search(written)} == _NAMES


def test_what_is_public_says_what_it_is_for() -> None:
    """Every module, public class and public function has a docstring."""
    missing = []
    for name, module in _modules().items():
        if not ast.get_docstring(module):
            missing.append(name)
        missing += [f"{name}:{node.lineno} {node.name}" for node in _public(module) if not ast.get_docstring(node)]
    assert missing == []


def _public(node: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | Function]:
    """Yield the classes, functions and methods that a module or a class shows; a Protocol speaks for its own."""
    for inner in node.body:
        if isinstance(inner, ast.ClassDef | Function) and not inner.name.startswith("_") and not _is_signature(inner):
            yield inner
            if isinstance(inner, ast.ClassDef):
                yield from _public(inner)


def _is_signature(node: ast.AST) -> bool:
    return isinstance(node, Function) and [ast.unparse(inner) for inner in node.body] == ["..."]


@cache
def _files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=_TOP, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.splitlines() if (_TOP / name).is_file()]


@pytest.mark.parametrize("place", _SECRET_PLACES)
def test_no_file_names_the_place_it_was_written_at(place: str) -> None:
    """Whoever clones the repository finds no path of somebody's machine and no package registry in it."""
    names = [name for name in _files() if not name.startswith("requirements/")]
    assert [name for name in names if place.encode() in (_TOP / name).read_bytes()] == []


def test_the_locks_name_no_registry() -> None:
    """Versions and hashes stand in them; where they come from is the installer's affair."""
    for name in _files():
        if name.startswith("requirements/"):
            said = (_TOP / name).read_text(encoding="utf-8")
            assert "://" not in said and "--index" not in said and "--find-links" not in said, name
