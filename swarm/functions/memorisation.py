"""Memorisation: code that holds the answers of its tests instead of working them out.

Refused is what writes the arguments of tests down as text or as whole lists, and a table of which every entry is a
test. A table that knows more than its tests is an ordinary function, such as one of Roman numerals.
"""

import ast
import json
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from swarm.functions.inspection import parsed
from swarm.functions.records import Case
from swarm.keys import canonical

_FEWEST = 2
"""Tests that must be found in the code; one alone may be an example, or chance."""
_SHORTEST = 6
"""Characters of a value written as text from which on it is no chance."""
_ENTRIES = 3
"""Entries of a table from which on it is one."""


def memorised(code: str, cases: Sequence[Case]) -> str:
    """Say that a Python code holds the values of its tests; empty if it does not."""
    tree = parsed(code)
    if tree is None:
        return ""
    plain = [case for case in cases if not case.raises and not case.fits and case.arguments]
    constants = {canonical(value) for value in _constants(tree)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    written = [case for case in plain if any(form in text for form in _forms(case) for text in texts)]
    whole = [case for case in plain if _is_whole(case, constants)]
    if len(written) >= _FEWEST or len(whole) >= _FEWEST or any(_is_table(node, plain) for node in ast.walk(tree)):
        return "its code holds the arguments of its tests with their results; it must work them out for any arguments"
    return ""


def _forms(case: Case) -> set[str]:
    """Return the ways in which code writes down arguments to compare them as text."""
    forms = {str(sorted(case.arguments.items())), str(case.arguments), json.dumps(case.arguments)}
    forms |= {canonical(case.arguments), str(list(case.arguments.values())), str(tuple(case.arguments.values()))}
    for value in case.arguments.values():
        if isinstance(value, list | dict):
            forms |= {repr(value), json.dumps(value), canonical(value)}
    return {form for form in forms if len(form) >= _SHORTEST}


def _is_whole(case: Case, constants: set[str]) -> bool:
    """Say whether lists or objects of a test, and what comes of them, stand in the code."""
    composed = [value for value in case.arguments.values() if isinstance(value, list | dict) and len(value) > 1]
    return bool(composed) and all(canonical(each) in constants for each in (*composed, case.expected))


def _is_table(node: ast.AST, cases: Sequence[Case]) -> bool:
    """Say whether an expression is a table whose every entry is a test."""
    if not isinstance(node, ast.Dict) or len(node.keys) < _ENTRIES:
        return False
    try:
        table = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    tests = {_key(value): case.expected for case in cases for value in _keys(case)}
    return all(_key(key) in tests and canonical(tests[_key(key)]) == _key(value) for key, value in table.items())


def _keys(case: Case) -> list[JsonValue]:
    values = list(case.arguments.values())
    return [values[0]] if len(values) == 1 else [values]


def _key(value: object) -> str:
    try:
        return canonical(value)
    except (TypeError, ValueError):
        return repr(value)


def _constants(tree: ast.AST) -> Iterator[JsonValue]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.Dict):
            try:
                value = ast.literal_eval(node)
                canonical(value)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                continue
            yield value
