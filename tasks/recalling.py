"""What a node recalls before it decides, and what the swarm remembers of what a node has read or written."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from integrations.embeddings import choose_embedder
from integrations.listing import documents_of
from integrations.memory import hybrid_of
from integrations.office import search_of
from swarm.chunks import chunks
from swarm.errors import ModelError, WorkspaceError
from swarm.functions.library import Library
from swarm.functions.records import Version
from swarm.functions.search import Search
from swarm.memory import recalling
from swarm.memory.catalogue import Catalogue
from swarm.memory.vectors import embed_new, has_any
from swarm.nodes import Node, shorten
from swarm.outages import patiently
from swarm.passages import Passage, place
from swarm.pools import pool
from swarm.recalled import Recalled
from swarm.secrets import blotted
from tasks.context import Run, reach_out

_FUNCTIONS = 6
_BUDGET = 1200
"""Characters of functions that a decision sees; of passages as many."""
_RELEVANT = 0.25
"""Score from which on a function is worth a line of every decision."""
_PASSAGES = 4
_SHOWN = 400
"""Characters of a passage."""
_MOST = 2000
"""Passages of one item that a run remembers; more are for `swarm memory add`."""
_EMBEDDED = 128
"""Passages that get their vectors at once: about half a second."""


async def recall(node: Node) -> Recalled:
    """Return the functions and passages that may help with a goal, within the budget of a decision."""
    run = await reach_out(node)
    passages = await _passages(run, node.goal) if run.settings.swarm_remember else []
    lines, left = list[str](), _BUDGET
    for passage in passages:
        line = f"[{place(passage)}] {shorten(' '.join(passage.text.split()), _SHOWN)}"
        left -= len(line)
        if left < 0:
            break
        lines.append(blotted(line, run.secrets))
    places = tuple(place(passage) for passage in passages[: len(lines)])
    return Recalled(functions=tuple(await _functions(run, node.goal)), memory=tuple(lines), places=places)


async def remember(node: Node, run: Run, passages: Sequence[Passage], whole: bool) -> None:
    """Remember what a node has read; of what it read in part only what was not known before."""
    if not run.settings.swarm_remember or not passages or len(passages) > _MOST:
        return
    catalogue = Catalogue(await patiently(pool))
    clean = [_cleaned(passage, run) for passage in passages]
    told = {"run": node.run, "node": node.path, "whole": whole}
    documents = [each.model_copy(update={"provenance": told}) for each in documents_of(clean)]
    known = {} if whole else await catalogue.hashes([each.uri for each in documents])
    await catalogue.put([each for each in documents if each.uri not in known])
    await _embed(catalogue, run)


async def remember_files(node: Node, run: Run, names: Sequence[str]) -> None:
    """Remember what a node has written, as far as it is text."""
    for name in names:
        with suppress(WorkspaceError, UnicodeDecodeError):
            text = run.workspace.read(name).decode()
            pieces = [
                Passage(uri=name, title=name, where="file", text=piece.text, lines=piece.lines)
                for piece in chunks(text, name=name)
            ]
            await remember(node, run, pieces, whole=True)


async def _embed(catalogue: Catalogue, run: Run) -> None:
    """Give what is new its vectors, where memory is searched by meaning; what is too much is left to `ingest`."""
    embedder = choose_embedder(run.settings)
    if embedder is not None and await has_any(catalogue.pool, embedder.name):
        with suppress(ModelError):
            await embed_new(catalogue.pool, embedder, _EMBEDDED)


async def _passages(run: Run, goal: str) -> list[Passage]:
    catalogue = Catalogue(await patiently(pool))
    if await catalogue.is_empty():
        return []
    with suppress(ModelError):
        return await recalling.recall(await hybrid_of(catalogue, run.settings), goal, _PASSAGES)
    return []


async def _functions(run: Run, goal: str) -> list[str]:
    """Return functions, a line each.

    Not the built-in ones that only read or save: those are for code; a node has actions of its own for that.
    """
    database = await patiently(pool)
    # The built-in ones are few and plainly named: for them alone no process need load an embedding model.
    learnt = await Library(database).has_learnt()
    search = search_of(database, run.settings) if learnt else Search(database, None)
    lines, left = list[str](), _BUDGET
    for hit in await search(goal, 3 * _FUNCTIONS):
        if hit.score < _RELEVANT or len(lines) == _FUNCTIONS:
            break
        if hit.version.maker == "builtin" and {"retrieve", "save"} & set(hit.version.function.capabilities.api):
            continue
        line = line_of(hit.version)
        left -= len(line)
        if left < 0:
            break
        lines.append(line)
    return lines


def line_of(version: Version) -> str:
    """Return a function as somebody who decides sees it."""
    return f"{version.function.signature}: {shorten(version.function.description, 160)}"


def _cleaned(passage: Passage, run: Run) -> Passage:
    """Return a passage under the address by which everybody finds it, without our secrets."""
    uri = passage.uri
    if passage.where == "file" and "://" not in uri:
        roots = [root if root.is_dir() else root.parent for root in run.workspace.roots]
        found = next((root / uri for root in roots if (root / uri).exists()), roots[0] / uri)
        uri = Path(found).resolve().as_uri()
    return passage.model_copy(update={"uri": uri, "text": blotted(passage.text, run.secrets)})
