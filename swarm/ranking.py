"""Ranking: the best few passages within one source, by BM25 over the passages at hand; no index is kept."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from swarm.passages import Passage
from swarm.words import terms

# Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), usual values.
_K1 = 1.2
_B = 0.75


def best(passages: Sequence[Passage], query: str, k: int) -> list[Passage]:
    """Return at most `k` passages that share a word with the query, best first, scored.

    An empty query, or one that nothing answers, gets the beginning, shared fairly over the items (`spread`).
    """
    scores = relevance([f"{p.title} {p.uri} {p.text}" for p in passages], query)
    ranked = sorted(range(len(passages)), key=lambda i: -scores[i])[: max(k, 0)]
    found = [passages[i].model_copy(update={"score": round(scores[i], 4)}) for i in ranked if scores[i] > 0]
    return found or spread(passages, k)


def spread(passages: Iterable[Passage], k: int) -> list[Passage]:
    """Return `k` passages from the beginnings of all items: each one's first, then each one's second, and so on."""
    rounds: Counter[str] = Counter()
    order: dict[str, int] = {}
    turns: list[tuple[int, int, Passage]] = []
    for passage in passages:
        turns.append((rounds[passage.uri], order.setdefault(passage.uri, len(order)), passage))
        rounds[passage.uri] += 1
    chosen = sorted(turns, key=lambda turn: turn[:2])[: max(k, 0)]
    return [passage for _, _, passage in sorted(chosen, key=lambda turn: (turn[1], turn[0]))]


def best_names(names: Sequence[str], query: str, k: int) -> list[str]:
    """Return at most `k` names (paths, titles) that share a word with the query, best first."""
    scores = relevance(names, query)
    ranked = sorted(range(len(names)), key=lambda i: -scores[i])[:k]
    return [names[i] for i in ranked if scores[i] > 0]


def relevance(texts: Sequence[str], query: str) -> list[float]:
    """Return how well each text answers a query, by BM25 among these texts: 0 where they share no word."""
    return _scores([Counter(terms(text)) for text in texts], Counter(terms(query)))


def _scores(documents: list[Counter[str]], query: Counter[str]) -> list[float]:
    if not documents or not query:
        return [0.0] * len(documents)
    sizes = [sum(document.values()) for document in documents]
    mean = sum(sizes) / len(sizes) or 1.0
    within = {term: sum(term in document for document in documents) for term in query}
    rarity = {term: math.log(1 + (len(documents) - n + 0.5) / (n + 0.5)) for term, n in within.items()}
    return [
        sum(repeats * rarity[term] * _weight(document[term], size / mean) for term, repeats in query.items())
        for document, size in zip(documents, sizes, strict=True)
    ]


def _weight(count: int, size: float) -> float:
    return count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * size))
