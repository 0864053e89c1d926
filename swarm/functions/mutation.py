"""Mutation: copies of a function's code with one plausible mistake each; good tests tell every one from the code.

Operators after DeMillo, Lipton and Sayward, "Hints on Test Data Selection" (1978), and what mutation tools for Python
use: comparisons, arithmetic, logic, constants, conditions, slices, and calls that are easily confused.
"""

import ast
import copy
from collections import defaultdict
from collections.abc import Callable, Iterator

from swarm.functions.inspection import parsed

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.FloorDiv,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_CONFUSED = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "sum": "max",
    "floor": "ceil",
    "ceil": "floor",
    "lower": "upper",
    "upper": "lower",
    "startswith": "endswith",
    "endswith": "startswith",
    "find": "rfind",
    "index": "rindex",
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "append": "extend",
    "union": "intersection",
    "intersection": "union",
}
_WITHOUT = frozenset(("sorted", "reversed", "abs", "set", "strip", "round"))
"""Calls of which the first argument, or the object itself, may be what remains of a mistake."""

Change = Callable[[ast.AST], ast.AST | None]
"""Makes of a node, which may be altered, what stands in its place; None leaves it altered."""


def mutants(code: str, most: int = 12) -> list[str]:
    """Return at most so many changed copies of a Python code, of as many kinds as there are; none if it does not parse.

    Docstrings, annotations, defaults of parameters with a name in capitals and messages of exceptions stay.
    """
    tree = parsed(code)
    if tree is None:
        return []
    by_kind: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, node in enumerate(_nodes(tree)):
        for number, (kind, _) in enumerate(_changes(node)):
            by_kind[kind].append((at, number))
    made, plain = dict[str, None](), ast.unparse(tree)
    for at, number in _spread(list(by_kind.values())):
        changed = _changed(tree, at, number)
        if changed and changed != plain:
            made.setdefault(changed)
        if len(made) == most:
            break
    return list(made)


def _spread(kinds: list[list[tuple[int, int]]]) -> Iterator[tuple[int, int]]:
    """Yield one place of each kind after the other, the middle of what is left each time: places lie all over."""
    left = [list(places) for places in kinds]
    while any(left):
        for places in left:
            if places:
                yield places.pop(len(places) // 2)


def _changed(tree: ast.Module, at: int, number: int) -> str:
    other = copy.deepcopy(tree)
    node = _nodes(other)[at]
    _, change = list(_changes(node))[number]
    instead = change(node)
    if instead is not None:
        _Replaced(node, instead).visit(other)
    try:
        return ast.unparse(ast.fix_missing_locations(other))
    except (ValueError, RecursionError, AttributeError):
        return ""


class _Replaced(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def _nodes(tree: ast.AST) -> list[ast.AST]:
    """Return the nodes in which a mistake would matter, in a fixed order."""
    found, level = list[ast.AST](), [tree]
    while level:
        node = level.pop()
        if isinstance(node, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom):
            continue
        found.append(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_params", "format_spec"):
                continue
            level += [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST)]
    docs = {id(text) for node in found if (text := _docstring(node)) is not None}
    return [node for node in found if id(node) not in docs]


def _docstring(node: ast.AST) -> ast.AST | None:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return node.value if is_text else None  # type: ignore[attr-defined]  # an Expr, see above


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """Yield the mistakes that can be made in one node, each with its kind."""
    match node:
        case ast.Compare(ops=[op, *_]) if type(op) in _COMPARED:
            yield "comparison", lambda it: _set(it, "ops", [_COMPARED[type(it.ops[0])](), *it.ops[1:]])  # type: ignore[attr-defined]
        case ast.BinOp(op=op) if type(op) in _COMPUTED:
            yield "arithmetic", lambda it: _set(it, "op", _COMPUTED[type(it.op)]())  # type: ignore[attr-defined]
        case ast.AugAssign(op=op) if type(op) in _COMPUTED:
            yield "arithmetic", lambda it: _set(it, "op", _COMPUTED[type(it.op)]())  # type: ignore[attr-defined]
        case ast.BoolOp(op=ast.And()):
            yield "logic", lambda it: _set(it, "op", ast.Or())
        case ast.BoolOp(op=ast.Or()):
            yield "logic", lambda it: _set(it, "op", ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield "sign", lambda it: it.operand  # type: ignore[attr-defined]
        case ast.Constant(value=bool()):
            yield "flag", lambda it: _set(it, "value", not it.value)  # type: ignore[attr-defined]
        case ast.Constant(value=int() | float()):
            yield "number", lambda it: _set(it, "value", it.value + 1)  # type: ignore[attr-defined]
        case ast.Constant(value=str() as text) if text:
            yield "text", lambda it: _set(it, "value", it.value + "x")  # type: ignore[attr-defined]
        case ast.If() | ast.IfExp() | ast.While():
            if not isinstance(node, ast.While):
                yield "always", lambda it: _set(it, "test", ast.Constant(True))
            yield "never", lambda it: _set(it, "test", ast.Constant(False))
        case ast.Break():
            yield "loop", lambda _: ast.Pass()
        case ast.Continue():
            yield "loop", lambda _: ast.Break()
        case ast.Slice(lower=lower, upper=upper) if lower or upper:
            yield "slice", lambda it: _set(it, "lower" if it.lower else "upper", None)  # type: ignore[attr-defined]
        case ast.comprehension(ifs=[_, *_]):
            yield "filter", lambda it: _set(it, "ifs", it.ifs[1:])  # type: ignore[attr-defined]
        case ast.keyword(arg="reverse", value=ast.Constant()):
            yield "order", lambda it: _set(it, "value", ast.Constant(not it.value.value))  # type: ignore[attr-defined]
        case ast.Call(func=func):
            name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
            if name in _CONFUSED:
                yield "call", _confuse
            if name in _WITHOUT and (node.args or isinstance(func, ast.Attribute)):
                yield "left out", _leave_out


def _confuse(node: ast.AST) -> None:
    assert isinstance(node, ast.Call)
    if isinstance(node.func, ast.Name):
        node.func.id = _CONFUSED[node.func.id]
    elif isinstance(node.func, ast.Attribute):
        node.func.attr = _CONFUSED[node.func.attr]


def _leave_out(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.Call)
    return node.args[0] if isinstance(node.func, ast.Name) and node.args else getattr(node.func, "value", node)


def _set(node: ast.AST, name: str, value: object) -> None:
    setattr(node, name, value)
