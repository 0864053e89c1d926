"""Version rows: how versions stand in the database, and what is changed there within a transaction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from swarm.functions.records import KEPT, Function, Maker, Provenance, Status, Version

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

COLUMNS = "name, version, status, maker, record, provenance, supersedes, created, mutants, killed"
Strength = tuple[int | None, int | None]
"""Mutants that can be told from a code, and how many of them its tests kill."""


async def newest(connection: "Connection", name: str) -> Version | None:
    """Return the version that is called, else the last one."""
    row = await connection.fetchrow(
        f"select {COLUMNS} from swarm.functions where name = $1 order by status = 'superseded', version desc limit 1",
        name,
    )
    return read_version(row) if row else None


async def insert(
    connection: "Connection",
    function: Function,
    maker: Maker,
    provenance: Provenance,
    current: Version | None,
    strength: Strength,
) -> Version:
    """Add a version to a function, which is called from now on; the one before is superseded."""
    await set_status(connection, function.name, "superseded", None)
    row = await connection.fetchrow(
        "insert into swarm.functions (name, version, status, maker, record, provenance, supersedes, mutants, killed)"
        " select $1, 1 + coalesce(max(version), 0), 'saved', $2, $3, $4, $5, $6, $7 from swarm.functions"
        f" where name = $1 returning {COLUMNS}",
        *(function.name, maker, function.model_dump_json(), provenance.model_dump_json()),
        current.number if current else None,
        *strength,
    )
    assert row is not None
    return read_version(row)


async def set_status(connection: "Connection", name: str, status: Status, version: int | None) -> None:
    """Give a version another state; without a number, the one that is called."""
    which = "version = $3" if version is not None else "status <> 'superseded' and $3::int is null"
    query = f"update swarm.functions set status = $2 where name = $1 and {which}"
    await connection.execute(query, name, status, version)


def read_version(row: Any) -> Version:
    """Make a version of its row, which was checked when it entered: its schemas are not checked again."""
    function = Function.model_validate_json(row["record"], context=KEPT)
    provenance = Provenance.model_validate_json(row["provenance"])
    told = {**row, "function": function, "number": row["version"], "provenance": provenance}
    return Version.model_validate({name: told[name] for name in Version.model_fields}, context=KEPT)


def as_json(versions: Sequence[Version]) -> list[dict[str, JsonValue]]:
    """Return versions as `--json` prints them."""
    return [
        each.function.model_dump(mode="json")
        | each.model_dump(mode="json", exclude={"function", "number"})
        | {"version": each.number, "signature": each.function.signature}
        for each in versions
    ]
