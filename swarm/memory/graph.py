"""Graph: personalised PageRank over who mentions whom, from what the query finds and from what it names.

Haveliwala, "Topic-Sensitive PageRank" (2002); Gutiérrez et al., "HippoRAG" (2024), whose graph a model extracts. Here
the edges are mentions of titles, and the entities and relations that a model found, if one was asked; items have ids
above zero, entities below. The graph ranks the passages: it does not vote beside another ranking, which would lose what
only it can find.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swarm.memory.names import Names, first_words
from swarm.memory.strategies import Hybrid
from swarm.outages import fetch, patiently
from swarm.passages import Passage

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_SEEDS = 10
_SHARPNESS = 6
"""What comes close to the best passage is a seed; what is only similar hardly one."""
_NAMED = 1.0
"""What an item or entity that the query names weighs as a seed, where the best passage weighs 1."""
_NAMESAKES = 3
_STEPS = 2
_MOST_EDGES = 5000
_HUB = 100
"""Mentions from which on an item leads everywhere, and so nowhere: who mentions it is not asked."""
_DAMPING = 0.5
_ROUNDS = 20
_ITEMS = 30
"""Items that the graph ranks; after them comes what the hybrid search has found beside."""


# Two selects each, as one with an `or` over two tables would read them whole.
_MENTIONS = (
    "select p.item as source, l.item as target from swarm.passages p join swarm.links l on l.passage = p.id"
    " where p.item = any($1)"
    " union select p.item, l.item from swarm.links l join swarm.passages p on p.id = l.passage where l.item = any($2)"
    f" order by 1, 2 limit {_MOST_EDGES}"
)
_RELATIONS = (
    "select p.item as source, o.entity as target"
    " from swarm.passages p join swarm.occurrences o on o.passage = p.id where p.item = any($1)"
    " union select p.item, o.entity"
    " from swarm.occurrences o join swarm.passages p on p.id = o.passage where o.entity = any($2)"
    " union select subject, object from swarm.relations where subject = any($2)"
    " union select subject, object from swarm.relations where object = any($2)"
    " union select i.id, e.id from swarm.entities e join swarm.items i"
    " on i.name = e.name and split_part(i.name, ' ', 1) = split_part(e.name, ' ', 1)"
    " where e.id = any($2) and i.name <> ''"
    " union select i.id, e.id from swarm.items i join swarm.entities e on e.name = i.name where i.id = any($1)"
    f" order by 1, 2 limit {_MOST_EDGES}"
)


@dataclass(frozen=True)
class Graph:
    """By what leads on from the best passages."""

    hybrid: Hybrid

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return at most `k` passages, best first; where nothing is linked, what the hybrid search finds."""
        catalogue = self.hybrid.catalogue
        scores = await self.hybrid.scores(query)
        if not scores or k < 1:
            return []
        best = dict(list(scores.items())[:_SEEDS])
        owners = await _owners(catalogue.pool, list(scores))
        seeds: defaultdict[int, float] = defaultdict(float)
        for passage, score in best.items():
            if passage in owners:
                seeds[owners[passage]] = max(seeds[owners[passage]], score**_SHARPNESS)
        for node in await _named(catalogue.pool, query):
            seeds[node] += _NAMED
        ranks = pagerank(await _edges(catalogue.pool, list(seeds)), seeds)
        ordered = await _passages(catalogue.pool, ranks, scores, owners)
        return await catalogue.passages(dict(list(ordered.items())[:k]))


def pagerank(edges: Sequence[tuple[int, int]], seeds: Mapping[int, float]) -> dict[int, float]:
    """Return the personalised PageRank of every node that the seeds reach; edges lead both ways."""
    import numpy as np

    nodes = sorted({*seeds, *(node for edge in edges for node in edge)})
    index = {node: at for at, node in enumerate(nodes)}
    start = np.zeros(len(nodes))
    for node, weight in seeds.items():
        start[index[node]] = weight
    start /= start.sum() or 1.0
    pairs = np.array([(index[a], index[b]) for a, b in edges] or np.zeros((0, 2)), dtype=np.int64)
    source, target = np.concatenate([pairs[:, 0], pairs[:, 1]]), np.concatenate([pairs[:, 1], pairs[:, 0]])
    degree = np.maximum(np.bincount(source, minlength=len(nodes)), 1)
    rank = start
    for _ in range(_ROUNDS):
        flow = np.bincount(target, weights=(rank / degree)[source], minlength=len(nodes))
        rank = (1 - _DAMPING) * start + _DAMPING * flow
    return {node: float(rank[at]) for node, at in index.items()}


async def _owners(pool: "Pool", passages: Sequence[int]) -> dict[int, int]:
    rows = await fetch(pool, "select id, item from swarm.passages where id = any($1)", passages)
    return {row["id"]: row["item"] for row in rows}


async def _named(pool: "Pool", query: str) -> set[int]:
    """Return the items that a query names by their titles, and the entities that it names."""
    told = (
        "(select id, name from swarm.items where name <> '' and split_part(name, ' ', 1) = any($1) limit 20000)"
        " union all (select id, name from swarm.entities where split_part(name, ' ', 1) = any($1) limit 20000)"
    )
    rows = await fetch(pool, told, sorted(first_words([query])))
    return Names(((row["id"], row["name"]) for row in rows), _NAMESAKES).mentioned(query)


async def _edges(pool: "Pool", seeds: Sequence[int]) -> list[tuple[int, int]]:
    """Return the edges within some steps of the seeds, in both directions."""
    has_entities = await patiently(lambda: pool.fetchval("select exists (select 1 from swarm.entities)"))
    found: set[tuple[int, int]] = set()
    reached, border = set(seeds), list(seeds)
    for _ in range(_STEPS):
        plain = await _plain(pool, border)
        for query in (_MENTIONS, _RELATIONS) if has_entities else (_MENTIONS,):
            rows = await fetch(pool, query, border, plain)
            found |= {(row["source"], row["target"]) for row in rows}
        border = sorted({node for edge in found for node in edge} - reached)
        reached |= set(border)
        if not border or len(found) >= _MOST_EDGES:
            break
    return sorted(found)


async def _plain(pool: "Pool", nodes: Sequence[int]) -> list[int]:
    """Return the items and entities that are no hubs."""
    query = (
        "select item as node from swarm.links where item = any($1) group by item having count(*) <= $2"
        " union all select entity from swarm.occurrences where entity = any($1) group by entity having count(*) <= $2"
    )
    return [row["node"] for row in await fetch(pool, query, nodes, _HUB)]


async def _passages(
    pool: "Pool", ranks: Mapping[int, float], scores: Mapping[int, float], owners: Mapping[int, int]
) -> dict[int, float]:
    """Return passages in the order of their items, of each item its best; of one that was not found, its beginning."""
    best: dict[int, int] = {}
    for passage in scores:
        if passage in owners:
            best.setdefault(owners[passage], passage)
    top = sorted((node for node in ranks if node > 0), key=lambda item: (-ranks[item], item))[:_ITEMS]
    query = "select distinct on (item) item, id from swarm.passages where item = any($1) order by item, number"
    rows = await fetch(pool, query, [item for item in top if item not in best])
    first = {row["item"]: row["id"] for row in rows}
    found = {(best | first)[item]: ranks[item] for item in top if item in best or item in first}
    least = min(found.values(), default=0.0)
    rest = {passage: least * score for passage, score in scores.items() if passage not in found}
    return found | rest
