"""The briefing: what a node knows before it decides for the first time, gathered without asking a model."""

import asyncio
import re
from pathlib import Path

from integrations.materials import FOLDERS, Reading, files_below, relative_names
from swarm.functions.worth import Worth
from swarm.nodes import Node
from swarm.outages import patiently
from swarm.pools import pool
from swarm.recalled import Recalled
from swarm.run.outgoing import is_web
from swarm.text.tree import tree_of
from swarm.tree.briefing import Briefing, Material
from swarm.tree.references import references
from tasks.context import Run, reach_out
from tasks.outgoing import outgoing_of
from tasks.recalling import recall, remember

_MOST_FILES = 2000
_MOST_WALKED = 50_000
_MATERIALS = 3
"""The part of the window that what the goal names may fill: a third."""
_TREE = 20
"""The part of the window that the workspace's listing may fill: a twentieth, 12,000 characters at most."""
_MOST_TREE = 12_000
_HIDDEN = re.compile(r"(?<![\w/])((?:[\w-]+/)*\.\w[\w./-]*)")


async def gather(node: Node) -> Briefing:
    """Gather the workspace's tree, what goal and inputs name, and what library and memory have on the goal."""
    run = await reach_out(node)
    profile = await run.chat.profile(node.path, "decide")
    root = run.workspace.root
    paths = await asyncio.to_thread(files_below, root, _MOST_WALKED, run.workspace.closed)
    files = relative_names(root, paths, _MOST_FILES)
    window = profile.window_characters
    materials = await _materials(node, run, files, window // _MATERIALS)
    tree = tree_of(root, paths, min(window // _TREE, _MOST_TREE)) if paths else "the workspace is empty"
    hints = await recall(node, learnt_only=profile.hands == "small")
    await Worth(await patiently(pool)).note("shown", [line.partition("(")[0] for line in hints.functions], node.id)
    places = tuple(place for place in hints.places if not _is_read(place, materials))
    return Briefing(
        profile=profile,
        tree=tree,
        files=files,
        materials=tuple(_unlisted(each, tree) for each in materials),
        hints=_without_read(hints, places),
    )


async def _materials(node: Node, run: Run, files: tuple[str, ...], room: int) -> list[Material]:
    """Read what is given with the goal, then what the goal names: files, folders, addresses, what is not there."""
    named = references(node.goal, (*files, *_hidden(node.goal, run.workspace.root)))
    roots = (*run.workspace.roots, *(run.workspace.root / given for given in node.inputs if "://" not in given))
    reading = Reading(roots, run.settings, room, folders=room, closed=run.workspace.closed)
    for given in node.inputs:
        await _take(reading, _relative(given, run), run)
    reading.folders = FOLDERS
    folders = await asyncio.to_thread(reading.smallest_first, [f"{name}/" for name in named.folders])
    for uri in named.files:
        await _take(reading, uri, run)
    for uri, name in named.sections:
        await reading.take_section(uri, name)
    for uri in (*folders, *named.addresses, *named.missing):
        await _take(reading, uri, run)
    for passages in reading.passages:
        await remember(node, run, passages, whole=True)
    return reading.materials


def _hidden(goal: str, root: Path) -> list[str]:
    """Return the hidden files that a goal names: the listing leaves them out, as a person's own would."""
    named = [found.rstrip(".") for found in _HIDDEN.findall(goal)]
    return [name for name in named if ".." not in name and (root / name).is_file()]


def _relative(given: str, run: Run) -> str:
    """Return an input as the workspace names it, where it lies in the workspace."""
    root = f"{run.workspace.root}/"
    return given.removeprefix(root) if given.startswith(root) else given


def _is_read(place: str, materials: list[Material]) -> bool:
    """Whether a passage of the memory is of something that stands in the briefing already."""
    uri = place.partition(", ")[0]
    return any(each.whole and uri.endswith(f"/{each.place}") for each in materials)


def _without_read(hints: Recalled, places: tuple[str, ...]) -> Recalled:
    kept = [(line, place) for line, place in zip(hints.memory, hints.places, strict=True) if place in places]
    return hints.model_copy(update={"memory": tuple(line for line, _ in kept), "places": tuple(p for _, p in kept)})


def _unlisted(material: Material, tree: str) -> Material:
    """Take out a folder's listing where the workspace's own shows each of its files."""
    rows = {f"{material.place}{row.removeprefix('./')}" for row in material.text.splitlines()}
    if not material.place.endswith("/") or not rows <= set(tree.splitlines()):
        return material
    return material.model_copy(update={"text": "", "note": material.note or "its files are listed above"})


async def _take(reading: Reading, uri: str, run: Run) -> None:
    """Read a source, but an address that may not leave."""
    if is_web(uri) and (why := (await outgoing_of(run)).refusal(uri)):
        reading.note(uri, why)
    else:
        await reading.take(uri)
