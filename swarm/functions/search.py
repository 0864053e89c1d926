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
from swarm.functions.vectors import vectors_of
from swarm.functions.views import MEANING, hash_of, views_of, weights_of
from swarm.nodes import Noun
from swarm.words import terms

if TYPE_CHECKING:
    import asyncpg
    import numpy as np

    from swarm.embedding import Embedder

    Pool = asyncpg.Pool[asyncpg.Record]

_MEANING = 0.8
"""What meaning weighs beside words."""
_TITLE = 1 / 3
"""What the name alone weighs in the meaning of a function, beside name and description."""
_K1, _B = 1.2, 0.4
_HALF = 5.0
"""BM25 score that counts half."""
_UNRELATED = 0.05
"""Cosine of texts that have nothing to do with each other, unless the model puts most functions nearer than that."""
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
        cosines = await self._cosines(index, query, np.argsort(-words, kind="stable"))
        scores = blended(words, covered, cosines)
        for name in exact_names(index, query):
            scores[index.places[name]] = 1.0
        best = [int(at) for at in np.argsort(-scores, kind="stable")[:k] if scores[at] >= _LEAST]
        return await self._hits(index, query, {index.names[at]: float(scores[at]) for at in best}, cosines)

    async def _cosines(self, index: Index, query: str, first: "np.ndarray") -> "dict[str, np.ndarray]":
        """Return the cosine of the query with each function, by view; nothing without an embedder, or if it fails."""
        import numpy as np

        if self._embedder is None:
            return {}
        with suppress(ModelError):
            asked = np.array((await self._embedder([query]))[0], dtype=np.float32)
            vectors = await vectors_of(self._pool, index, self._embedder, len(asked), first.tolist())
            return vectors.cosines(asked)
        return {}

    async def _hits(
        self, index: Index, query: str, scores: Mapping[str, float], cosines: "Mapping[str, np.ndarray]"
    ) -> list[Hit]:
        """Read the functions that were found; one that was removed or quarantined meanwhile is left out."""
        names = list(scores)
        versions = {each.name: each for each in await self._library.current(names) if each.is_callable}
        goals = await self._library.goals(names)
        hits = []
        for name in (name for name in names if name in versions):
            views = views_of(versions[name].function, goals.get(name, []))
            near = {view: float(cosines[view][index.places[name]]) for view in cosines}
            near = {view: cosine for view, cosine in near.items() if cosine == cosine}
            compared = [near[view] for view in ("what", "goals") if view in near]
            hits.append(
                Hit(
                    version=versions[name],
                    score=round(scores[name], 4),
                    views=_shown(query, views) | {f"semantic {view}": round(near[view], 3) for view in near},
                    cosine=max(compared) if compared else None,
                    shared=_share(query, views),
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


def blended(words: "np.ndarray", covered: "np.ndarray", cosines: "Mapping[str, np.ndarray]") -> "np.ndarray":
    """Return the score of each function, from 0 to 1.

    Beside meaning, words count as far as the function covers the query; where it has no vector, they are all there is.
    """
    import numpy as np

    absolute = words / (words + _HALF)
    if not cosines:
        return absolute
    what, title, goals = (cosines[view] for view in MEANING)
    near = (1 - _TITLE) * what + _TITLE * np.where(np.isnan(title), what, title)
    near = np.fmax(near, goals)
    is_known = ~np.isnan(near)
    if not is_known.any():
        return absolute
    middle = float(np.median(near[is_known])) if is_known.sum() > _FEW else 0.0
    floor = min(max(_UNRELATED, middle), 0.95)
    meant = np.clip((near - floor) / (1 - floor), 0.0, 1.0)
    scores = np.where(is_known, _MEANING * meant + (1 - _MEANING) * absolute * covered**2, absolute * covered)
    return np.asarray(scores)


def exact_names(index: Index, query: str) -> list[str]:
    """Return the functions that a query names: by nothing but the name, or by one that is no English word."""
    asked = query.strip().casefold()
    named = {each for each in _NAME.findall(asked) if "_" in each}
    return sorted(name for name in named | {asked, "_".join(asked.split())} if name in index.places)


def _shown(query: str, views: Mapping[str, str]) -> dict[str, float]:
    """Return which views have words of the query, and how much of all that those words count each has."""
    wanted = set(terms(query))
    told = {
        view: sum(weight for term, weight in weights.items() if term in wanted)
        for view, weights in weights_of(views).items()
    }
    whole = sum(told.values()) or 1.0
    return {view: round(weight / whole, 3) for view, weight in told.items() if weight}


def _share(query: str, views: Mapping[str, str]) -> float:
    wanted = set(terms(query))
    return len(wanted & set(terms(f"{views['what']} {views['goals']}"))) / max(1, len(wanted))
