"""The database: how to reach it, and the swarm's own schema in it, brought up to date by plain SQL files in order."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from swarm.database_urls import shown
from swarm.errors import StackError

_MIGRATIONS = Path(__file__).parent / "migrations"
_CONNECT_SECONDS = 8.0
_MIGRATE_SECONDS = 60.0
# Any number will do, as long as every `up` takes the same one.
_LOCK = 7_926_235


async def connect(url: str, largest: int = 4) -> "asyncpg.Pool[asyncpg.Record]":
    """Open a pool of at most `largest` connections; raises StackError, without the password, within 10 s."""
    try:
        # With a least number of connections asyncpg would print a traceback each time the database goes away.
        pool = await asyncpg.create_pool(url, min_size=0, max_size=largest, timeout=_CONNECT_SECONDS)
        await pool.release(await pool.acquire(timeout=_CONNECT_SECONDS))
        return pool
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _unreachable(url, error) from None


async def check(url: str) -> None:
    """Raise StackError, within 10 s, when the database cannot be reached."""
    connection = await _open(url)
    connection.terminate()


async def is_reachable(url: str) -> bool:
    """Say whether the database can be reached, within 10 s."""
    try:
        await check(url)
    except StackError:
        return False
    return True


async def migrate(url: str) -> list[str]:
    """Apply the migrations that this database lacks and return their names; runs at the same time take turns."""
    connection = await _open(url)
    try:
        return await asyncio.wait_for(_apply(connection), _MIGRATE_SECONDS)
    except (TimeoutError, asyncpg.PostgresError) as error:
        raise StackError(f"the database {shown(url)} could not be brought up to date: {_words(error)}") from None
    finally:
        connection.terminate()


async def ensure_database(url: str) -> None:
    """Create the database that a URL names, on a server that may lack it."""
    address = urlsplit(url)
    name = address.path.lstrip("/")
    connection = await _open(urlunsplit(address._replace(path="/postgres")))
    try:
        if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
            await connection.execute(f'create database "{name}"')
            # Else Prefect's tables would land in the schema that has the user's name, which is the swarm's own.
            await connection.execute(f'alter database "{name}" set search_path to public')
    finally:
        await connection.close(timeout=5)


async def _open(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        return await asyncpg.connect(url, timeout=_CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _unreachable(url, error) from None


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    applied = []
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute("create schema if not exists swarm")
        await connection.execute(
            "create table if not exists swarm.migrations (name text primary key, at timestamptz default now())"
        )
        done = {row["name"] for row in await connection.fetch("select name from swarm.migrations")}
        for path in sorted(_MIGRATIONS.glob("*.sql")):
            if path.name not in done:
                await connection.execute(path.read_text())
                await connection.execute("insert into swarm.migrations (name) values ($1)", path.name)
                applied.append(path.name)
    return applied


def _unreachable(url: str, error: BaseException) -> StackError:
    return StackError(
        f"the database {shown(url)} cannot be reached: {_words(error)}; check SWARM_DATABASE_URL, or unset it and "
        "run `swarm up`"
    )


def _words(error: BaseException) -> str:
    words = " ".join(str(error).split())
    return words or f"no answer within {_CONNECT_SECONDS:.0f} s"
