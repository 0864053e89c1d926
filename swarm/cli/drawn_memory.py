"""The memory drawn as a tree in the terminal."""

from datetime import UTC, datetime
from urllib.parse import unquote

from rich.text import Text
from rich.tree import Tree

from swarm.memory.folders import Folder
from swarm.terminal import console

_MOST = 40
"""Items and folders of one folder that are shown."""


def draw(root: Folder, depth: int) -> None:
    """Print the folders to a depth; what is left out is counted."""
    tree = Tree(_line(f"memory {unquote(root.uri)}".strip(), root))
    _grow(tree, root, depth)
    console().print(tree, soft_wrap=True)


def as_document(folder: Folder, depth: int) -> dict[str, object]:
    """Return the folders to a depth as JSON."""
    inner = [as_document(each, depth - 1) for each in folder.folders.values()] if depth else []
    return {
        **{"uri": folder.uri, "items": folder.items, "passages": folder.passages},
        "checked": folder.checked.isoformat() if folder.checked else None,
        "folders": inner,
        "leaves": folder.leaves if depth else [],
    }


def _grow(tree: Tree, folder: Folder, depth: int) -> None:
    if depth == 0:
        return
    inner = sorted(folder.folders.values(), key=lambda each: each.uri)
    for each in inner[:_MOST]:
        _grow(tree.add(_line(unquote(each.uri.removeprefix(folder.uri)) or each.uri, each)), each, depth - 1)
    for uri in folder.leaves[: max(_MOST - len(inner), 0)]:
        tree.add(Text(unquote(uri.removeprefix(folder.uri)) or uri))
    left = len(inner) + len(folder.leaves) - _MOST
    if left > 0:
        tree.add(Text(f"... and {left} more"))


def _line(name: str, folder: Folder) -> Text:
    fresh = f", oldest look {_ago(folder.checked)}" if folder.checked else ""
    return Text(f"{name}  {folder.items} items, {folder.passages} passages{fresh}")


def _ago(then: datetime) -> str:
    seconds = int((datetime.now(UTC) - then).total_seconds())
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"
