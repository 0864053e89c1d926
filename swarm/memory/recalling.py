"""Recalling: what of the memory a goal needs to be told of, without being asked; nothing, if nothing comes near.

Here a wrong passage costs more than a missing one, which is had by asking. A passage is judged by what it says, by the
headings above it, and by how much of what the goal's words weigh it has, each on its own scale, whatever the others are
like: the best of bad matches is none (benchmarks/recall.py).
"""

import math
from collections.abc import Mapping, Sequence

from swarm.memory import postings, vectors
from swarm.memory.headings import headed, paths
from swarm.memory.strategies import Hybrid
from swarm.passages import Passage
from swarm.words import terms

_CANDIDATES = 20
_HEADINGS = 1 / 3
"""What the headings weigh beside the text, in what a passage means."""
_WORDS = 0.4
"""What a passage that has all words of a goal is worth, beside a cosine."""
_NEAR = 0.5
"""Worth from which on the best passage is told."""
_AS_NEAR = 0.6
"""Worth from which on others are told, too, if they come close to the best."""
_CLOSE = 0.93
_MOST_WORDS = 0.65
"""Without vectors: how much of what a goal's words weigh a passage has to have, in however small a memory."""
_STRONG, _HALF = 0.4, 10.0
"""Or, in a large one: from which BM25 score on, of which this one counts half."""


async def recall(hybrid: Hybrid, goal: str, k: int) -> list[Passage]:
    """Return at most `k` passages that are about a goal, best first, with titles that say where they stand."""
    pool = hybrid.catalogue.pool
    scores = dict(list((await hybrid.scores(goal)).items())[:_CANDIDATES])
    found = await hybrid.catalogue.passages(scores)
    by_id = dict(zip(scores, found, strict=True)) if len(found) == len(scores) else {}
    if not by_id or k < 1:
        return []
    scored = await postings.scores(pool, goal)
    has = {id: _covered(passage, scored.rarities) for id, passage in by_id.items()}
    near = await _near(hybrid, goal, by_id)
    if near:
        worth = {id: near.get(id, 0.0) + _WORDS * has[id] for id in by_id}
    else:
        worth = {id: _NEAR * _worth_by_words(scored.of(id), has[id]) for id in by_id}
    best = sorted(worth, key=lambda id: (-worth[id], id))
    told = [
        id
        for id in best
        if (id == best[0] and worth[id] >= _NEAR) or worth[id] >= max(_AS_NEAR, _CLOSE * worth[best[0]])
    ]
    named = await headed(pool, [by_id[id] for id in told[:k]])
    return [
        each.model_copy(update={"score": round(min(worth[id], 1.0), 4)}) for id, each in zip(told, named, strict=False)
    ]


async def _near(hybrid: Hybrid, goal: str, passages: Mapping[int, Passage]) -> dict[int, float]:
    """Return how near passages are to a goal by meaning, their headings included; nothing where that is not known."""
    if hybrid.embedder is None:
        return {}
    above = await paths(hybrid.catalogue.pool, list(passages.values()))
    named = sorted({path for path in above if path})
    asked, *made = await hybrid.embedder([goal, *named])
    headings = dict(zip(named, (_dot(asked, vector) for vector in made), strict=True))
    texts = await vectors.similarities(hybrid.catalogue.pool, hybrid.embedder.name, asked, list(passages))
    return {
        id: (1 - _HEADINGS) * texts[id] + _HEADINGS * headings.get(path, texts[id])
        for id, path in zip(passages, above, strict=True)
        if id in texts
    }


def _covered(passage: Passage, rarities: Mapping[str, float]) -> float:
    """Return how much of what the goal's words weigh a passage has, from 0 to 1."""
    has = set(terms(f"{passage.title} {passage.text}"))
    return sum(weight for term, weight in rarities.items() if term in has) / (sum(rarities.values()) or 1.0)


def _worth_by_words(score: float, has: float) -> float:
    """Return what a passage is worth by its words alone: 1 is enough to be told."""
    return max(has / _MOST_WORDS, score / (score + _HALF) * math.sqrt(has) / _STRONG)


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
