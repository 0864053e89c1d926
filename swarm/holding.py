"""Holding: a run belongs to one process at a time, and the database knows at once when that process is gone.

The process of a run keeps a connection that holds an advisory lock on the run's name; when the process ends, however
it ends, the database drops the lock. So nobody has to guess from silence whether a run is dead.
"""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, NamedTuple

from swarm.errors import RunHeld
from swarm.outages import PASSING, crash, patiently

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]
_CLASS = 7_926_236
_HOLDING = (
    "from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory'"
    " and classid = $1 and objid = (hashtext($2)::bigint & 4294967295)::oid"
)
_PAUSE = 0.5
_TRIES = 20
_BEAT_SECONDS = 20.0
"""So often the connection that holds the lock says something: no firewall drops it, and its loss shows."""
# A database far away sees within a minute that this machine is gone, and lets go of the lock.
_KEEPALIVE = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}


class Holder(NamedTuple):
    """Where a run is worked on."""

    host: str
    pid: int


class Hold:
    """One run, held by this process until `release`; taken again if the database was away in between."""

    def __init__(self, url: str, run: str) -> None:
        self._url = url
        self._run = run
        self._name = f"swarm run {run} {secrets.token_hex(4)} {socket.gethostname()[:20]} {os.getpid()}"
        self._keeper: asyncio.Task[None] | None = None

    async def take(self) -> None:
        """Take the run; raises RunHeld if another process has it and keeps it."""
        connection = await self._taken()
        self._keeper = asyncio.create_task(self._keep(connection))

    async def release(self) -> None:
        """Let go of the run."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper

    async def _taken(self) -> "asyncpg.Connection[asyncpg.Record]":
        import asyncpg

        given = _KEEPALIVE | {"application_name": self._name}
        connection = await patiently(lambda: asyncpg.connect(self._url, timeout=8, server_settings=given))
        held = (_CLASS, self._run, self._name)
        for _ in range(_TRIES):
            if await connection.fetchval("select pg_try_advisory_lock($1, hashtext($2))", *held[:2]):
                return connection
            # Our own connection of before, which the database still takes for alive.
            await connection.execute(f"select pg_terminate_backend(pid) {_HOLDING} and application_name = $3", *held)
            # A process that has just been killed may be there for a moment more.
            await asyncio.sleep(_PAUSE)
        connection.terminate()
        raise RunHeld(f"run {self._run} is under way in another process")

    async def _keep(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        try:
            while True:
                await _until_lost(connection)
                connection.terminate()
                connection = await self._taken()
        except (RunHeld, *PASSING) as error:
            crash(error)
        finally:
            connection.terminate()


async def _until_lost(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Wait until a connection is gone: closed by the other side, or silent for so long."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    while not connection.is_closed():
        try:
            await asyncio.wait_for(lost.wait(), _BEAT_SECONDS)
        except TimeoutError:
            try:
                await connection.execute("select 1", timeout=_BEAT_SECONDS)
            except PASSING:
                return


async def holder(pool: "Pool", run: str) -> Holder | None:
    """Return the living process that has this run, if there is one."""
    told = await patiently(lambda: pool.fetchval(f"select application_name {_HOLDING}", _CLASS, run))
    if not told:
        return None
    host, pid = str(told).split()[-2:]
    return Holder(host, int(pid))


@contextlib.asynccontextmanager
async def alone(pool: "Pool", run: str) -> AsyncIterator[None]:
    """Let one process at a time bring a run back; raises RunHeld for any other."""
    async with pool.acquire() as connection, connection.transaction():
        name = f"resume {run}"
        if not await connection.fetchval("select pg_try_advisory_xact_lock($1, hashtext($2))", _CLASS, name):
            raise RunHeld(f"run {run} is being resumed by somebody else at this moment")
        yield
