"""The library in the database: versions, of which one at most per name is called, and the calls that were made."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from swarm.errors import FunctionConflict, FunctionNotFound, FunctionRefused
from swarm.functions.records import Case, Function, Maker, Name, Pin, Provenance, Status, Version
from swarm.functions.version_rows import COLUMNS, Strength, insert, newest, read_version, set_status
from swarm.nodes import Noun
from swarm.outages import fetch, patiently
from swarm.points import durable
from swarm.ranking import best_names

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

_FAILURES, _OF = 3, 5
"""Calls that failed on valid arguments, of the last ones, after which a function the swarm has made is quarantined."""
_NO_TEST = "caller not like 'test of %'"
_CASES = 200
_LARGEST_CASE = 20_000


class Logged(Noun):
    """One call, as it is written down."""

    name: Name
    version: int
    caller: str
    run: str | None = None
    node: str | None = None
    key: str | None = None
    arguments_hash: str
    outcome: Literal["ok", "failed", "refused"]
    error: str = ""
    seconds: float


class Statistics(Noun):
    """How often a version was called, and how that went."""

    calls: int = 0
    ok: int = 0
    failed: int = 0
    refused: int = 0
    mean_seconds: float = 0.0
    last: str | None = None


class Library:
    """What the swarm can do. Raises StackError while the database is away."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool

    async def save(
        self,
        function: Function,
        maker: Maker,
        provenance: Provenance | None = None,
        tested_against: int | None = None,
        strength: Strength = (None, None),
    ) -> Version:
        """Save a function as the version that is called from now on; the same again is the one that is there.

        `strength` is how many mutants its tests could tell from it, and how many they do. `tested_against` is the
        version whose tests the new one has passed, 0 for none: FunctionConflict if another is called by now. Raises
        FunctionRefused where the swarm would replace what a person wrote, or a built-in.
        """

        async def saved() -> Version:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute("select pg_advisory_xact_lock(hashtext($1))", f"function {function.name}")
                latest = await newest(connection, function.name)
                current = latest if latest and latest.status != "superseded" else None
                if latest and latest.maker != "swarm" and maker != latest.maker and maker != "person":
                    raise FunctionRefused(f"{latest.label} was written by a {latest.maker}; choose another name")
                if current and current.function.model_copy(update={"lock": function.lock}) == function:
                    return current
                if current and maker == "swarm" and current.function.content == function.content:
                    return current
                if tested_against is not None and tested_against != (current.number if current else 0):
                    raise FunctionConflict(f"{function.name} has another version by now; test against that one")
                return await insert(connection, function, maker, provenance or Provenance(), current, strength)

        with durable(f"function {function.name}"):
            return await patiently(saved)

    async def get(self, name: str, version: Pin | None = None) -> Version:
        """Return a version by its number or content, or the one that is called.

        Raises FunctionNotFound, with the names that come near.
        """
        if isinstance(version, str):
            return await self._with_content(name, version)
        which = "version = $2" if version is not None else "status <> 'superseded' and $2::int is null"
        query = f"select {COLUMNS} from swarm.functions where name = $1 and {which}"
        row = await patiently(lambda: self._pool.fetchrow(query, name, version))
        if row is None:
            known = [each.number for each in await self.history(name)]
            if known:
                raise FunctionNotFound(f"{name} has no version {version}; it has {', '.join(map(str, known))}")
            near = best_names(await self.names(), name.replace("_", " "), 3)
            instead = f"; did you mean {', '.join(near)}?" if near else "; `swarm functions ls` lists all"
            raise FunctionNotFound(f"there is no function {name[:80]!r}{instead}")
        return read_version(row)

    async def _with_content(self, name: str, content: str) -> Version:
        """Return the newest version with some content."""
        found = [each for each in await self.history(name) if each.function.content == content]
        if not found:
            raise FunctionNotFound(
                f"{name} is not here as it was when it was called in tests ({content}); bring that version in, too"
            )
        return found[-1]

    async def pinned_by(self, name: str, version: int | None = None) -> list[Version]:
        """Return the versions of other functions that pin a version of this one, or any."""
        wanted = [each for each in await self.history(name) if version in (None, each.number)]
        pins = {each.number for each in wanted} | {each.function.content for each in wanted}
        query = f"select {COLUMNS} from swarm.functions where name <> $1 and record::jsonb -> 'calls' ? $1"
        rows = await patiently(lambda: self._pool.fetch(query, name))
        return [each for each in map(read_version, rows) if each.function.calls.get(name) in pins]

    async def names(self) -> list[str]:
        """Return the names of all functions, in order."""
        query = "select distinct name from swarm.functions order by name"
        return [row["name"] for row in await patiently(lambda: self._pool.fetch(query))]

    async def current(self, names: Sequence[str] | None = None) -> list[Version]:
        """Return the version of each function, or of these, that is called, quarantined ones included, by name."""
        which = "status <> 'superseded' and ($1::text[] is null or name = any($1))"
        query = f"select {COLUMNS} from swarm.functions where {which} order by name"
        return [read_version(row) for row in await fetch(self._pool, query, names)]

    async def has_learnt(self) -> bool:
        """Say whether there are functions that are not built in."""
        query = "select exists (select 1 from swarm.functions where maker <> 'builtin')"
        return bool(await patiently(lambda: self._pool.fetchval(query)))

    async def history(self, name: str) -> list[Version]:
        """Return all versions of a function, oldest first."""
        query = f"select {COLUMNS} from swarm.functions where name = $1 order by version"
        return [read_version(row) for row in await patiently(lambda: self._pool.fetch(query, name))]

    async def rollback(self, name: str, version: int) -> Version:
        """Make an older version the one that is called; raises FunctionNotFound."""
        wanted = await self.get(name, version)

        async def turned() -> None:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute("select pg_advisory_xact_lock(hashtext($1))", f"function {name}")
                await set_status(connection, name, "superseded", None)
                await set_status(connection, name, "saved", wanted.number)

        await patiently(turned)
        return await self.get(name)

    async def set_status(self, name: str, version: int, status: Status) -> None:
        """Give a version another state, if it is the one that is called."""
        query = (
            "update swarm.functions set status = $3"
            " where name = $1 and version = $2 and status <> 'superseded' and status <> $3"
        )
        with durable(f"function {name} {status}"):
            await patiently(lambda: self._pool.execute(query, name, version, status))

    async def prove(self, name: str, version: int) -> None:
        """Note that a version has helped the goal it was used for."""
        query = "update swarm.functions set status = 'proven' where name = $1 and version = $2 and status = 'saved'"
        await patiently(lambda: self._pool.execute(query, name, version))

    async def remove(self, name: str, version: int | None = None) -> int:
        """Remove a function, or one version of it, with its calls, goals and vectors; returns how many versions.

        Raises FunctionRefused where another function calls what would go.
        """
        if callers := await self.pinned_by(name, version):
            what = name if version is None else f"{name}@{version}"
            listed = ", ".join(each.label for each in callers[:5])
            raise FunctionRefused(f"{what} is called by {listed}, which would fail without it; remove that first")

        async def removed() -> int:
            async with self._pool.acquire() as connection, connection.transaction():
                rest = "" if version is None else " and version = $2"
                arguments = (name,) if version is None else (name, version)
                rows = await connection.fetch(
                    f"delete from swarm.functions where name = $1{rest} returning version", *arguments
                )
                await connection.execute(f"delete from swarm.function_calls where name = $1{rest}", *arguments)
                left = await connection.fetchval("select count(*) from swarm.functions where name = $1", name)
                if not left:
                    for table in ("function_goals", "function_vectors", "function_terms", "function_uses"):
                        await connection.execute(f"delete from swarm.{table} where name = $1", name)
                return len(rows)

        count = await patiently(removed)
        if not count:
            await self.get(name, version)
        return count

    async def log(self, call: Logged, case: Case | None = None) -> bool:
        """Write a call down; after too many failures the version is quarantined, which is returned.

        `case` is what a version the swarm has made must pass from now on.
        """
        columns = list(Logged.model_fields)
        query = (
            f"insert into swarm.function_calls ({', '.join(columns)})"
            f" values ({', '.join(f'${at}' for at in range(1, len(columns) + 1))}) on conflict (key) do nothing"
        )
        await patiently(lambda: self._pool.execute(query, *(getattr(call, name) for name in columns)))
        if call.outcome != "failed":
            return False
        if case is not None:
            await self._add_case(call.name, call.version, case)
        query = (
            "select outcome from swarm.function_calls where name = $1 and version = $2 and outcome <> 'refused'"
            f" and {_NO_TEST} order by id desc limit {_OF}"
        )
        last = [row["outcome"] for row in await patiently(lambda: self._pool.fetch(query, call.name, call.version))]
        version = await self.get(call.name, call.version)
        if last.count("failed") < _FAILURES or version.maker != "swarm":
            return False
        await self.set_status(call.name, call.version, "quarantined")
        return True

    async def statistics(self, name: str, version: int) -> Statistics:
        """Return how often a version was called, and how that went."""
        query = (
            "select count(*) as calls, count(*) filter (where outcome = 'ok') as ok,"
            " count(*) filter (where outcome = 'failed') as failed,"
            " count(*) filter (where outcome = 'refused') as refused,"
            " coalesce(avg(seconds), 0) as mean_seconds, max(at) as last"
            f" from swarm.function_calls where name = $1 and version = $2 and {_NO_TEST}"
        )
        row = await patiently(lambda: self._pool.fetchrow(query, name, version))
        assert row is not None
        told = dict(row)
        return Statistics.model_validate({**told, "last": told["last"].isoformat() if told["last"] else None})

    async def helped(self, name: str, goal: str) -> None:
        """Note a goal that a function has helped with."""
        query = "insert into swarm.function_goals (name, goal) values ($1, $2) on conflict do nothing"
        await patiently(lambda: self._pool.execute(query, name, goal[:500]))

    async def goals(self, names: Sequence[str] | None = None) -> dict[str, list[str]]:
        """Return the goals that functions have helped with, the latest first, at most 20 of each."""
        query = (
            "select name, array_agg(goal order by at desc, goal) as goals from swarm.function_goals"
            " where $1::text[] is null or name = any($1) group by name"
        )
        return {row["name"]: list(row["goals"])[:20] for row in await fetch(self._pool, query, names)}

    async def _add_case(self, name: str, version: int, case: Case) -> None:
        """Have a version the swarm made be tested by one more case; its content stays what it is."""
        told = case.model_dump(mode="json")
        if len(json.dumps(told)) > _LARGEST_CASE:
            return

        async def added() -> None:
            async with self._pool.acquire() as connection, connection.transaction():
                row = await connection.fetchrow(
                    f"select {COLUMNS} from swarm.functions where name = $1 and version = $2 for update", name, version
                )
                known = read_version(row) if row else None
                if known is None or known.maker != "swarm" or case in (cases := known.function.test_cases):
                    return
                function = known.function.model_copy(update={"test_cases": (*cases, case)[:_CASES]})
                query = "update swarm.functions set record = $3 where name = $1 and version = $2"
                await connection.execute(query, name, version, function.model_dump_json())

        await patiently(added)
