"""Names: a title as others mention it, and where a text mentions one."""

import re
from collections.abc import Iterable, Iterator, Mapping

from swarm.words import STOP, WORD

MOST_WORDS = 8
_ASIDE = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_LEAST = 3


def name_of(title: str) -> str:
    """Return a title's words in lower case, without what stands in brackets; empty if nobody could mention it."""
    found = WORD.findall(_ASIDE.sub("", title)) or WORD.findall(title)
    bare = [word.casefold() for word in found]
    if not 1 <= len(bare) <= MOST_WORDS or all(word in STOP or word.isdecimal() for word in bare):
        return ""
    if len(bare) == 1 and (len(bare[0]) < _LEAST or found[0].islower()):
        return ""
    return " ".join(bare)


def first_words(texts: Iterable[str]) -> set[str]:
    """Return the words with which a name that these texts mention may begin."""
    return {word.casefold() for text in texts for word in WORD.findall(text)}


def mentioned(text: str, names: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the names in a text, the longest at each place; `names` are listed by their first word."""
    written = WORD.findall(text)
    bare = [word.casefold() for word in written]
    at = 0
    while at < len(bare):
        there = [name for name in names.get(bare[at], ()) if _stands(name, bare, written, at)]
        longest = max(there, key=len, default="")
        if longest:
            yield longest
        at += longest.count(" ") + 1


def _stands(name: str, bare: list[str], written: list[str], at: int) -> bool:
    parts = name.split(" ")
    # A single word is a name only where it is written like one.
    return bare[at : at + len(parts)] == parts and (len(parts) > 1 or not written[at].islower())
