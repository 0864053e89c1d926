"""Goals: what a person asks for, checked where it enters."""

from pathlib import Path
from urllib.parse import urlsplit

from swarm.errors import UsageError
from swarm.file_names import on_disk, shown
from swarm.nodes import Node
from swarm.private import shared_as_usual
from swarm.workspace import check_workspace

MAX_GOAL = 20_000
"""Characters of a goal; what is longer belongs into a file."""
_MAX_CONTEXT = 50
_MAX_NOTE = 4_000


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


def check_note(note: str) -> str:
    """Return a note to a node without outer space; raises UsageError for one that is no text or too long."""
    note = check_text("--note", note.strip())
    if len(note) > _MAX_NOTE:
        raise UsageError(f"--note has {len(note):,} characters, the limit is {_MAX_NOTE:,}")
    return note


def check_text(name: str, text: str) -> str:
    """Return `text` if it can be kept and sent; raises UsageError for bytes of the command line that are not UTF-8."""
    if not text.isprintable():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UsageError(f"{name} is not UTF-8 text at character {error.start + 1}") from None
    return text


def check_node(node: Node) -> Node:
    """Return a root node as it may be submitted: goal, context and workspace checked, paths made absolute.

    Raises UsageError or WorkspaceError.
    """
    if len(node.inputs) > _MAX_CONTEXT:
        raise UsageError(f"{len(node.inputs)} contexts were given, the limit is {_MAX_CONTEXT}: give their folder")
    with shared_as_usual():  # a new folder is one of the person's, not of the swarm's
        workspace = check_workspace(_absolute("--workspace", node.workspace))
    return node.model_copy(
        update={
            "goal": check_goal(node.goal),
            "inputs": tuple(_check_context(given) for given in node.inputs),
            "workspace": str(workspace),
        }
    )


def _check_context(given: str) -> str:
    if "://" in given:
        if not _is_web_address(given):
            raise UsageError(f"--context {given} is not a path nor an http(s) address")
        return given
    path = on_disk(_absolute("--context", given))
    try:
        if path.is_dir():
            next(path.iterdir(), None)
        elif path.is_file():
            path.open("rb").close()
        else:
            path.stat()
            raise UsageError(f"--context {given} is neither a file nor a folder")
    except OSError as error:
        raise UsageError(f"--context {given} cannot be read: {error.strerror}") from None
    return shown(str(path))


def _is_web_address(given: str) -> bool:
    try:
        parts = urlsplit(given)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _absolute(option: str, given: str) -> Path:
    try:
        return Path(given).expanduser().absolute()
    except RuntimeError:
        raise UsageError(f"{option} {given}: there is no such user; write ./{given} for a name with a tilde") from None
