"""Runs: what the database knows of a run beside its tree: whom it replays or forks, what was changed or retried."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from swarm.nodes import Lease, Node, Noun
from swarm.outages import patiently
from swarm.points import durable
from swarm.run.folders import is_broad
from swarm.settings import Settings

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]
_COLUMNS = ("node", "path", "made_of", "ended", "turn", "note")
Mode = Literal["live", "replay"]


class Change(Noun):
    """What a person has changed for one node of a run: another goal, answer, model or lease."""

    goal: str | None = None
    answer: str | None = None
    model: str | None = None
    lease: Lease | None = None


class Retry(Noun):
    """New turns for a node after so many: `made_of` names its inputs then, `ended` the report that does not count."""

    node: str
    path: str
    made_of: str
    ended: str
    turn: int
    note: str = ""
    batch: int = 0
    """The nodes that were retried together have the same number."""


class Course(BaseModel):
    """How a run is to go: by itself, or after another one."""

    model_config = ConfigDict(frozen=True)

    run: str
    mode: Mode = "live"
    source: str | None = None
    live_from: str | None = None
    changes: dict[str, Change] = Field(default_factory=dict)
    retries: tuple[Retry, ...] = ()
    resumes: int = 0

    def changed(self, node: Node) -> Node:
        """Return a node as it is to be after what a person has changed."""
        change = self.changes.get(node.path)
        if change is None:
            return node
        told = {"goal": change.goal or node.goal, "lease": change.lease or node.lease}
        return node.model_copy(update=told)

    def model_at(self, path: str) -> str | None:
        """Return the model a person has chosen for the subtree a path is in; the deepest choice counts."""
        chosen = {at: change.model for at, change in self.changes.items() if change.model and is_within(path, at)}
        return chosen[max(chosen, key=len)] if chosen else None

    @property
    def is_strict(self) -> bool:
        """Whether whatever happens must be on the tape of the source."""
        return self.mode == "replay" and self.live_from is None

    def may_be_taped(self, path: str) -> bool:
        """Whether the tape of the source is looked at for this path."""
        return self.mode == "replay" and (self.live_from is None or not is_within(path, self.live_from))

    def follows(self, path: str) -> bool:
        """Whether nothing at this path or below it is live: what was first there, and who, is as in the source."""
        return self.may_be_taped(path) and (self.live_from is None or not is_within(self.live_from, path))


def is_within(path: str, at: str) -> bool:
    """Say whether a path is that of a node or lies below it."""
    return path == at or path.startswith(at + ".")


async def course_of(pool: "Pool", run: str) -> Course:
    """Return how a run is to go; an unknown one goes by itself."""
    row = await patiently(lambda: pool.fetchrow("select * from swarm.runs where run = $1", run))
    retried = await patiently(
        lambda: pool.fetch(
            "select node, path, made_of, ended, turn, note, batch from swarm.retries where run = $1 order by id", run
        )
    )
    retries = tuple(Retry(**dict(each)) for each in retried)
    if row is None:
        return Course(run=run, retries=retries)
    told = {name: row[name] for name in ("mode", "source", "live_from", "resumes")}
    return Course(run=run, retries=retries, changes=json.loads(row["changes"]), **told)


async def enter(pool: "Pool", course: Course, goal: str, workspace: str, named: Sequence[str] = ()) -> None:
    """Write a run down before it starts; what is known already stays.

    `named` are the paths that the owner named on the command line; empty for a run that came over Prefect's API.
    """
    changes = json.dumps({path: change.model_dump(exclude_none=True) for path, change in course.changes.items()})
    await patiently(
        lambda: pool.execute(
            "insert into swarm.runs (run, goal, workspace, mode, source, live_from, changes, named)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (run) do nothing",
            *(course.run, goal, workspace, course.mode, course.source, course.live_from, changes, list(named)),
        )
    )


async def workspace_of(pool: "Pool", run: str) -> str | None:
    """Return the folder a run was given to work in."""
    found = await patiently(lambda: pool.fetchval("select workspace from swarm.runs where run = $1", run))
    return str(found) if found else None


class Start(NamedTuple):
    """How a run was started: the goal, and the paths named on the command line; None before that was written down."""

    goal: str | None
    named: tuple[str, ...] | None


async def start_of(pool: "Pool", run: str) -> Start:
    """Return how a run was started; an unknown one was not started on the command line."""
    row = await patiently(lambda: pool.fetchrow("select goal, named from swarm.runs where run = $1", run))
    if row is None:
        return Start(None, ())
    return Start(row["goal"], None if row["named"] is None else tuple(row["named"]))


async def shared_paths(pool: "Pool", settings: Settings) -> tuple[str, ...]:
    """Return the paths that runs over Prefect's API may use: SWARM_FOLDERS, or all named to `swarm run` so far."""
    if settings.swarm_folders:
        return tuple(map(str, settings.swarm_folders))
    rows = await patiently(lambda: pool.fetch("select distinct unnest(named) as path from swarm.runs order by 1"))
    return tuple(row["path"] for row in rows if "://" not in row["path"] and not is_broad(row["path"]))


class Plan(BaseModel):
    """A retry: who gets new turns, and the reports (by node id) that no longer count."""

    model_config = ConfigDict(frozen=True)

    retries: tuple[Retry, ...]
    forgotten: tuple[str, ...]


async def pardon(pool: "Pool", run: str, plan: Plan) -> None:
    """Give nodes new turns and forget their reports, both or neither."""
    keys = [Node.report_key_of(run, node) for node in plan.forgotten]

    async def both() -> None:
        async with pool.acquire() as connection, connection.transaction():
            query = "select 1 + coalesce(max(batch), 0) from swarm.retries where run = $1"
            batch = await connection.fetchval(query, run)
            await connection.executemany(
                "insert into swarm.retries (run, batch, node, path, made_of, ended, turn, note)"
                " values ($1, $2, $3, $4, $5, $6, $7, $8)",
                [(run, batch, *(getattr(each, name) for name in _COLUMNS)) for each in plan.retries],
            )
            await connection.execute("delete from swarm.results where key = any($1)", keys)

    with durable("retry"):
        await patiently(both)


async def count_resume(pool: "Pool", run: str, most: int) -> bool:
    """Count one resume that nobody asked for; False, and not counted, where there were as many as may be."""
    query = "update swarm.runs set resumes = resumes + 1 where run = $1 and resumes < $2 returning resumes"
    return await patiently(lambda: pool.fetchval(query, run, most)) is not None


async def change_lease(pool: "Pool", run: str, lease: Lease) -> None:
    """Give the whole run another lease from its next attempt on."""
    change = json.dumps({"0": {"lease": lease.model_dump()}})
    query = "update swarm.runs set changes = changes || $2 where run = $1"
    await patiently(lambda: pool.execute(query, run, change))
