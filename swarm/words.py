"""Words: a text as the terms it is found by: parts of camelCase beside the names, no stop words, English stems."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from Stemmer import Stemmer  # type: ignore[import-not-found]

_LONGEST = 64
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# fmt: off
STOP = frozenset((
    "a", "about", "an", "and", "are", "as", "at", "be", "by", "can", "did", "do", "does", "for", "from", "had", "has",
    "have", "how", "i", "if", "in", "into", "is", "it", "its", "me", "of", "on", "or", "our", "s", "should", "so",
    "that", "the", "their", "them", "there", "these", "they", "this", "to", "us", "was", "we", "were", "what", "when",
    "where", "which", "who", "why", "will", "with", "would", "you", "your",
))
# fmt: on


def words(text: str) -> list[str]:
    """Return the words of a text that carry meaning, as written, in order."""
    return [word for word in WORD.findall(text) if word.lower() not in STOP]


def terms(text: str) -> list[str]:
    """Return the terms of a text in order, with repeats."""
    found: list[str] = []
    for word in WORD.findall(text):
        parts = _CAMEL.findall(word) if not word.islower() and word.isascii() else []
        for part in (word, *parts) if len(parts) > 1 else (word,):
            term = part.casefold()
            if term not in STOP:
                found.append(term[:_LONGEST])
    stems: list[str] = _stemmer().stemWords(found)
    return stems


@cache
def _stemmer() -> "Stemmer":
    from Stemmer import Stemmer

    return Stemmer("english")
