"""Determinism: what a code looks at beside its arguments (clock, dice, process, environment), read off without running.

Runs at another time and place (swarm/sandbox/inside/elsewhere.py) show most of it; a date that is far, or a chance that
is small, they do not.
"""

import ast
from collections.abc import Iterator

from swarm.functions.inspection import parsed

_LOOKS = {
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "asctime"},
    "datetime.datetime": {"now", "today", "utcnow"},
    "datetime.date": {"today"},
    "os": {"getpid", "getppid", "getenv", "environ", "environb", "urandom", "getcwd", "getlogin", "times"},
    "os.environ": {"get"},
    "uuid": {"uuid1", "uuid4"},
    "secrets": {"choice", "randbelow", "randbits", "token_bytes", "token_hex", "token_urlsafe", "SystemRandom"},
    "locale": {"getlocale", "localeconv", "getpreferredencoding"},
    "platform": {"node", "uname", "machine", "platform"},
    "socket": {"gethostname", "getfqdn"},
}
_CURES = {
    "time": "the moment",
    "datetime.datetime": "the moment or date",
    "datetime.date": "the date",
    "uuid": "the id",
    "secrets": "a seed, for random.Random(seed)",
    "random": "a seed, for random.Random(seed)",
}
_TAKES_THEM = {("time", "localtime"): 1, ("time", "gmtime"): 1, ("time", "ctime"): 1, ("time", "asctime"): 1}
"""Functions that look at the clock only if they are given less than so many arguments."""
_FREE = {"Random", "seed", "getstate", "setstate"}
_BUILT_IN = {"id", "hash"}


def depends_on(code: str) -> list[str]:
    """Say at what a Python code looks that is no argument, a line each; empty if it does not parse."""
    tree = parsed(code)
    if tree is None:
        return []
    names = _imported(tree)
    is_seeded = any(_path(node.func, names) == "random.seed" and node.args for node in _calls(tree))
    return list(dict.fromkeys(_found(tree, names, is_seeded)))


def orders_by_chance(code: str) -> bool:
    """Say whether a Python code has sets, whose order is another in each process."""
    tree = parsed(code)
    if tree is None:
        return False
    named = {node.func.id for node in _calls(tree) if isinstance(node.func, ast.Name)}
    return bool(named & {"set", "frozenset"}) or any(isinstance(n, ast.Set | ast.SetComp) for n in ast.walk(tree))


def _found(tree: ast.Module, names: dict[str, str], is_seeded: bool) -> Iterator[str]:
    called = {id(node.func): node for node in _calls(tree)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute | ast.Name) or not isinstance(node.ctx, ast.Load):
            continue
        place, _, name = _path(node, names).rpartition(".")
        call = called.get(id(node))
        if name in _LOOKS.get(place, ()):
            given = len(call.args) if call else 0
            if call and given >= _TAKES_THEM.get((place, name), 99):
                continue
            yield _told(node, place, f"{place}.{name}")
        elif place == "random" and name not in _FREE and not is_seeded:
            yield _told(node, place, f"random.{name}")
        elif place == "random" and name == "Random" and call and not call.args and not call.keywords:
            yield _told(node, place, "random.Random()")
        elif call and isinstance(node, ast.Name) and node.id in _BUILT_IN and node.id not in names:
            yield f"line {node.lineno}: it uses {node.id}(), which differs from process to process; leave it out"


def _told(node: ast.expr, place: str, what: str) -> str:
    cure = _CURES.get(place, "what it needs")
    return f"line {node.lineno}: it looks at {what}, which changes; take {cure} as a parameter"


def _calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return the names that imports bind, each with what it stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _path(node: ast.expr, names: dict[str, str]) -> str:
    """Return what an expression names, from its import on: `datetime.date.today`; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return ""
    return ".".join([names[node.id], *reversed(parts)])
