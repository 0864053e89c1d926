"""Search: the functions that may do what is wanted, led by what it means; words settle what is near, and exact names.

Meaning is the cosine of embeddings, of name and description, of the name alone, and of the goals a function has helped
with. Words are BM25 over name, description, parameters and goals, on an absolute scale: a word that is shared by chance
counts little, however little the others share (docs/benchmarks.md). Without an embedder the words remain.
"""

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from swarm.errors import ModelError
from swarm.functions.index import Index, index_of
from swarm.functions.library import Library
from swarm.functions.records import Version
from swarm.functions.vectors import FunctionVectors, vectors_of
from swarm.functions.views import hash_of, views_of, weights_of
from swarm.nodes import Noun
from swarm.words import terms

if TYPE_CHECKING:
    import asyncpg
    import numpy as np

    from swarm.embedding import Embedder

    Pool = asyncpg.Pool[asyncpg.Record]

_MEANING = 0.8
"""What meaning weighs beside words."""
_K1, _B = 1.2, 0.4
_HALF = 5.0
"""BM25 score that counts half."""
_UNRELATED = 0.05
"""Cosine of texts that have nothing to do with each other, unless the model puts most functions nearer than that."""
_NEAREST = 0.95
_FEW = 20
"""Functions up to which their middle says nothing about the model."""
_LEAST = 0.05
"""Score under which nothing is shown."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Hit(Noun):
    """A function that was found: `score` between 0 and 1, and what each view gave, for those who wonder why."""

    version: Version
    score: float
    views: dict[str, float]
    cosine: float | None = None
    """Of query and function, or of query and the goals it helped with; None without a vector."""
    shared: float = 0.0
    """Share of the query's words that its name, its description or those goals have."""


class Search:
    """Finds functions that are called by name, quarantined ones left out."""

    def __init__(self, pool: "Pool", embedder: "Embedder | None") -> None:
        self._pool, self._embedder = pool, embedder
        self._library = Library(pool)

    async def __call__(self, query: str, k: int = 8) -> list[Hit]:
        """Return at most `k` functions, best first; an embedder that fails is done without."""
        import numpy as np

        index = await index_of(self._pool)
        if not index.names or not query.strip() or k < 1:
            return []
        words, covered = word_scores(index, query)
        asked, vectors = await self._meaning(index, query, np.argsort(-words, kind="stable"))
        scores = blended(words, covered, vectors.nearness(asked) if vectors else None)
        for name in exact_names(index, query):
            scores[index.places[name]] = 1.0
        best = [int(at) for at in np.argsort(-scores, kind="stable")[:k] if scores[at] >= _LEAST]
        found = await self._read({index.names[at]: float(scores[at]) for at in best}, query)
        if vectors is None:
            return found
        return [_with_cosines(hit, vectors.cosines(hit.version.name, asked)) for hit in found]

    async def _meaning(
        self, index: Index, query: str, first: "np.ndarray"
    ) -> "tuple[np.ndarray, FunctionVectors | None]":
        """Return the vector of the query and those of the functions; none without an embedder, or if it fails."""
        import numpy as np

        if self._embedder is not None:
            with suppress(ModelError):
                asked = np.array((await self._embedder([query]))[0], dtype=np.float32)
                return asked, await vectors_of(self._pool, index, self._embedder, len(asked), first.tolist())
        return np.zeros(0), None

    async def _read(self, scores: Mapping[str, float], query: str) -> list[Hit]:
        """Read the functions that were found; one that was removed or quarantined meanwhile is left out."""
        names, wanted = list(scores), set(terms(query))
        versions = {each.name: each for each in await self._library.current(names) if each.is_callable}
        goals = await self._library.goals(names)
        hits = []
        for name in (name for name in names if name in versions):
            weights = weights_of(views_of(versions[name].function, goals.get(name, [])))
            told = {view: sum(weights[view][term] for term in wanted & weights[view].keys()) for view in weights}
            has = wanted & set().union(*(weights[view] for view in ("name", "description", "goals")))
            hits.append(
                Hit(
                    version=versions[name],
                    score=round(scores[name], 4),
                    views={view: round(each / sum(told.values()), 3) for view, each in told.items() if each},
                    shared=len(has) / max(1, len(wanted)),
                )
            )
        return hits


def word_scores(index: Index, query: str) -> "tuple[np.ndarray, np.ndarray]":
    """Return the BM25 score of each function, and how much of what the query's words weigh it has, from 0 to 1."""
    import numpy as np

    n = len(index.names)
    found, covered, whole = np.zeros(n), np.zeros(n), 0.0
    norm = _K1 * (1 - _B + _B * index.sizes / (index.sizes.mean() or 1.0))
    for term, repeats in Counter(terms(query)).items():
        places, weights = index.entries(hash_of(term))
        rarity = np.log1p((n - len(places) + 0.5) / (len(places) + 0.5))
        found[places] += repeats * rarity * weights * (_K1 + 1) / (weights + norm[places])
        covered[places] += rarity
        whole += rarity
    return found, covered / (whole or 1.0)


def blended(words: "np.ndarray", covered: "np.ndarray", near: "np.ndarray | None") -> "np.ndarray":
    """Return the score of each function, from 0 to 1.

    Beside meaning, words count as far as the function covers the query; where it has no vector, they are all there is.
    """
    import numpy as np

    absolute = words / (words + _HALF)
    if near is None or np.isnan(near).all():
        return np.asarray(absolute)
    is_known = ~np.isnan(near)
    middle = float(np.median(near[is_known])) if is_known.sum() > _FEW else 0.0
    floor = min(max(_UNRELATED, middle), _NEAREST)
    meant = np.clip((near - floor) / (1 - floor), 0.0, 1.0)
    scores = np.where(is_known, _MEANING * meant + (1 - _MEANING) * absolute * covered**2, absolute * covered)
    return np.asarray(scores)


def exact_names(index: Index, query: str) -> list[str]:
    """Return the functions that a query names: by nothing but the name, or by one that is no English word."""
    asked = query.strip().casefold()
    named = {each for each in _NAME.findall(asked) if "_" in each}
    return sorted(name for name in named | {asked, "_".join(asked.split())} if name in index.places)


def _with_cosines(hit: Hit, near: Mapping[str, float]) -> Hit:
    compared = [near[view] for view in ("what", "goals") if view in near]
    views = hit.views | {f"semantic {view}": round(cosine, 3) for view, cosine in near.items()}
    return hit.model_copy(update={"views": views, "cosine": max(compared) if compared else None})
