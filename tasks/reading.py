"""Reading: a part of a source in its own order, a folder's names, and a search through the workspace's lines."""

from collections.abc import Callable, Sequence
from pathlib import Path

from prefect import task

from integrations.files import Files, walk
from integrations.memory import Remembered
from integrations.text_documents import load, near_names, outside_name, source_of
from swarm.decisions import Find, Read
from swarm.errors import SourceError, SourceNotFound
from swarm.nodes import Node
from swarm.passages import Passage, Source, place
from swarm.ranking import best
from swarm.reports import Observation
from swarm.rules import label
from swarm.text.display_url import display_url
from swarm.text.document import (
    Part,
    TextDocument,
    lines_of,
    outline_of,
    pages_of,
    parse_range,
    section_of,
    sections_near,
)
from swarm.text.search import SearchFault, search_files
from swarm.text.tree import tree_of
from tasks.context import Run, reach_out
from tasks.keys import step_key, step_name
from tasks.outgoing import check_address
from tasks.recalling import remember

_PASSAGES = 40
_MOST_HITS = 200


@task(
    name="read",
    cache_key_fn=step_key,
    persist_result=True,
    task_run_name=step_name("read {action.uri}"),
    timeout_seconds=300,
)
async def read(node: Node, turn: int, number: int, action: Read, most: int) -> Observation:
    """Read what an action asks for, in at most `most` characters; a source that fails is an observation, no error."""
    run = await reach_out(node)
    roots = roots_of(run, node)
    try:
        await check_address(run, action.uri, action.query)
        source = source_of(action.uri, roots, run.settings, run.workspace.closed.named)
        return await _read(node, run, source, action, most)
    except SourceNotFound as error:
        near = near_names(outside_name(action.uri), roots, run.workspace.closed)
        there = f"; there are: {', '.join(near)}" if near else "; the workspace has no files"
        return Observation(action=label(action), outcome="error", text=f"{error}{there}")
    except SourceError as error:
        return Observation(action=label(action), outcome="error", text=str(error))


@task(name="find", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("find {action.pattern}"))
async def find(node: Node, turn: int, number: int, action: Find, most: int) -> Observation:
    """Search the workspace's files, line by line, or list their names."""
    import asyncio

    run = await reach_out(node)
    root = run.workspace.root
    try:
        found = await asyncio.to_thread(
            search_files,
            root,
            list(walk(root, closed=run.workspace.closed)),
            action.pattern,
            outside_name(action.files),
            action.context,
        )
    except SearchFault as error:
        return Observation(action=label(action), outcome="error", text=str(error))
    text = found.shown(most)
    return Observation(action=label(action), outcome="ok", text=text, evidence=found.places[:_PASSAGES])


def roots_of(run: Run, node: Node) -> tuple[Path, ...]:
    """Return the folders and files that a node may read: the workspace, and what was given with the goal."""
    return (*run.workspace.roots, *(Path(given) for given in node.inputs if Path(given).is_absolute()))


async def _read(node: Node, run: Run, source: Source, action: Read, most: int) -> Observation:
    if isinstance(source, Files) and source.path.is_dir() and not action.query:
        return _listing(source, action, most)
    if isinstance(source, Remembered) or not getattr(source, "is_document", False):
        passages = await source(action.query, _PASSAGES)
        if not isinstance(source, Remembered):
            await remember(node, run, passages, whole=False)
        return _passages(action, passages, most)
    document, every = await load(source)
    await remember(node, run, every, whole=True)
    if action.query and not (action.lines or action.pages or action.section or action.outline):
        return _passages(action, best(every, action.query, _PASSAGES), most, in_order=True)
    if not document.lines:
        return Observation(action=label(action), outcome="error", text=f"{display_url(action.uri)} has nothing to read")
    part, fault = _part(document, action, most)
    if part is None:
        return Observation(action=label(action), outcome="error", text=fault)
    where = f"{document.place}, {part.where}"
    versions = {document.place: document.version} if document.version else {}
    evidence = (where.partition(" of ")[0],) if " of " in part.where else (document.place,)
    return Observation(
        action=label(action), outcome="ok", text=f"[{where}]\n{part.text}", evidence=evidence, versions=versions
    )


def _part(document: TextDocument, action: Read, most: int) -> tuple[Part | None, str]:
    """Return the part that is wanted, or what is wrong with what was asked."""
    total = len(document.lines)
    if action.outline:
        return outline_of(document, most), ""
    if action.section:
        part = section_of(document, action.section, most)
        near = sections_near(document, action.section) or "none; read it with `outline`"
        return part, "" if part else f"{document.place} has no section {action.section!r}; nearest: {near}"
    for asked, unit, count, cut in _ranges(document, action):
        if asked:
            chosen = parse_range(asked, count)
            if not count or chosen is None or chosen[0] > count:
                have = f"{count:,} {unit}" if count else f"no {unit}"
                return (
                    None,
                    f"{unit} {asked!r} cannot be read: {document.place} has {have}; a range is such as 1-{count or 9}",
                )
            return cut(document, *chosen, most), ""
    return lines_of(document, 1, total, most), ""


def _ranges(
    document: TextDocument, action: Read
) -> list[tuple[str, str, int, Callable[[TextDocument, int, int, int], Part]]]:
    return [
        (action.lines, "lines", len(document.lines), lines_of),
        (action.pages, "pages", len(document.pages), pages_of),
    ]


def _listing(source: Files, action: Read, most: int) -> Observation:
    """Show a folder's names; its contents are read file by file."""
    text = tree_of(source.path, list(walk(source.path, closed=source.closed, roots=source.roots)), most)
    return Observation(action=label(action), outcome="ok", text=text or "the folder is empty")


def _passages(action: Read, passages: Sequence[Passage], most: int, in_order: bool = False) -> Observation:
    """Show passages with their places, as many as fit, best first or in the order of their document."""
    kept, left = list[Passage](), most
    for passage in passages:
        left -= len(passage.text) + len(place(passage)) + 4
        if left < 0 and kept:
            break
        kept.append(passage)
    if not kept:
        return Observation(action=label(action), outcome="error", text=f"{display_url(action.uri)} has nothing to read")
    if in_order:
        kept.sort(key=lambda each: (each.page or 0, each.lines or (0, 0)))
    rows = [f"[{place(passage)}] {passage.text[:most]}" for passage in kept]
    if len(kept) < len(passages):
        rows.append(f"[... {len(passages) - len(kept)} more passages left out; ask with a narrower query ...]")
    evidence = tuple(dict.fromkeys(place(passage) for passage in kept))
    return Observation(action=label(action), outcome="ok", text="\n".join(rows), evidence=evidence)
