"""Syntax: what is wrong with a file of code or data, as far as it can be said without running it."""

import json
import tomllib
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_LARGEST = 1_000_000
_MOST = 5
_GRAMMARS = {
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx"), "tree_sitter_javascript:language"),
    ".ts": "tree_sitter_typescript:language_typescript",
    ".tsx": "tree_sitter_typescript:language_tsx",
    ".go": "tree_sitter_go:language",
    ".java": "tree_sitter_java:language",
    ".rs": "tree_sitter_rust:language",
    ".rb": "tree_sitter_ruby:language",
}


def fault_of(name: str, text: str) -> str:
    """Return what is wrong with a file, a line each, by the kind its name says; empty where nothing is known to be."""
    if len(text) > _LARGEST:
        return ""
    match PurePosixPath(name).suffix.lower():
        case ".py":
            return _python(text)
        case ".json":
            return _read(json.loads, text)
        case ".toml":
            return _read(tomllib.loads, text)
        case ".yaml" | ".yml":
            return _yaml(text)
        case suffix if suffix in _GRAMMARS:
            return _parsed(text, _GRAMMARS[suffix])
    return ""


def _python(text: str) -> str:
    try:
        tree = compile(text, "file", "exec", flags=0x400, dont_inherit=True)  # PyCF_ONLY_AST: nothing runs
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"it does not compile: {error}"
    from pyflakes import messages  # type: ignore[import-untyped]
    from pyflakes.checker import Checker  # type: ignore[import-untyped]

    grave = (
        messages.UndefinedName,
        messages.UndefinedExport,
        messages.ReturnOutsideFunction,
        messages.DuplicateArgument,
    )
    try:
        found = [each for each in Checker(tree).messages if isinstance(each, grave)]
    except RecursionError:
        return ""
    return "\n".join(f"line {each.lineno}: {each.message % each.message_args}" for each in found[:_MOST])


def _read(parse: object, text: str) -> str:
    assert callable(parse)
    try:
        parse(text)
    except (ValueError, RecursionError) as error:
        return " ".join(str(error).split())[:300]
    return ""


def _yaml(text: str) -> str:
    import yaml

    try:
        for _ in yaml.parse(text, Loader=yaml.SafeLoader):
            pass
    except yaml.YAMLError as error:
        return " ".join(str(error).split())[:300]
    return ""


def _parsed(text: str, grammar: str) -> str:
    """Say where a text does not parse, by its tree-sitter grammar."""
    try:
        from tree_sitter import Language, Parser
    except ImportError:
        return ""
    module, _, function = grammar.partition(":")
    language = Language(getattr(import_module(module), function)())
    root = Parser(language).parse(text.encode()).root_node
    if not root.has_error:
        return ""
    lines = sorted({node.start_point[0] + 1 for node in _errors(root)})
    return "\n".join(f"line {line}: it does not parse here" for line in lines[:_MOST])


def _errors(root: "Node") -> list["Node"]:
    found: list[Node] = []
    todo = [root]
    while todo and len(found) < 50:
        node = todo.pop()
        if node.type == "ERROR" or node.is_missing:
            found.append(node)
        elif node.has_error:
            todo += reversed(node.children)
    return found
