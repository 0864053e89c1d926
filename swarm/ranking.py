"""Ranking: the best few passages within one source, by BM25 over the passages at hand; no index is kept."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from swarm.passages import Passage

# Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), usual values.
_K1 = 1.2
_B = 0.75

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_STOP = frozenset(
    [
        "a",
        "about",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "me",
        "of",
        "on",
        "or",
        "our",
        "s",
        "should",
        "so",
        "that",
        "the",
        "their",
        "them",
        "there",
        "these",
        "they",
        "this",
        "to",
        "us",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)


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


def words(query: str) -> list[str]:
    """Return the words of a query that carry meaning, as written, in order."""
    return [word for word in _WORD.findall(query) if word.lower() not in _STOP]


def relevance(texts: Sequence[str], query: str) -> list[float]:
    """Return how well each text answers a query, by BM25 among these texts: 0 where they share no word."""
    return _scores([_terms(text) for text in texts], _terms(query))


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


def _terms(text: str) -> Counter[str]:
    """Count the words, with the parts of camelCase names beside the names, stop words left out, endings cut."""
    counts: Counter[str] = Counter()
    for word in _WORD.findall(text):
        parts = _CAMEL.findall(word) if not word.islower() and word.isascii() else []
        for term in {word, *parts} if len(parts) > 1 else (word,):
            if term.lower() not in _STOP:
                counts[_stem(term.casefold())] += 1
    return counts


def _stem(word: str) -> str:
    """Cut the commonest English endings; enough within one source, where an index would use a real stemmer."""
    for ending in ("ings", "ing", "ies", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word
