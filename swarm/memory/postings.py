"""Postings: the lexical index. BM25 over tables, exact, and changed in one transaction with what it indexes.

A segment is a range of passage ids. One row holds, for one term and one segment, the passages that have the term,
how often, and how long they are; so a query of ten terms over 100,000 passages reads some 250 rows.
Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from swarm.outages import fetch, patiently
from swarm.words import terms

if TYPE_CHECKING:
    import asyncpg
    import numpy as np

    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

SEGMENT = 4096
_K1, _B = 1.5, 0.75
_ENTRY = [("at", "<u2"), ("count", "u1"), ("size", "<u2")]
_BYTES = 5
_MOST = 65_535
_MOST_TERMS = 256
"""Different terms of a query that are looked up."""
_TITLE = 2
"""How often a title counts."""


class Scored(NamedTuple):
    """The score of each passage that has a term of the query, by passage id less `first`.

    `covered` is how much of what the query's terms weigh the best passage has, from 0 to 1; `rarities` is what each of
    them weighs.
    """

    first: int
    values: "np.ndarray"
    covered: float = 0.0
    rarities: Mapping[str, float] = MappingProxyType({})

    def best(self, k: int) -> dict[int, float]:
        """Return the `k` best passages with their scores, best first."""
        import numpy as np

        values = self.values
        if not len(values) or k < 1:
            return {}
        found = np.argpartition(-values, min(k, len(values) - 1))[:k]
        ranked = sorted((int(at) for at in found if values[at] > 0), key=lambda at: (-values[at], at))
        return {self.first + at: float(values[at]) for at in ranked}

    def of(self, passage: int) -> float:
        """Return the score of one passage."""
        at = passage - self.first
        return float(self.values[at]) if 0 <= at < len(self.values) else 0.0


def indexed(title: str, text: str) -> Counter[str]:
    """Return what a passage is found by."""
    found: Counter[str] = Counter(terms(text))
    for term in terms(title):
        found[term] += _TITLE
    return found


async def enter(connection: "Connection", passages: Mapping[int, Counter[str]]) -> None:
    """Add passages, by id, to the index; within a transaction that holds the catalogue's lock."""
    rows: defaultdict[tuple[str, int], bytearray] = defaultdict(bytearray)
    for passage, counts in passages.items():
        segment, at = divmod(passage, SEGMENT)
        size = min(counts.total(), _MOST).to_bytes(2, "little")
        for term, count in counts.items():
            rows[term, segment] += at.to_bytes(2, "little") + bytes([min(count, 255)]) + size
    keys = sorted(rows)
    await connection.execute(
        "insert into swarm.postings (term, segment, entries) select * from unnest($1::text[], $2::int[], $3::bytea[])"
        " on conflict (term, segment) do update set entries = postings.entries || excluded.entries",
        *([term for term, _ in keys], [segment for _, segment in keys], [bytes(rows[key]) for key in keys]),
    )
    await _count(connection, passages, 1)


async def remove(connection: "Connection", passages: Mapping[int, Counter[str]]) -> None:
    """Take passages out of the index again, without a trace."""
    gone: defaultdict[int, set[int]] = defaultdict(set)
    touched: defaultdict[int, set[str]] = defaultdict(set)
    for passage, counts in passages.items():
        segment, at = divmod(passage, SEGMENT)
        gone[segment].add(at)
        touched[segment] |= counts.keys()
    for segment, named in touched.items():
        query = (
            "select term, entries from swarm.postings where segment = $1 and term = any($2) order by term for update"
        )
        rows = await connection.fetch(query, segment, sorted(named))
        left = {row["term"]: _without(row["entries"], gone[segment]) for row in rows}
        await connection.execute(
            "update swarm.postings set entries = new.entries"
            " from unnest($2::text[], $3::bytea[]) as new (term, entries)"
            " where postings.segment = $1 and postings.term = new.term",
            *(segment, list(left), list(left.values())),
        )
        empty = [term for term, entries in left.items() if not entries]
        await connection.execute("delete from swarm.postings where segment = $1 and term = any($2)", segment, empty)
    await _count(connection, passages, -1)


async def scores(pool: "Pool", query: str) -> Scored:
    """Return how well the passages answer a query; a word that it repeats counts as often."""
    import numpy as np

    wanted = Counter(terms(query))
    listed = [term for term, _ in wanted.most_common(_MOST_TERMS)]
    sizes = await patiently(lambda: pool.fetchrow("select sum(passages) as n, sum(words) as w from swarm.segments"))
    if not listed or sizes is None or not sizes["n"]:
        return Scored(0, np.zeros(0))
    told = "select term, segment, entries from swarm.postings where term = any($1)"
    rows = await fetch(pool, told, listed)
    if not rows:
        return Scored(0, np.zeros(0))
    first = min(row["segment"] for row in rows)
    values = np.zeros((max(row["segment"] for row in rows) - first + 1) * SEGMENT)
    by_term: defaultdict[str, list[tuple[int, bytes]]] = defaultdict(list)
    for row in rows:
        by_term[row["term"]].append(((row["segment"] - first) * SEGMENT, row["entries"]))
    rarities, places = dict[str, float](), dict[str, np.ndarray]()
    n, mean = int(sizes["n"]), int(sizes["w"]) / int(sizes["n"])
    for term in listed:
        df = sum(len(entries) for _, entries in by_term[term]) // _BYTES
        rarities[term] = wanted[term] * math.log(1 + max(n - df + 0.5, 0.5) / (df + 0.5))
        if df:
            places[term] = _add(values, by_term[term], rarities[term], mean)
    # Where little is remembered, a word that nothing has says no more than one that something has.
    most = max((rarities[term] / wanted[term] for term in places), default=0.0)
    rarities = {term: min(rarity, wanted[term] * most) for term, rarity in rarities.items()}
    best = int(np.argmax(values))
    has = sum(rarities[term] for term, at in places.items() if (at == best).any())
    return Scored(first * SEGMENT, values, has / (sum(rarities.values()) or 1.0), rarities)


async def containing(pool: "Pool", wanted: Iterable[str], most: int) -> list[int]:
    """Return at most so many passages that have all of these terms."""
    import numpy as np

    listed = sorted(set(wanted))
    told = "select term, segment, entries from swarm.postings where term = any($1)"
    found: defaultdict[int, list[np.ndarray]] = defaultdict(list)
    for row in await fetch(pool, told, listed):
        found[row["segment"]].append(np.frombuffer(row["entries"], _ENTRY)["at"])
    passages: list[int] = []
    for segment, lists in sorted(found.items()):
        if len(lists) == len(listed):
            both = lists[0]
            for each in lists[1:]:
                both = np.intersect1d(both, each)
            passages += [segment * SEGMENT + int(at) for at in both]
    return passages[:most]


def _add(values: "np.ndarray", blocks: Sequence[tuple[int, bytes]], rarity: float, mean: float) -> "np.ndarray":
    """Add what one term is worth to every passage that has it, and return where these stand."""
    import numpy as np

    lengths = [len(entries) // _BYTES for _, entries in blocks]
    entries = np.frombuffer(b"".join(entries for _, entries in blocks), _ENTRY)  # one array: many small ones are slow
    counts = entries["count"].astype(np.float64)
    worth = counts * (rarity * (_K1 + 1)) / (counts + (_K1 * (1 - _B) + entries["size"] * (_K1 * _B / mean)))
    places: np.ndarray = np.repeat([start for start, _ in blocks], lengths) + entries["at"]
    values[places] += worth
    return places


def _without(entries: bytes, gone: set[int]) -> bytes:
    import numpy as np

    data = np.frombuffer(entries, _ENTRY)
    return data[~np.isin(data["at"], list(gone))].tobytes()


async def _count(connection: "Connection", passages: Mapping[int, Counter[str]], sign: int) -> None:
    counted: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for passage, counts in passages.items():
        sums = counted[passage // SEGMENT]
        sums[0] += sign
        sums[1] += sign * min(counts.total(), _MOST)
    await connection.executemany(
        "insert into swarm.segments (segment, passages, words) values ($1, $2, $3) on conflict (segment)"
        " do update set passages = segments.passages + excluded.passages, words = segments.words + excluded.words",
        [(segment, *sums) for segment, sums in sorted(counted.items())],
    )
