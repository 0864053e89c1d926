"""Recalling: what of the memory a goal needs to be told of, without being asked; nothing, if nothing comes near."""

from swarm.memory import vectors
from swarm.memory.strategies import Hybrid
from swarm.passages import Passage
from swarm.words import terms

_CANDIDATES = 20
_NEAR = 0.4
"""Cosine from which on a passage is about the same."""
_SHARED = 0.5
"""Share of a goal's words that a passage has to have, where there are no vectors."""


async def recall(hybrid: Hybrid, goal: str, k: int) -> list[Passage]:
    """Return at most `k` passages that are about a goal, best first: one of each item."""
    scores = dict(list((await hybrid.scores(goal)).items())[:_CANDIDATES])
    near = await _near(hybrid, goal, list(scores))
    wanted = set(terms(goal))
    passages = await hybrid.catalogue.passages(scores)
    chosen: dict[str, Passage] = {}
    for id, passage in zip(scores, passages, strict=False):
        shared = len(wanted & set(terms(f"{passage.title} {passage.text}"))) / max(len(wanted), 1)
        if near.get(id, 0.0) >= _NEAR or shared >= _SHARED:
            chosen.setdefault(passage.uri, passage)
    return list(chosen.values())[:k]


async def _near(hybrid: Hybrid, goal: str, passages: list[int]) -> dict[int, float]:
    if hybrid.embedder is None or not passages:
        return {}
    vector = (await hybrid.embedder([goal]))[0]
    return await vectors.similarities(hybrid.catalogue.pool, hybrid.embedder.name, vector, passages)
