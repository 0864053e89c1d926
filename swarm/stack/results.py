"""Where Prefect keeps results: rows in the swarm's database, whole or absent, seen by every worker."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from prefect.filesystems import WritableFileSystem

from swarm import kept
from swarm.outages import PASSING, crash, patiently
from swarm.pools import pool

T = TypeVar("T")

BLOCK = "swarm-results/swarm"
"""Type and name of the block as Prefect knows it; the worker's environment makes it the default of every run."""


class SwarmResults(WritableFileSystem):
    """Results in Postgres, under their own keys; where the database is stands in SWARM_DATABASE_URL."""

    _block_type_name = "Swarm results"
    _block_type_slug = "swarm-results"

    async def read_path(self, path: str) -> bytes:
        """Return what was stored under `path`; raises ValueError, as Prefect expects, if nothing was."""
        found = await _or_crash(kept.read, path)
        if found is None:
            raise ValueError(f"no result under {path}")
        return found

    async def write_path(self, path: str, content: bytes) -> None:
        """Store a result whole, replacing an older one."""
        await _or_crash(kept.write, path, content)


async def _or_crash(operation: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """Do it, or end the process: Prefect would take a failed read for "never done" and go on after a failed write."""
    try:
        return await operation(await patiently(pool), *arguments)
    except PASSING as error:
        crash(error)
