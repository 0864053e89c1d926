"""Views: the texts by which a function is found, and their words in the few bytes that an index keeps of them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from swarm.functions.records import Function
from swarm.words import terms

if TYPE_CHECKING:
    import numpy as np

WORDS = {"name": 2.0, "description": 1.0, "parameters": 0.5, "goals": 0.5}
"""What a word of each view counts. Of the goals each word counts once, however many of them have it."""
MEANING = ("what", "title", "goals")
"""The views that have a vector: name with description, the name alone, the goals."""
TITLE = 1 / 3
"""What the name alone weighs in the meaning of a function, beside name and description."""
PACKED = [("term", ">u4"), ("weight", "u1")]
"""One term of a function: a hash of it, and what it counts there, in quarters."""
ENTRY_BYTES = 5
_QUARTERS = 4


def views_of(function: Function, goals: Sequence[str]) -> dict[str, str]:
    """Return the texts by which a function is found; `goals` are those it has helped with."""
    described = " ".join(f"{name} {part.get('description', '')}" for name, part in function.properties.items())
    title = function.name.replace("_", " ")
    return {
        "name": title,
        "description": function.description,
        "parameters": described,
        "goals": "\n".join(goals),
        "what": f"{title}: {function.description}",
        "title": title,
    }


def weights_of(views: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Return what each term counts in each view."""
    told = {view: Counter(terms(views[view])) for view in WORDS}
    told["goals"] = Counter(set(told["goals"]))
    return {view: {term: WORDS[view] * count for term, count in told[view].items()} for view in WORDS}


def packed(views: Mapping[str, str]) -> bytes:
    """Return the terms of a function with what each of them counts."""
    import numpy as np

    total: defaultdict[str, float] = defaultdict(float)
    for weights in weights_of(views).values():
        for term, weight in weights.items():
            total[term] += weight
    rows = sorted((hash_of(term), min(round(weight * _QUARTERS), 255)) for term, weight in total.items())
    return np.array(rows, dtype=PACKED).tobytes()


def unpacked(told: bytes) -> "tuple[np.ndarray, np.ndarray]":
    """Return the hashes of packed terms, and what each of them counts; of several functions one after the other."""
    import numpy as np

    rows = np.frombuffer(told, PACKED)
    return rows["term"].astype(np.uint32), rows["weight"].astype(np.float32) / _QUARTERS


def hash_of(term: str) -> int:
    """Return the number by which a term is known."""
    return crc32(term.encode())
