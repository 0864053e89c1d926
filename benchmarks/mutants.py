"""Mutants: plausible mistakes of a function, one each, made in its syntax tree: swapped signs, limits off by one."""

import ast
import copy
from collections.abc import Iterator

_COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_CALCULATED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr,
}  # fmt: skip


def mutants(code: str) -> list[str]:
    """Return every mutant of a code, each with one change, without those that are the same text."""
    tree = ast.parse(code)
    found = []
    for at, node in enumerate(ast.walk(tree)):
        for number in range(_ways(node)):
            changed = copy.deepcopy(tree)
            _change(list(ast.walk(changed))[at], number)
            found.append(ast.unparse(ast.fix_missing_locations(changed)))
    return [each for each in dict.fromkeys(found) if each != ast.unparse(tree)]


def spread(items: list[str], count: int) -> Iterator[str]:
    """Yield items from all over a list, the same ones each time."""
    step = max(1, len(items) // count)
    order = [items[at] for start in range(step) for at in range(start, len(items), step)]
    yield from dict.fromkeys(order)


def _ways(node: ast.AST) -> int:
    """How many changes of this node there are."""
    match node:
        case ast.Compare(ops=[op]):
            return int(type(op) in _COMPARED)
        case ast.BinOp(op=op) | ast.AugAssign(op=op):
            return int(type(op) in _CALCULATED)
        case ast.Constant(value=bool()):
            return 1
        case ast.Constant(value=int()):
            return 2
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()) | ast.IfExp():
            return 1
        case ast.If() | ast.Raise():
            return 1
    return 0


def _change(node: ast.AST, number: int) -> None:
    match node:
        case ast.Compare(ops=[op]):
            node.ops = [_COMPARED[type(op)]()]
        case ast.BinOp(op=op) | ast.AugAssign(op=op):
            node.op = _CALCULATED[type(op)]()
        case ast.Constant(value=bool()):
            node.value = not node.value
        case ast.Constant(value=int() as value):
            node.value = value + 1 - 2 * number
        case ast.BoolOp():
            node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        case ast.UnaryOp():
            node.op = ast.Not()
            node.operand = ast.UnaryOp(ast.Not(), node.operand)
        case ast.IfExp():
            node.body, node.orelse = node.orelse, node.body
        case ast.If():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case ast.Raise():
            node.exc = ast.Name("KeyError", ast.Load())
