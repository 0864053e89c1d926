"""Search: the functions that may do what is wanted, by four views of each (name, description, parameters, goals).

Lexical scores (BM25 within a view) and semantic ones (cosine of embeddings) are added with weights, not merged by
ranks; without an embedder the lexical ones remain.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from swarm.errors import ModelError
from swarm.functions.library import Library
from swarm.functions.records import Function, Version
from swarm.keys import digest
from swarm.nodes import Noun
from swarm.outages import patiently
from swarm.ranking import relevance
from swarm.words import terms

if TYPE_CHECKING:
    import asyncpg

    from swarm.embedding import Embedder

    Pool = asyncpg.Pool[asyncpg.Record]

_LEXICAL = {"name": 0.3, "description": 0.4, "parameters": 0.1, "goals": 0.2}
_SEMANTIC = {"what": 0.75, "goals": 0.25}
_FROM = 0.15
"""Cosine of texts that have nothing to do with each other; counted as none."""
_LEAST = 0.1
"""Score under which nothing is shown."""


class Hit(Noun):
    """A function that was found: `score` between 0 and 1, and what each view gave, for those who wonder why."""

    version: Version
    score: float
    views: dict[str, float]
    cosine: float | None = None
    """Of query and function, or of query and the nearest goals it helped with; None without an embedder."""
    shared: float = 0.0
    """Share of the query's words that its name, its description or those goals have."""


class Search:
    """Finds functions that are called by name, quarantined ones left out."""

    def __init__(self, pool: "Pool", embedder: "Embedder | None") -> None:
        self._pool, self._embedder = pool, embedder
        self._library = Library(pool)

    async def __call__(self, query: str, k: int = 8) -> list[Hit]:
        """Return at most `k` functions, best first; an embedder that fails is done without."""
        versions = [each for each in await self._library.current() if each.status != "quarantined"]
        if not versions or not query.strip():
            return []
        goals = await self._library.goals()
        texts = [views_of(each.function, goals.get(each.name, [])) for each in versions]
        parts = [_lexical(texts, query)]
        with suppress(ModelError):
            parts.append(await self._semantic([each.name for each in versions], texts, query))
        hits = [
            Hit(
                version=each,
                score=round(sum(map(_total, found)) / len(found), 4),
                views=_shown(found),
                cosine=_cosine(found[1]) if len(found) > 1 else None,
                shared=_share(query, text),
            )
            for each, text, *found in zip(versions, texts, *(part for part in parts if part), strict=True)
        ]
        best = sorted((hit for hit in hits if hit.score >= _LEAST), key=lambda hit: (-hit.score, hit.version.name))
        return best[: max(k, 0)]

    async def _semantic(
        self, names: Sequence[str], texts: Sequence[Mapping[str, str]], query: str
    ) -> list[dict[str, float]]:
        if self._embedder is None:
            return []
        known = await self._vectors(names, texts)
        asked = (await self._embedder([query]))[0]
        return [
            {
                f"semantic {view}": weight * max(0.0, (_dot(asked, known[name, view]) - _FROM) / (1 - _FROM))
                for view, weight in _SEMANTIC.items()
                if (name, view) in known
            }
            for name in names
        ]

    async def _vectors(
        self, names: Sequence[str], texts: Sequence[Mapping[str, str]]
    ) -> dict[tuple[str, str], list[float]]:
        """Return the vector of each view of each function; those that are missing or stale are made and kept."""
        assert self._embedder is not None
        embedder, model = self._embedder, self._embedder.name
        query = "select name, view, text_hash, vector from swarm.function_vectors where model = $1"
        rows = await patiently(lambda: self._pool.fetch(query, model))
        kept = {(row["name"], row["view"], row["text_hash"]): row["vector"] for row in rows}
        wanted = [
            (name, view, told[view])
            for name, told in zip(names, texts, strict=True)
            for view in _SEMANTIC
            if told[view]
        ]
        missing = [each for each in wanted if (each[0], each[1], digest(each[2])) not in kept]
        made = await embedder([text for _, _, text in missing]) if missing else []
        fresh = [
            (name, view, model, digest(text), vector) for (name, view, text), vector in zip(missing, made, strict=True)
        ]
        if fresh:
            statement = (
                "insert into swarm.function_vectors (name, view, model, text_hash, vector) values ($1, $2, $3, $4, $5)"
                " on conflict (name, view, model)"
                " do update set text_hash = excluded.text_hash, vector = excluded.vector"
            )
            await patiently(lambda: self._pool.executemany(statement, fresh))
        kept |= {(name, view, hashed): vector for name, view, _, hashed, vector in fresh}
        return {(name, view): kept[name, view, digest(text)] for name, view, text in wanted}


def _cosine(semantic: Mapping[str, float]) -> float:
    """Return the cosine that a weighted semantic view stands for, of the nearest view."""
    nearness = [semantic.get(f"semantic {view}", 0.0) / weight for view, weight in _SEMANTIC.items()]
    return max(nearness) * (1 - _FROM) + _FROM if max(nearness) > 0 else 0.0


def _share(query: str, views: Mapping[str, str]) -> float:
    wanted = set(terms(query))
    return len(wanted & set(terms(f"{views['what']} {views['goals']}"))) / max(1, len(wanted))


def views_of(function: Function, goals: Sequence[str]) -> dict[str, str]:
    """Return the texts by which a function is found; `goals` are those it has helped with."""
    described = " ".join(f"{name} {part.get('description', '')}" for name, part in function.properties.items())
    words = function.name.replace("_", " ")
    return {
        "name": words,
        "description": function.description,
        "parameters": described,
        "goals": "\n".join(goals),
        "what": f"{words}: {function.description}",
    }


def _lexical(texts: Sequence[Mapping[str, str]], query: str) -> list[dict[str, float]]:
    """Score each view by its share of the best there; a view in which nothing fits gives nothing."""
    found: list[dict[str, float]] = [{} for _ in texts]
    for view, weight in _LEXICAL.items():
        scores = relevance([each[view] for each in texts], query)
        most = max(scores, default=0.0)
        for at, score in enumerate(scores):
            found[at][view] = weight * score / most if most > 0 else 0.0
    return found


def _total(views: Mapping[str, float]) -> float:
    return sum(views.values())


def _shown(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: round(score, 3) for part in parts for name, score in part.items() if score > 0}


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))
