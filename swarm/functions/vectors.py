"""Vectors of functions: one matrix in the process for each library and embedding model, made once and kept as bytes."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from swarm.errors import ModelError
from swarm.functions.index import Index, texts_of
from swarm.functions.views import MEANING, TITLE
from swarm.keys import digest
from swarm.outages import execute, fetch

if TYPE_CHECKING:
    import asyncpg
    import numpy as np

    from swarm.embedding import Embedder

    Pool = asyncpg.Pool[asyncpg.Record]

_BATCH = 32
_MOST = 256
"""Vectors that one search makes: some ten seconds. The others are made by the next ones."""
_MANY = 1000
"""Functions without a vector from which on all vectors of the model are read at once."""
_FLOAT = ">f4"
_ENTER = (
    "insert into swarm.function_vectors (name, view, model, text_hash, vector)"
    " select new.name, new.view, $1, new.hash, new.vector"
    " from unnest($2::text[], $3::text[], $4::text[], $5::bytea[]) as new (name, view, hash, vector)"
    " where exists (select 1 from swarm.functions f where f.name = new.name) order by new.name, new.view"
    " on conflict (name, view, model) do update set text_hash = excluded.text_hash, vector = excluded.vector"
)
Key = tuple[str, str, str]
"""A function's name, a view, and the hash of its text there."""


class FunctionVectors:
    """The vectors of one model that are there for an index; `rows` says where each stands in the matrix.

    `is_whole` says that none is missing.
    """

    def __init__(self, index: Index, matrix: "np.ndarray", rows: Mapping[Key, int], is_whole: bool) -> None:
        import numpy as np

        self.index, self.matrix, self.rows, self.is_whole = index, matrix, rows, is_whole
        places = {view: np.full(len(index.names), -1, dtype=np.int64) for view in MEANING}
        for (name, view, _), row in rows.items():
            places[view][index.places[name]] = row
        what, title, goals = (places[view] for view in MEANING)
        shares = TITLE * (title >= 0).astype(np.float32)[:, None]
        self._near = (1 - shares) * _taken(matrix, what) + shares * _taken(matrix, title)
        self._is_known = what >= 0
        self._with_goals = np.flatnonzero(goals >= 0)
        self._of_goals = _taken(matrix, goals[self._with_goals])

    def nearness(self, vector: "np.ndarray") -> "np.ndarray":
        """Return how near a text is to each function of the index, as a cosine; not a number where that is not known.

        It is the better of its goals and of its name and description, where the name alone counts beside.
        """
        import numpy as np

        # Not `@`: its threads wait for each other where the cores have other work.
        found = np.where(self._is_known, np.einsum("ij,j->i", self._near, vector), np.nan)
        of_goals = np.einsum("ij,j->i", self._of_goals, vector)
        found[self._with_goals] = np.fmax(found[self._with_goals], of_goals)
        return found

    def cosines(self, name: str, vector: "np.ndarray") -> dict[str, float]:
        """Return the cosine of a text with each view of a function that has a vector."""
        rows = {view: self.rows.get((name, view, hash)) for name, view, hash in _keys(self.index, name)}
        return {view: float(self.matrix[row] @ vector) for view, row in rows.items() if row is not None}


def _taken(matrix: "np.ndarray", rows: "np.ndarray") -> "np.ndarray":
    """Return these rows of a matrix, zeros for those that it does not have."""
    import numpy as np

    found = np.zeros((len(rows), matrix.shape[1]), np.float32)
    found[rows >= 0] = matrix[rows[rows >= 0]]
    return found


_KNOWN: dict[tuple[str, str], FunctionVectors] = {}
"""By library and model."""
_TURNS: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]" = WeakKeyDictionary()
"""Searches that run at once do not make the same vectors."""


async def vectors_of(
    pool: "Pool", index: Index, embedder: "Embedder", size: int, first: Sequence[int]
) -> FunctionVectors:
    """Return the vectors of `size` numbers for an index; what is missing is made, in the order of the places `first`.

    At most 256 are made at once, none if the embedder fails: who asks does without those that are missing.
    """
    async with _TURNS.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        known = _KNOWN.get((index.library, embedder.name))
        if known is None or known.matrix.shape[1] != size:
            known = _none(index, size)
        if known.index is index and known.is_whole:
            return known
        wanted = {key: None for name in index.names for key in _keys(index, name)}
        absent = [key for key in wanted if key not in known.rows]
        fresh = await _read(pool, embedder.name, size, absent)
        if missing := [key for key in absent if key not in fresh]:
            ranks = {index.names[place]: rank for rank, place in enumerate(first)}
            missing.sort(key=lambda key: ranks[key[0]])
            fresh |= await _made(pool, embedder, size, missing[:_MOST])
        known = _KNOWN[index.library, embedder.name] = _joined(known, index, wanted, fresh)
        return known


def _none(index: Index, size: int) -> FunctionVectors:
    import numpy as np

    return FunctionVectors(Index(index.library, -1, {}), np.zeros((0, size), np.float32), {}, False)


def _keys(index: Index, name: str) -> list[Key]:
    hashes = index.functions[name].hashes
    return [(name, view, hash) for view, hash in zip(MEANING, hashes, strict=True) if hash != "-"]


async def _read(pool: "Pool", model: str, size: int, keys: Sequence[Key]) -> dict[Key, bytes]:
    """Read vectors from the database, as far as they are there."""
    names = list({name for name, _, _ in keys})
    query = "select name, view, text_hash, vector from swarm.function_vectors where model = $1"
    if len(names) < _MANY:
        rows = await fetch(pool, f"{query} and name = any($2)", model, names) if names else []
    else:
        rows = await fetch(pool, query, model)
    return {
        (row["name"], row["view"], row["text_hash"]): row["vector"]
        for row in rows
        if len(row["vector"]) == 4 * size  # another size is another model of the same name
    }


async def _made(pool: "Pool", embedder: "Embedder", size: int, missing: Sequence[Key]) -> dict[Key, bytes]:
    """Make vectors and keep them, batch by batch, until the embedder fails."""
    import numpy as np

    made: dict[Key, bytes] = {}
    texts = await texts_of(pool, list({name for name, _, _ in missing}))
    wanted = [key for key in missing if key[0] in texts and digest(texts[key[0]][key[1]]) == key[2]]
    with suppress(ModelError):
        for at in range(0, len(wanted), _BATCH):
            batch = wanted[at : at + _BATCH]
            vectors = await embedder([texts[name][view] for name, view, _ in batch])
            fresh = {key: np.array(each, _FLOAT).tobytes() for key, each in zip(batch, vectors, strict=True)}
            fresh = {key: each for key, each in fresh.items() if len(each) == 4 * size}
            made |= fresh
            columns = ([key[column] for key in fresh] for column in range(3))
            await execute(pool, _ENTER, embedder.name, *columns, list(fresh.values()))
    return made


def _joined(
    known: FunctionVectors, index: Index, wanted: Mapping[Key, None], fresh: Mapping[Key, bytes]
) -> FunctionVectors:
    """Put the vectors that are known and fresh ones together, as far as the index has a use for them."""
    import numpy as np

    old = [key for key in known.rows if key in wanted]
    new = [key for key in wanted if key in fresh and key not in known.rows]
    kept = known.matrix if len(old) == len(known.rows) else known.matrix[[known.rows[key] for key in old]]
    added = np.frombuffer(b"".join(fresh[key] for key in new), _FLOAT).astype(np.float32)
    matrix = np.concatenate([kept, added.reshape(-1, kept.shape[1])]) if new else kept
    rows = {key: row for row, key in enumerate([*old, *new])}
    return FunctionVectors(index, matrix, rows, len(rows) == len(wanted))
