"""The index of a library: which functions are called and by what words they are found, kept in the process as arrays.

It is brought up to date when the library's stamp is another one, and then only in what has changed. What it is made of
lies beside the functions (`swarm.function_terms`), each row with the state of what it was made of, so that no other
process need make it again. The stamp is read first: what others change meanwhile makes the next search look again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swarm.functions.library import Library
from swarm.functions.views import ENTRY_BYTES, MEANING, packed, unpacked, views_of
from swarm.keys import digest
from swarm.outages import execute, fetch

if TYPE_CHECKING:
    import asyncpg
    import numpy as np

    Pool = asyncpg.Pool[asyncpg.Record]

_BATCH = 500
_STAMP = (
    "select (select id::text from swarm.library) as library,"
    " (select coalesce(sum(changes), 0)::bigint from swarm.function_changes) as stamp"
)
# xmin is another one after each change of a row, and does not come back.
_STATES = (
    "select f.name, concat_ws(' ', f.version, f.xmin, coalesce(g.goals, 0)) as state from swarm.functions f"
    " left join (select name, count(*) as goals from swarm.function_goals group by name) g on g.name = f.name"
    " where f.status in ('saved', 'proven') order by f.name"
)
_ENTER = (
    "insert into swarm.function_terms (name, state, terms, hashes)"
    " select new.name, new.state, new.terms, string_to_array(new.hashes, ' ')"
    " from unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) as new (name, state, terms, hashes)"
    " where exists (select 1 from swarm.functions f where f.name = new.name) order by new.name"
    " on conflict (name) do update set state = excluded.state, terms = excluded.terms, hashes = excluded.hashes"
)


@dataclass(frozen=True)
class IndexedFunction:
    """What the index has of one function: of which state it is, its packed terms, and the hashes of its texts.

    The hashes are of the views that have a vector, in the order of MEANING; "-" for a view without a text.
    """

    state: str
    terms: bytes
    hashes: tuple[str, ...]


class Index:
    """The functions that are called, by name, with the terms of all of them in one array; `owners` says whose each is.

    `stamp` says of which moment it is, and `library` of which database.
    """

    def __init__(self, library: str, stamp: int, functions: Mapping[str, IndexedFunction]) -> None:
        import numpy as np

        self.library, self.stamp, self.functions = library, stamp, functions
        self.names = list(functions)
        self.places = {name: place for place, name in enumerate(self.names)}
        told = [each.terms for each in functions.values()]
        self._terms, self._weights = unpacked(b"".join(told))
        self._owners = np.repeat(np.arange(len(told)), [len(each) // ENTRY_BYTES for each in told])
        self.sizes = np.bincount(self._owners, self._weights, len(told))

    def entries(self, term: int) -> "tuple[np.ndarray, np.ndarray]":
        """Return the places of the functions that have a term, known by its hash, and what it counts in each."""
        import numpy as np

        found = np.flatnonzero(self._terms == term)
        return self._owners[found], self._weights[found]


_KNOWN: dict[str, Index] = {}
"""The index of each library that this process has searched."""


async def index_of(pool: "Pool") -> Index:
    """Return the index of the library as it is now."""
    (row,) = await fetch(pool, _STAMP)
    known = _KNOWN.get(row["library"])
    if known is None or known.stamp != row["stamp"]:
        functions = await _functions(pool, known.functions if known else {})
        known = _KNOWN[row["library"]] = Index(row["library"], row["stamp"], functions)
    return known


async def _functions(pool: "Pool", known: Mapping[str, IndexedFunction]) -> dict[str, IndexedFunction]:
    """Return what there is of each function: as it was known, as it lies in the database, or made and put there."""
    states = {row["name"]: row["state"] for row in await fetch(pool, _STATES)}
    found = {name: known[name] for name, state in states.items() if name in known and known[name].state == state}
    query = "select name, state, terms, hashes from swarm.function_terms where name = any($1)"
    for row in await fetch(pool, query, [name for name in states if name not in found]):
        if row["state"] == states[row["name"]]:
            found[row["name"]] = IndexedFunction(row["state"], row["terms"], tuple(row["hashes"]))
    missing = [name for name in states if name not in found]
    for at in range(0, len(missing), _BATCH):
        found |= await _made(pool, {name: states[name] for name in missing[at : at + _BATCH]})
    return {name: found[name] for name in states if name in found}


async def _made(pool: "Pool", states: Mapping[str, str]) -> dict[str, IndexedFunction]:
    """Make what the index has of these functions, and keep it; one that is gone by now is left out."""
    texts = await texts_of(pool, list(states))
    made = {
        name: IndexedFunction(states[name], packed(views), tuple(_hash(views[view]) for view in MEANING))
        for name, views in texts.items()
    }
    rows = [(name, each.state, each.terms, " ".join(each.hashes)) for name, each in sorted(made.items())]
    await execute(pool, _ENTER, *([row[column] for row in rows] for column in range(4)))
    return made


async def texts_of(pool: "Pool", names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the texts by which each of these functions is found; one that is gone by now is left out."""
    library = Library(pool)
    goals = await library.goals(names)
    return {each.name: views_of(each.function, goals.get(each.name, [])) for each in await library.current(names)}


def _hash(text: str) -> str:
    return digest(text) if text else "-"
