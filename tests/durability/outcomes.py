"""What became of a run: all that must be the same whether or not it was killed, read from where it is kept."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpx

from integrations.records import Records
from swarm.chat import Message
from swarm.kept import name_of, reports_of
from swarm.keys import digest
from swarm.nodes import Node
from swarm.reports import Report
from swarm.stack import Connection

PAUSED, ANSWERED, ANSWERED_WHILE_DEAD = "while paused", "once answered", "answered while dead"
"""Kills at moments of a person's, which are no writes of ours."""
MARKS_LOST = "marks lost"
"""A kill while the model thinks, after which what the run kept on the disk of its files is gone, as with its worker."""
CALL = "call "
"""With a number, the kill while the model thinks about that request."""
Call = tuple[str, str, str]
"""A model call: node, role, hash of its messages."""


@dataclass(frozen=True)
class Recorded:
    """What the database and Prefect's records have of a run. `tapes` names each call's place on the tape."""

    run: str
    report: Report | None
    reports: Mapping[str, Report]
    statuses: Mapping[str, str]
    kept: frozenset[str]
    usage: tuple[tuple[object, ...], ...]
    tapes: Mapping[Call, str]
    flow_runs: Counter[str]
    """How often each node was started."""


@dataclass(frozen=True)
class Outcome(Recorded):
    """The records with what a run has left in its workspace, what it has asked, and what befell it."""

    files: Mapping[str, str]
    asked: Counter[Call]
    reached: tuple[str, ...]
    before_kill: tuple[str, ...] = ()
    resumes: int = 0
    problems: tuple[str, ...] = ()

    @property
    def points(self) -> tuple[str, ...]:
        """Every place where this run can be killed: each durable write, before and after, and each model call."""
        calls = [f"{CALL}{number}" for number in range(1, self.asked.total() + 1)]
        moments = (PAUSED, ANSWERED, ANSWERED_WHILE_DEAD) if any(".a" in path for path in self.statuses) else ()
        marks = (MARKS_LOST,) if any(point.startswith("mark ") for point in self.reached) else ()
        return (*dict.fromkeys(self.reached), *calls, *moments, *marks)


async def recorded(records: Records, run: str, stack: Connection) -> Recorded:
    """Read what is recorded of a run."""
    pool, view = records.pool, await records.view(run)
    usage = await pool.fetch("select node, role, tokens_in, tokens_out, usd, key from swarm.usage where run = $1", run)
    tape = await pool.fetch("select key, asked from swarm.tape where run = $1", run)
    rows = await pool.fetch("select key from swarm.results where key like $1", f"{run}/%")
    return Recorded(
        run=run,
        report=await records.report(view),
        reports=await reports_of(pool, run),
        statuses={node.path: node.status for node in view.nodes},
        kept=frozenset(name_of(row["key"]) for row in rows),
        usage=tuple(sorted((*tuple(row)[:-1], row["key"].partition("/")[2]) for row in usage)),
        tapes={taped(json.loads(row["asked"])): f"tape {row['key'].partition('/')[2]}" for row in tape},
        flow_runs=await _flow_runs(run, stack),
    )


def call_of(node: str, role: str, messages: Iterable[Message]) -> Call:
    """Name a call by what was asked."""
    return node, role, digest([[message.role, message.content] for message in messages])


def taped(asked: Mapping[str, object]) -> Call:
    """Name a call that is on the tape."""
    messages = asked["messages"]
    assert isinstance(messages, list)
    return call_of(str(asked["node"]), str(asked["role"]), [Message.model_validate(each) for each in messages])


async def _flow_runs(run: str, stack: Connection) -> Counter[str]:
    body = {"flow_runs": {"tags": {"all_": ["swarm", f"run:{run}"]}}, "limit": 200, "sort": "START_TIME_ASC"}
    async with httpx.AsyncClient(base_url=stack.api_url + "/", timeout=30, headers=stack.headers) as client:
        found = (await client.post("flow_runs/filter", json=body)).json()
    return Counter(Node.model_validate(each["parameters"]["node"]).id for each in found)
