"""Blobs: contents of files, kept once each under their sha256."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from swarm.errors import StackError
from swarm.outages import patiently

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_BATCH_BYTES = 8_000_000
_BATCH_ROWS = 1000


def sha256_of(data: bytes) -> str:
    """Return the name of a content."""
    return hashlib.sha256(data).hexdigest()


class Blobs:
    """The contents that one run uses."""

    def __init__(self, pool: "Pool", run: str) -> None:
        self._pool = pool
        self._run = run

    async def put(self, data: bytes) -> str:
        """Keep a content and return its sha256."""
        await self.put_all([data])
        return sha256_of(data)

    async def put_all(self, contents: Iterable[bytes]) -> None:
        """Keep contents, a few megabytes at a time."""
        rows, size = dict[str, bytes](), 0
        for data in contents:
            rows[sha256_of(data)] = data
            size += len(data)
            if size > _BATCH_BYTES or len(rows) >= _BATCH_ROWS:
                await self._write(rows)
                rows, size = {}, 0
        if rows:
            await self._write(rows)

    async def get(self, sha256: str) -> bytes:
        """Return a content; raises StackError where it is not kept."""
        return (await self.get_all([sha256]))[sha256]

    async def get_all(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return contents by their names; raises StackError for the first that is not kept."""
        rows = await patiently(
            lambda: self._pool.fetch("select sha256, data from swarm.blobs where sha256 = any($1)", list(names))
        )
        found = {row["sha256"]: bytes(row["data"]) for row in rows}
        if missing := [name for name in names if name not in found]:
            raise StackError(f"the content {missing[0][:12]} of a file of run {self._run} is not in the database")
        return found

    async def _write(self, rows: dict[str, bytes]) -> None:
        names = sorted(rows)  # in one order, so that two runs at once do not wait for each other in a circle

        async def both() -> None:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.executemany(
                    "insert into swarm.blobs (sha256, data) values ($1, $2) on conflict do nothing",
                    [(name, rows[name]) for name in names],
                )
                await connection.execute(
                    "insert into swarm.blob_uses (run, sha256) select $1, unnest($2::text[]) on conflict do nothing",
                    self._run,
                    names,
                )

        await patiently(both)
