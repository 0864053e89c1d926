"""Goals: what a person asks for, checked where it enters."""

from pathlib import Path
from urllib.parse import urlsplit

from swarm.errors import UsageError
from swarm.nodes import Node
from swarm.workspace import check_workspace

MAX_GOAL = 20_000
"""Characters of a goal; what is longer belongs into a file."""
_MAX_CONTEXT = 50


def check_goal(goal: str) -> str:
    """Return the goal without outer space; raises UsageError for one that nobody can work on."""
    goal = goal.strip()
    if not goal:
        raise UsageError("the goal is empty: say in a sentence what is to be done")
    if len(goal) > MAX_GOAL:
        raise UsageError(f"the goal has {len(goal):,} characters, the limit is {MAX_GOAL:,}: use a file and --context")
    if "\0" in goal:
        raise UsageError("the goal has a NUL character in it: remove it")
    return goal


def check_node(node: Node) -> Node:
    """Return a root node as it may be submitted: goal, context and workspace checked, paths made absolute.

    Raises UsageError or WorkspaceError.
    """
    if len(node.inputs) > _MAX_CONTEXT:
        raise UsageError(f"{len(node.inputs)} contexts were given, the limit is {_MAX_CONTEXT}: give their folder")
    return node.model_copy(
        update={
            "goal": check_goal(node.goal),
            "inputs": tuple(_check_context(given) for given in node.inputs),
            "workspace": str(check_workspace(Path(node.workspace).expanduser())),
        }
    )


def _check_context(given: str) -> str:
    if "://" in given:
        if urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).hostname:
            raise UsageError(f"--context {given} is not a path nor an http(s) address")
        return given
    path = Path(given).expanduser().absolute()
    try:
        if path.is_dir():
            next(path.iterdir(), None)
        else:
            path.open("rb").close()
    except OSError as error:
        raise UsageError(f"--context {given} cannot be read: {error.strerror}") from None
    return str(path)
