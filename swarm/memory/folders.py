"""Folders: the tree in which the addresses of the catalogue lie, and a search that walks it from the top down."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from swarm.kept import like
from swarm.memory.strategies import Hybrid
from swarm.outages import fetch, patiently
from swarm.passages import Passage
from swarm.ranking import relevance

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_SCHEME = re.compile(r"^([a-z0-9+.-]+://[^/]*|[a-z0-9+.-]+:)/*", re.IGNORECASE)
_WIDTH = 3
"""Folders that are looked into on each level."""
_SMALL = 30
"""Items of a folder below which it is not divided further."""
_DEEPEST = 20
_CANDIDATES = 400
_MOST_INNER = 300
"""Folders of one level that are compared, the largest."""
_TOLD = 60
"""Titles by which a folder is known."""


@dataclass
class Folder:
    """A folder with what lies below it: `items` and `passages` are counted to the bottom, `checked` is the oldest."""

    uri: str
    items: int = 0
    passages: int = 0
    checked: datetime | None = None
    titles: list[str] = field(default_factory=list)
    folders: dict[str, "Folder"] = field(default_factory=dict)
    leaves: list[str] = field(default_factory=list)


class Known(NamedTuple):
    """A folder as the walk sees it: what it is known by."""

    uri: str
    items: int
    titles: str


@dataclass(frozen=True)
class Folders:
    """By walking from the top into the folders whose contents fit best, and searching there."""

    hybrid: Hybrid

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return at most `k` passages from the best folders, best first; then what lies elsewhere, if there is room."""
        catalogue = self.hybrid.catalogue
        scores = await self.hybrid.scores(query, max(k, _CANDIDATES))
        if not scores:
            return []
        places = await _places(catalogue.pool, list(scores))
        chosen = await walk(catalogue.pool, query, _by_place(scores, places))
        inside = {id: score for id, score in scores.items() if places.get(id, "").startswith(chosen)}
        ordered = inside | {id: score for id, score in scores.items() if id not in inside}
        return _falling(await catalogue.passages(dict(list(ordered.items())[: max(k, 0)])))


async def walk(pool: "Pool", query: str, found: Mapping[str, float]) -> tuple[str, ...]:
    """Return the addresses of the folders in which a query is to be searched; `found` has the best passages' scores."""
    border, chosen = [""], list[str]()
    for _ in range(_DEEPEST):
        inner = await _inner(pool, border)
        if not inner:
            break
        told = relevance([f"{each.uri} {each.titles}" for each in inner], query)
        most = max(told, default=0.0) or 1.0
        worth = [
            score / most + max((value for uri, value in found.items() if uri.startswith(each.uri)), default=0.0)
            for each, score in zip(inner, told, strict=True)
        ]
        ranked = sorted(range(len(inner)), key=lambda at: (-worth[at], inner[at].uri))[:_WIDTH]
        chosen += [inner[at].uri for at in ranked if inner[at].items <= _SMALL]
        border = [inner[at].uri for at in ranked if inner[at].items > _SMALL]
        if not border or len(chosen) >= _WIDTH:
            break
    return tuple(chosen + border)


async def refresh(pool: "Pool") -> None:
    """Make the folders anew of the items that are there."""
    rows: list[tuple[str, str, int, str]] = []

    def enter(folder: Folder, parent: str) -> None:
        for each in folder.folders.values():
            rows.append((each.uri, parent, each.items, "\n".join(each.titles)))
            enter(each, each.uri)

    enter(await tree(pool), "")

    async def replaced() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("lock table swarm.folders in exclusive mode")
            await connection.execute("delete from swarm.folders")
            columns = ["uri", "parent", "items", "titles"]
            await connection.copy_records_to_table("folders", schema_name="swarm", columns=columns, records=rows)

    await patiently(replaced)


async def _inner(pool: "Pool", border: Sequence[str]) -> list[Known]:
    query = "select uri, items, titles from swarm.folders where parent = any($1) order by items desc limit $2"
    return [Known(**row) for row in await fetch(pool, query, list(border), _MOST_INNER)]


def _falling(passages: list[Passage]) -> list[Passage]:
    """Return passages with scores that fall, as they stand in an order that is not that of their scores."""
    least, found = math.inf, []
    for passage in passages:
        least = min(least, passage.score)
        found.append(passage.model_copy(update={"score": least}))
    return found


async def tree(pool: "Pool", below: str = "") -> Folder:
    """Return the whole catalogue as folders within folders; those that hold nothing but one folder are left out."""
    query = (
        "select i.uri, i.title, i.checked, count(p.id) as passages from swarm.items i"
        " left join swarm.passages p on p.item = i.id where i.uri like $1 group by i.id order by i.uri"
    )
    rows = await fetch(pool, query, f"{like(below)}%")
    root = Folder("")
    for row in rows:
        _enter(root, row)
    root = _short(root)
    while len(root.folders) == 1 and not root.leaves:
        (root,) = root.folders.values()
    return root


def parts_of(uri: str) -> list[str]:
    """Return the addresses of the folders that hold an item, from the outermost on."""
    found = _SCHEME.match(uri)
    start = found.end() if found else 0
    bare = re.split(r"[?#]", uri[start:], maxsplit=1)[0]
    ends = [start, *(start + at.end() for at in re.finditer("/+", bare))]
    # An address that ends in a slash is an item of the folder above it.
    return [uri[:end] for end in ends if end and end < len(uri)]


def _enter(root: Folder, row: "asyncpg.Record") -> None:
    folder, path = root, parts_of(row["uri"])
    for uri in ("", *path):
        folder = folder.folders.setdefault(uri, Folder(uri)) if uri else root
        folder.items += 1
        folder.passages += row["passages"]
        folder.checked = min(folder.checked or row["checked"], row["checked"])
        if len(folder.titles) < _TOLD:
            folder.titles.append(row["title"])
    folder.leaves.append(row["uri"])


def _short(folder: Folder) -> Folder:
    inner = {}
    for each in folder.folders.values():
        short = _short(each)
        while len(short.folders) == 1 and not short.leaves:
            short = next(iter(short.folders.values()))
        inner[short.uri] = short
    folder.folders = inner
    return folder


def _by_place(scores: Mapping[int, float], places: Mapping[int, str]) -> dict[str, float]:
    best: defaultdict[str, float] = defaultdict(float)
    for id, score in scores.items():
        if id in places:
            best[places[id]] = max(best[places[id]], score)
    return best


async def _places(pool: "Pool", passages: Sequence[int]) -> dict[int, str]:
    query = "select p.id, i.uri from swarm.passages p join swarm.items i on i.id = p.item where p.id = any($1)"
    return {row["id"]: row["uri"] for row in await fetch(pool, query, passages)}
