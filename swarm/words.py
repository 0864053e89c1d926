"""Words: a text as the terms it is found by: parts of camelCase beside the names, no stop words, English stems.

The same word is the same term however its letters are composed, wide or narrow, pointed or not (Unicode, TR15: NFKC).
"""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regex import Pattern
    from Stemmer import Stemmer  # type: ignore[import-not-found]

_LONGEST = 64
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u0640\u064b-\u065f\u0670\u180e\u200b-\u200f\u2060-\u2064\ufeff]")
"""Soft hyphens, what has no width, and the points of Arabic, which most texts leave out."""
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# fmt: off
STOP = frozenset((
    "a", "about", "an", "and", "are", "as", "at", "be", "by", "can", "did", "do", "does", "for", "from", "had", "has",
    "have", "how", "i", "if", "in", "into", "is", "it", "its", "me", "of", "on", "or", "our", "s", "should", "so",
    "that", "the", "their", "them", "there", "these", "they", "this", "to", "us", "was", "we", "were", "what", "when",
    "where", "which", "who", "why", "will", "with", "would", "you", "your",
))
# fmt: on


def split(text: str) -> list[str]:
    """Return all words of a text in order, in one spelling of their letters."""
    found: list[str] = _word().findall(_UNSEEN.sub("", unicodedata.normalize("NFKC", text)))
    return found


def folded(word: str) -> str:
    """Return a word as others would write it in lower case; the Turkish dotted I is an i."""
    return word.casefold().replace("i\u0307", "i")


def words(text: str) -> list[str]:
    """Return the words of a text that carry meaning, as written, in order."""
    return [word for word in split(text) if word.lower() not in STOP]


def terms(text: str) -> list[str]:
    """Return the terms of a text in order, with repeats."""
    found: list[str] = []
    for word in split(text):
        parts = _CAMEL.findall(word) if not word.islower() and word.isascii() else []
        for part in (word, *parts) if len(parts) > 1 else (word,):
            term = folded(part)
            if term not in STOP:
                found.append(term[:_LONGEST])
    stems: list[str] = _stemmer().stemWords(found)
    return stems


@cache
def _word() -> "Pattern[str]":
    """Return what a word is: a vowel sign or an accent is a part of it, and a sign of Chinese or Japanese one."""
    import regex  # takes its time, and many commands need no words

    return regex.compile(rf"[{_CJK}]|[[\p{{L}}\p{{N}}\p{{M}}]--[{_CJK}]]+", regex.VERSION1)


@cache
def _stemmer() -> "Stemmer":
    from Stemmer import Stemmer

    return Stemmer("english")
