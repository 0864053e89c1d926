"""Databases: a Postgres for one benchmark, from the wheel, gone with it."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from swarm.database import connect, ensure_database, migrate
from swarm.stack import postgres, processes
from swarm.stack.home import Home, Memory

if TYPE_CHECKING:
    import asyncpg


@asynccontextmanager
async def database() -> "AsyncIterator[asyncpg.Pool[asyncpg.Record]]":
    """Start a Postgres, make the swarm's tables in it, and yield a pool on it."""
    folder = Path(tempfile.mkdtemp(prefix="sw"))
    child, socket, password = postgres.start(Home(folder).make(), Memory())
    try:
        postgres.wait(Home(folder), child)
        url = postgres.database_url(socket, password)
        await ensure_database(url)
        await migrate(url)
        pool = await connect(url)
        try:
            yield pool
        finally:
            await pool.close()
    finally:
        postgres.stop(processes.remembered(child.pid))
        child.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
