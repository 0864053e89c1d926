"""Inspection: what can be said of code without running it: its signature, its imports, names that do not resolve."""

import ast
import sys
from collections.abc import Iterable, Iterator

from swarm.functions.records import Function

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def faults(function: Function, modules: Iterable[str] = ()) -> list[str]:
    """Return what is wrong with a function's code, one line each; `modules` are those its packages bring.

    Only Python is read; other languages show their faults when the tests run.
    """
    if function.language != "python":
        return []
    try:
        tree = ast.parse(function.code)
    except _UNREADABLE as error:
        return [f"the code does not parse: {error}"]
    found = _definition(tree, function.name)
    if found is None:
        return [f"the code defines no function {function.name} at its top level"]
    return [*_signature(function, found), *_imports(tree, frozenset(modules)), *_classes(function, tree), *_names(tree)]


def imported(code: str, modules: frozenset[str]) -> tuple[str, ...]:
    """Return which of these modules a code imports at its top."""
    body = tree.body if (tree := parsed(code)) else []
    named = [alias.name for node in body if isinstance(node, ast.Import) for alias in node.names]
    named += [node.module for node in body if isinstance(node, ast.ImportFrom) and node.module]
    return tuple(dict.fromkeys(name for name in named if name.partition(".")[0] in modules))


def called_in(code: str) -> tuple[str, ...]:
    """Return the functions a Python code calls by name, as far as it can be read off: `exec_function("add", ...)`."""
    calls = [node for node in _nodes(code) if isinstance(node, ast.Call) and node.args]
    named = [call.args[0] for call in calls if ast.unparse(call.func).endswith("exec_function")]
    return tuple(dict.fromkeys(str(name.value) for name in named if isinstance(name, ast.Constant)))


def asked_in(code: str) -> tuple[str, ...]:
    """Return what a Python code asks of `swarm.api`, as far as it can be read off, by whatever name it imports it."""
    from swarm.sandbox.inside.api import FUNCTIONS

    nodes = _nodes(code)
    modules, found = set[str](), set[str]()
    for node in nodes:
        if isinstance(node, ast.Import):
            modules |= {alias.asname or "swarm.api" for alias in node.names if alias.name == "swarm.api"}
            modules |= {f"{alias.asname or 'swarm'}.api" for alias in node.names if alias.name == "swarm"}
        elif isinstance(node, ast.ImportFrom) and node.module == "swarm":
            modules |= {alias.asname or "api" for alias in node.names if alias.name == "api"}
        elif isinstance(node, ast.ImportFrom) and node.module == "swarm.api":
            found |= {alias.name for alias in node.names}
    if "*" in found:
        found |= {node.id for node in nodes if isinstance(node, ast.Name)}
    asked = [
        node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute)
    ]
    found |= {node.attr for node in asked if ast.unparse(node.value) in modules}
    return tuple(each.__name__ for each in FUNCTIONS if each.__name__ in found)


def parsed(code: str) -> ast.Module | None:
    """Return a Python code as its tree; None for what does not parse."""
    try:
        return ast.parse(code)
    except _UNREADABLE:
        return None


def _nodes(code: str) -> list[ast.AST]:
    tree = parsed(code)
    return list(ast.walk(tree)) if tree else []


def _definition(tree: ast.Module, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == name]
    return found[-1] if found else None


def _signature(function: Function, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    given = node.args
    if given.vararg or given.posonlyargs:
        yield f"{function.name} takes positional arguments; its parameters are passed by name"
    plain = [*given.posonlyargs, *given.args]
    optional = {each.arg for each in plain[len(plain) - len(given.defaults) :]}
    optional |= {each.arg for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default}
    names = {each.arg for each in (*plain, *given.kwonlyargs)}
    wanted = set(function.properties)
    if (missing := wanted - names) and not given.kwarg:
        yield f"{function.name} lacks the parameters {', '.join(sorted(missing))} of its schema"
    if extra := names - wanted - optional:
        yield f"{function.name} has the parameters {', '.join(sorted(extra))}, which its schema has not"
    if forced := (wanted & names) - function.required - optional:
        yield f"{function.name} needs a default for {', '.join(sorted(forced))}, which the schema does not require"


def _imports(tree: ast.Module, modules: frozenset[str]) -> Iterator[str]:
    allowed = modules | sys.stdlib_module_names | {"swarm"}
    for node in ast.walk(tree):
        named = []
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            named = [node.module or ""] if not node.level else ["."]
        for name in named:
            if name.partition(".")[0] not in allowed:
                yield f"it imports {name or '.'}, which is not among its dependencies"


def _classes(function: Function, tree: ast.Module) -> Iterator[str]:
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    imported = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    for name, of in function.objects.items():
        if of not in defined | imported:
            yield f"the parameter {name} is built by the class {of}, which the code does not define"


def _names(tree: ast.Module) -> list[str]:
    from pyflakes.checker import Checker  # type: ignore[import-untyped]
    from pyflakes.messages import UndefinedLocal, UndefinedName  # type: ignore[import-untyped]

    found = Checker(tree).messages
    return [
        f"line {m.lineno}: {m.message % m.message_args}" for m in found if isinstance(m, UndefinedName | UndefinedLocal)
    ]
