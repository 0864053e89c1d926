"""A run is held by a connection; one that has died without a word is noticed, and taken anew."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from swarm import holding
from swarm.database import connect
from swarm.errors import RunHeld
from swarm.settings import Settings
from swarm.stack import Connection

pytestmark = pytest.mark.engine
_SOCKET = ".s.PGSQL.5432"


class _Line:
    """A way to the database on which nothing arrives any more once it is cut, though nobody closes it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.there = parse_qs(urlsplit(url).query)["host"][0]
        self.url = url.replace(f"host={self.there}", f"host={folder}")
        self.folder = folder
        self.pipes: set[asyncio.Task[None]] = set()
        self.ends: list[asyncio.StreamWriter] = []

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator["_Line"]:
        server = await asyncio.start_unix_server(self._connected, self.folder / _SOCKET)
        async with server:
            yield self
            for end in self.ends:
                end.close()
            self.cut()

    def cut(self) -> None:
        for pipe in self.pipes:
            pipe.cancel()

    async def _connected(self, ours: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        theirs, on = await asyncio.open_unix_connection(f"{self.there}/{_SOCKET}")
        self.ends += [on, back]
        self.pipes |= {asyncio.create_task(_pipe(ours, on)), asyncio.create_task(_pipe(theirs, back))}


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while got := await source.read(65536):
        sink.write(got)
        await sink.drain()
    sink.close()


async def _changed(pool: "holding.Pool", run: str, before: int) -> int | None:
    """Return the backend that has the lock as soon as it is another one than before."""
    for _ in range(200):
        now = await pool.fetchval(f"select pid {holding._HOLDING}", holding._CLASS, run)
        if now not in (before, None):
            return int(now)
        await asyncio.sleep(0.1)
    return None


async def test_a_connection_that_died_without_a_word_is_noticed_and_the_run_taken_anew(
    stack: tuple[Settings, Connection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database still believes in the old connection; it is ours by its name, so it may be ended."""
    monkeypatch.setattr(holding, "_BEAT_SECONDS", 0.3)
    run, url = secrets.token_hex(4), stack[1].database_url
    pool = await connect(url)
    async with _Line(url, tmp_path).laid() as line:
        hold = holding.Hold(line.url, run)
        await hold.take()
        before = await pool.fetchval(f"select pid {holding._HOLDING}", holding._CLASS, run)
        other = holding.Hold(url, run)
        monkeypatch.setattr(holding, "_TRIES", 2)
        with pytest.raises(RunHeld):
            await other.take()  # another process ends nobody's connection
        line.cut()
        assert await _changed(pool, run, before) is not None
        await hold.release()
    await pool.close()
