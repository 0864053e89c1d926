"""Names: a title as others mention it, and where a text mentions one."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from swarm.words import STOP, folded, split

MOST_WORDS = 8
_ASIDE = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_LEAST = 3


def name_of(title: str) -> str:
    """Return a title's words in lower case, without what stands in brackets; empty if nobody could mention it."""
    found = split(_ASIDE.sub("", title)) or split(title)
    bare = [folded(word) for word in found]
    if not 1 <= len(bare) <= MOST_WORDS or all(word in STOP or word.isdecimal() for word in bare):
        return ""
    if len(bare) == 1 and (len(bare[0]) < _LEAST or found[0].islower()):
        return ""
    return " ".join(bare)


def first_words(texts: Iterable[str]) -> set[str]:
    """Return the words with which a name that these texts mention may begin."""
    return {folded(word) for text in texts for word in split(text)}


class Names:
    """Items by their names, so that a text is looked through in one pass. A name of too many items says nothing."""

    def __init__(self, rows: Iterable[tuple[int, str]], namesakes: int) -> None:
        self._items: defaultdict[str, list[int]] = defaultdict(list)
        for item, name in rows:
            self._items[name].append(item)
        self._lengths: defaultdict[str, set[int]] = defaultdict(set)
        for name, items in self._items.items():
            if len(items) <= namesakes:
                self._lengths[name.partition(" ")[0]].add(name.count(" ") + 1)
        self._most = namesakes

    def mentioned(self, text: str) -> set[int]:
        """Return the items that a text names, of names that begin alike the longest."""
        written = split(text)
        bare = [folded(word) for word in written]
        found, at = set[int](), 0
        while at < len(bare):
            name = self._longest(bare, written, at) if bare[at] in self._lengths else ""
            found |= set(self._items[name]) if name else set()
            at += name.count(" ") + 1
        return found

    def _longest(self, bare: Sequence[str], written: Sequence[str], at: int) -> str:
        for length in sorted(self._lengths[bare[at]], reverse=True):
            # A single word is a name only where it is written like one.
            name = " ".join(bare[at : at + length])
            if len(self._items.get(name, ())) in range(1, self._most + 1) and (length > 1 or not written[at].islower()):
                return name
        return ""
