"""One database pool for each event loop: made when it is first needed, closed with the run that needed it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from swarm.errors import StackError
from swarm.settings import load_settings

if TYPE_CHECKING:
    import asyncpg

_POOLS: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[asyncpg.Pool[asyncpg.Record]]]" = WeakKeyDictionary()


async def pool() -> "asyncpg.Pool[asyncpg.Record]":
    """Return this loop's pool on SWARM_DATABASE_URL; raises StackError if there is none or it cannot be reached."""
    loop = asyncio.get_running_loop()
    if loop not in _POOLS or (_POOLS[loop].done() and _POOLS[loop].exception()):
        _POOLS[loop] = loop.create_task(_open())
    return await asyncio.shield(_POOLS[loop])


async def close_pool() -> None:
    """Close this loop's pool, if it has one."""
    opened = _POOLS.pop(asyncio.get_running_loop(), None)
    if opened is not None:
        await (await opened).close()


@asynccontextmanager
async def lent(url: str) -> "AsyncIterator[asyncpg.Pool[asyncpg.Record]]":
    """Open a pool on a database that the environment need not name, which is this loop's pool meanwhile."""
    from swarm.database import connect

    loop = asyncio.get_running_loop()
    _POOLS[loop] = loop.create_task(connect(url))
    try:
        yield await _POOLS[loop]
    finally:
        await close_pool()


def database_url() -> str:
    """Return SWARM_DATABASE_URL; raises StackError where it is not set."""
    url = load_settings().swarm_database_url
    if url is None:
        raise StackError("SWARM_DATABASE_URL is not set in this process; start runs through the worker (`swarm up`)")
    return url.get_secret_value()


async def _open() -> "asyncpg.Pool[asyncpg.Record]":
    from swarm.database import connect

    return await connect(database_url())
