"""Strategies: the ways to search the catalogue. All are asked alike, (query, k) -> passages.

The hybrid one adds scores, not ranks: both sides are brought to a range from 0 to 1 over the candidates of both, and
the semantic side weighs more, which is best on prose, on code and on titles alike (docs/benchmarks.md). Where even the
best match by words is a poor one, words weigh less: a question in other words than the text's shares some by chance.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from swarm.errors import ModelError, UsageError
from swarm.memory import postings, vectors
from swarm.memory.catalogue import Catalogue
from swarm.passages import Passage

if TYPE_CHECKING:
    from swarm.embedding import Embedder

Strategy = Literal["lexical", "semantic", "hybrid", "folders", "graph"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
_CANDIDATES = 200
_SEMANTIC = 0.65
"""What the semantic side weighs in the hybrid, where the words are to be trusted."""
_CHANCE, _SURE = 8.0, 20.0
"""BM25 scores of the best match: what a few words reach that are shared by chance, and what no chance does."""
_LEAST = 0.05
"""Cosine under which a passage has nothing to do with a query."""


@dataclass(frozen=True)
class Lexical:
    """By the words of the query: BM25."""

    catalogue: Catalogue

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return at most `k` passages that share a word with the query, best first."""
        scored = await postings.scores(self.catalogue.pool, query)
        return await self.catalogue.passages(scored.best(k))


@dataclass(frozen=True)
class Semantic:
    """By what the query means: cosine of embeddings."""

    catalogue: Catalogue
    embedder: "Embedder"

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return the `k` passages nearest to the query, nearest first. Raises ModelError."""
        pool, model = self.catalogue.pool, self.embedder.name
        vector = (await self.embedder([query]))[0]
        near = await vectors.nearest(pool, model, vector, k)
        return await self.catalogue.passages({id: score for id, score in near.items() if score >= _LEAST})


@dataclass(frozen=True)
class Hybrid:
    """By both; where there is no embedder, or it fails, by words alone."""

    catalogue: Catalogue
    embedder: "Embedder | None"

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return at most `k` passages, best first, with scores between 0 and 1."""
        found = await self.scores(query, max(k, _CANDIDATES))
        return await self.catalogue.passages(dict(list(found.items())[:k]))

    async def scores(self, query: str, candidates: int = _CANDIDATES) -> dict[int, float]:
        """Return the scores of the candidates of both sides, best first."""
        scored, vector = await asyncio.gather(postings.scores(self.catalogue.pool, query), self._vector(query))
        by_words = scored.best(candidates)
        by_meaning = await self._by_meaning(vector, list(by_words), candidates) if vector else {}
        both = {id: by_words.get(id, scored.of(id)) for id in (*by_words, *by_meaning)}
        return fused(both, by_meaning, scored.covered)

    async def _vector(self, query: str) -> list[float]:
        with suppress(ModelError):
            return (await self.embedder([query]))[0] if self.embedder else []
        return []

    async def _by_meaning(self, vector: list[float], others: list[int], candidates: int) -> dict[int, float]:
        assert self.embedder is not None, "a vector comes from somewhere"
        pool, model = self.catalogue.pool, self.embedder.name
        near = await vectors.nearest(pool, model, vector, candidates)
        missing = [id for id in others if id not in near]
        return near | await vectors.similarities(pool, model, vector, missing)


def fused(by_words: Mapping[int, float], by_meaning: Mapping[int, float], covered: float = 1.0) -> dict[int, float]:
    """Return the weighted sums, best first; what has no vector yet is taken for as near as the middle of the others.

    `covered` is how much of the query the best match by words has.
    """
    most = max(by_words.values(), default=0.0) or 1.0
    if not by_meaning:
        return _ranked({id: score / most for id, score in by_words.items()})
    least, top = max(min(by_meaning.values()), _LEAST), max(by_meaning.values())
    width = max(top - least, 1e-9)
    nearness = {id: min(max((score - least) / width, 0.0), 1.0) for id, score in by_meaning.items()}
    middle = sorted(nearness.values())[len(nearness) // 2]
    words = (1 - _SEMANTIC) * _trust(most, covered)
    words /= words + _SEMANTIC
    return _ranked(
        {
            id: words * score / most + (1 - words) * nearness.get(id, middle)
            for id, score in by_words.items()
            if score > 0 or by_meaning.get(id, 0.0) >= _LEAST
        }
    )


def _trust(most: float, covered: float) -> float:
    """Return how far words are to be trusted, from 0 to 1: as the best match covers the query or scores past chance."""
    return min(max(covered**2, (most - _CHANCE) / (_SURE - _CHANCE), 0.0), 1.0)


def choose(strategy: str, catalogue: Catalogue, embedder: "Embedder | None") -> "Search":
    """Return a strategy by its name; raises UsageError for one that does not exist or lacks an embedder."""
    from swarm.memory.folders import Folders
    from swarm.memory.graph import Graph

    hybrid = Hybrid(catalogue, embedder)
    made: dict[str, Callable[[], Search]] = {
        "lexical": lambda: Lexical(catalogue),
        "semantic": lambda: Semantic(catalogue, _needed(embedder)),
        "hybrid": lambda: hybrid,
        "folders": lambda: Folders(hybrid),
        "graph": lambda: Graph(hybrid),
    }
    if strategy not in made:
        raise UsageError(f"there is no strategy {strategy!r}; choose {', '.join(STRATEGIES)}")
    return made[strategy]()


def _needed(embedder: "Embedder | None") -> "Embedder":
    if embedder is None:
        raise UsageError("the strategy semantic needs an embedding model, and SWARM_EMBEDDINGS is none")
    return embedder


def _ranked(scores: Mapping[int, float]) -> dict[int, float]:
    return dict(sorted(scores.items(), key=lambda pair: (-pair[1], pair[0])))


if TYPE_CHECKING:
    from swarm.passages import Source as Search
