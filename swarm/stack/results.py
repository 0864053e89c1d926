"""Where Prefect keeps results: rows in the swarm's database, whole or absent, seen by every worker."""

from prefect.filesystems import WritableFileSystem

from swarm.pools import pool

BLOCK = "swarm-results/swarm"
"""Type and name of the block as Prefect knows it; the worker's environment makes it the default of every run."""


class SwarmResults(WritableFileSystem):
    """Results in Postgres, under their own keys; where the database is stands in SWARM_DATABASE_URL."""

    _block_type_name = "Swarm results"
    _block_type_slug = "swarm-results"

    async def read_path(self, path: str) -> bytes:
        """Return what was stored under `path`; raises ValueError, as Prefect expects, if nothing was."""
        row = await (await pool()).fetchval("select data from swarm.results where key = $1", path)
        if row is None:
            raise ValueError(f"no result under {path}")
        return bytes(row)

    async def write_path(self, path: str, content: bytes) -> None:
        """Store a result whole, replacing an older one."""
        await (await pool()).execute(
            "insert into swarm.results (key, data) values ($1, $2)"
            " on conflict (key) do update set data = excluded.data",
            path,
            content,
        )
