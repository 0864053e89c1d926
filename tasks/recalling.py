"""What a node recalls before it decides, and what the swarm remembers of what a node has read or written."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from integrations.embeddings import choose_embedder
from integrations.listing import documents_of
from integrations.memory import hybrid_of
from integrations.office import search_of
from swarm.chunks import LIMIT, chunks
from swarm.errors import ModelError, WorkspaceError
from swarm.functions.library import Library
from swarm.functions.records import Version
from swarm.functions.search import Hit, Search
from swarm.llm.profile import Profile
from swarm.memory import recalling
from swarm.memory.catalogue import Catalogue
from swarm.memory.headings import BETWEEN
from swarm.memory.strategies import Hybrid
from swarm.memory.vectors import embed_new, has_any
from swarm.nodes import Node, shorten
from swarm.outages import patiently
from swarm.passages import Passage, place
from swarm.pools import pool
from swarm.recalled import Recalled
from swarm.text.display_url import mask_urls
from swarm.text.models import redacted
from swarm.words import terms
from tasks.context import Run, reach_out

_FUNCTIONS = 6
_BUDGET = 1200
"""Characters of functions that a decision sees; of passages as many on a small model."""
_WINDOW = 20
_MOST_TOLD = 12_000
"""Passages may have a twentieth of the window of any other model, and no more than so many characters."""
_NEAR = 0.42
"""Cosine of goal and function from which on it is worth a line of every decision (benchmarks/hints.py)."""
_NEAR_BY_NAME = 0.3
"""The same, where the goal has every word of its name."""
_SHARED = 0.5
"""Share of a goal's words that a function of ours has to have, itself or by goals it helped with, without vectors."""
_GITHUB = re.compile(r"(?i)github|pull request|\bgh\b|octocat")
_PASSAGES = 4
_SHOWN = 400
"""Passages that a small model is told, and characters of each; others are told whole passages."""
_MOST = 2000
"""Passages of one item that a run remembers; more are for `swarm memory add`."""
_EMBEDDED = 128
"""Passages that get their vectors at once: about half a second."""


@dataclass(frozen=True)
class Room:
    """What there is room for in the prompt of a decision: passages, characters in all, and of each passage."""

    passages: int
    characters: int
    of_each: int

    def line(self, passage: Passage) -> str:
        """Return a passage as a node is told it; with room for whole ones, with the headings above it."""
        above = f"{passage.title}: " if self.of_each >= LIMIT and BETWEEN in passage.title else ""
        return f"[{place(passage)}] {above}{shorten(' '.join(passage.text.split()), self.of_each)}"


def room_of(profile: Profile) -> Room:
    """Return what a model has room for: a twentieth of its window; on small hands four short passages."""
    if profile.hands == "small":
        return Room(_PASSAGES, _BUDGET, _SHOWN)
    characters = min(max(profile.window_characters // _WINDOW, _BUDGET), _MOST_TOLD)
    return Room(characters // _SHOWN, characters, LIMIT)


async def passages_for(hybrid: Hybrid, goal: str, room: Room) -> list[Passage]:
    """Return the passages that are about a goal, best first, as many as there is room for."""
    found, left = list[Passage](), room.characters
    for passage in await recalling.recall(hybrid, goal, room.passages):
        left -= len(room.line(passage))
        if left < 0:
            break
        found.append(passage)
    return found


async def recall(node: Node, learnt_only: bool = False) -> Recalled:
    """Return the functions and passages that may help with a goal, within the budget of a decision.

    With `learnt_only` no function that ships with the swarm.
    """
    run = await reach_out(node)
    room = room_of(await run.chat.profile(node.path, "decide"))
    passages = await _passages(run, node.goal, room) if run.settings.swarm_remember else []
    return Recalled(
        functions=tuple(await _functions(run, node.goal, learnt_only)),
        memory=tuple(room.line(passage) for passage in passages),
        places=tuple(map(place, passages)),
    )


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


async def _passages(run: Run, goal: str, room: Room) -> list[Passage]:
    catalogue = Catalogue(await patiently(pool))
    if await catalogue.is_empty():
        return []
    with suppress(ModelError):
        return await passages_for(await hybrid_of(catalogue, run.settings), goal, room)
    return []


async def _functions(run: Run, goal: str, learnt_only: bool) -> list[str]:
    """Return functions that may well be of use, a line each: none is better than noise.

    Not the built-in ones that only read or save: those are for code; a node has actions of its own for that.
    """
    database = await patiently(pool)
    # The built-in ones are few and plainly named: for them alone no process need load an embedding model.
    learnt = await Library(database).has_learnt()
    if learnt_only and not learnt:
        return []
    search = search_of(database, run.settings) if learnt else Search(database, None)
    lines, left = list[str](), _BUDGET
    for hit in await search(goal, 3 * _FUNCTIONS):
        if len(lines) == _FUNCTIONS:
            break
        is_ours = hit.version.maker != "builtin"
        if not is_relevant(hit, goal) or (learnt_only and not is_ours):
            continue
        if not is_ours and {"retrieve", "save"} & set(hit.version.function.capabilities.api):
            continue
        line = line_of(hit.version)
        left -= len(line)
        if left < 0:
            break
        lines.append(line)
    return lines


def is_relevant(hit: Hit, goal: str) -> bool:
    """Say whether a function that was found is about a goal: by meaning where that is known, else by shared words."""
    function, wanted = hit.version.function, set(terms(goal))
    is_ours = hit.version.maker != "builtin"
    if not is_ours and function.name.startswith("github_") and not _GITHUB.search(goal):
        return False
    name = set(terms(function.name.replace("_", " ")))
    named = name <= wanted and (is_ours or len(name) > 1)
    if hit.cosine is not None:
        return hit.cosine >= (_NEAR_BY_NAME if named else _NEAR)
    return named or (is_ours and hit.shared >= _SHARED)


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
    return redacted(passage.model_copy(update={"uri": mask_urls(uri)}))
