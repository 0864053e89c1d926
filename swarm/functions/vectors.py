"""Vectors of functions: one matrix in the process for each library and embedding model, made once and kept as bytes."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from swarm.errors import ModelError
from swarm.functions.index import Index, texts_of
from swarm.functions.views import MEANING
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
    """The vectors of one model that are there for an index; `rows` says where each stands in the matrix."""

    def __init__(self, index: Index, matrix: "np.ndarray", rows: Mapping[Key, int]) -> None:
        import numpy as np

        self.index, self.matrix, self.rows = index, matrix, rows
        self._owners = np.array([index.places[name] for name, _, _ in rows], dtype=np.int64)
        self._views = np.array([MEANING.index(view) for _, view, _ in rows], dtype=np.int64)

    def cosines(self, vector: "np.ndarray") -> "dict[str, np.ndarray]":
        """Return, by view, the cosine of a text with each function of the index; not a number where there is none."""
        import numpy as np

        near = self.matrix @ vector
        found = {}
        for number, view in enumerate(MEANING):
            of_view = self._views == number
            found[view] = np.full(len(self.index.names), np.nan, dtype=np.float32)
            found[view][self._owners[of_view]] = near[of_view]
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
        keys = [key for place in first for key in _keys(index, index.names[place])]
        if known.index is not index or any(key not in known.rows for key in keys):
            known = await _loaded(pool, embedder.name, known, index, keys)
        if missing := [key for key in keys if key not in known.rows]:
            known = _joined(known, index, keys, await _made(pool, embedder, size, missing[:_MOST]))
        _KNOWN[index.library, embedder.name] = known
        return known


def _none(index: Index, size: int) -> FunctionVectors:
    import numpy as np

    return FunctionVectors(Index(index.library, -1, {}), np.zeros((0, size), np.float32), {})


def _keys(index: Index, name: str) -> list[Key]:
    hashes = index.functions[name].hashes
    return [(name, view, hash) for view, hash in zip(MEANING, hashes, strict=True) if hash != "-"]


async def _loaded(
    pool: "Pool", model: str, known: FunctionVectors, index: Index, keys: Sequence[Key]
) -> FunctionVectors:
    """Read the vectors that an index needs and that are not known yet."""
    names = list({name for name, view, hash in keys if (name, view, hash) not in known.rows})
    query = "select name, view, text_hash, vector from swarm.function_vectors where model = $1"
    if len(names) < _MANY:
        rows = await fetch(pool, f"{query} and name = any($2)", model, names) if names else []
    else:
        rows = await fetch(pool, query, model)
    size = known.matrix.shape[1]
    read = {
        (row["name"], row["view"], row["text_hash"]): row["vector"]
        for row in rows
        if len(row["vector"]) == 4 * size  # another size is another model of the same name
    }
    return _joined(known, index, keys, read)


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


def _joined(known: FunctionVectors, index: Index, keys: Sequence[Key], fresh: Mapping[Key, bytes]) -> FunctionVectors:
    """Put the vectors that are known and fresh ones together, as far as the index has a use for them."""
    import numpy as np

    old = [key for key in keys if key in known.rows]
    new = [key for key in keys if key not in known.rows and key in fresh]
    added = np.frombuffer(b"".join(fresh[key] for key in new), _FLOAT).astype(np.float32)
    size = known.matrix.shape[1]
    matrix = np.concatenate([known.matrix[[known.rows[key] for key in old]], added.reshape(-1, size)])
    return FunctionVectors(index, matrix, {key: row for row, key in enumerate([*old, *new])})
