"""Outages: what is retried when the database is away for a moment, and how a process ends that cannot write any more.

A run is crash-only: what it could not write down did not happen. So a write that stays impossible ends the process at
once, as a kill would, and `swarm resume` goes on from what was written.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

import asyncpg

from swarm.errors import StackError
from swarm.terminal import say

T = TypeVar("T")
_SECONDS = 60.0
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
PASSING = (
    StackError,  # the pool could not be opened
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,  # a full disk, too many connections
    asyncpg.OperatorInterventionError,  # shutting down, starting up, recovering
    asyncpg.PostgresSystemError,
)
"""What the database may raise while it is away or its disk is full."""


async def patiently(operation: Callable[[], Awaitable[T]], seconds: float = _SECONDS) -> T:
    """Do it again until the database is back, at most so many seconds; then raises what it raised last."""
    until, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while True:
        try:
            return await operation()
        except PASSING:
            if time.monotonic() + pause > until:
                raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


async def fetch(pool: "asyncpg.Pool[asyncpg.Record]", query: str, *given: Any) -> list[asyncpg.Record]:
    """Return the rows of a query, patiently."""
    return await patiently(lambda: pool.fetch(query, *given))


async def execute(pool: "asyncpg.Pool[asyncpg.Record]", statement: str, *given: Any) -> None:
    """Execute a statement that may be repeated, patiently."""
    await patiently(lambda: pool.execute(statement, *given))


def crash(why: BaseException) -> NoReturn:
    """End this process as a kill would; the reason goes to its log."""
    said = " ".join(str(why).split()) or type(why).__name__
    say(f"swarm: the run stops here, nothing of it is lost: {said}")
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit(137)  # the signal is there before this line
