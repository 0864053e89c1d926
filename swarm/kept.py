"""What a run has kept: steps, reports and small facts, one row each, whole or absent, under keys that begin with it.

`RUN/NODE/TURN/STEP-HASH` is a step, `RUN/NODE/report` a report; both are in the record in which Prefect keeps a result.
`RUN/NODE/TURN/fact-NAME-HASH` is a fact: something decided once that no step holds, as plain JSON.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from pydantic import JsonValue

from swarm.errors import StackError
from swarm.keys import canonical
from swarm.nodes import Node
from swarm.outages import patiently
from swarm.points import durable
from swarm.reports import Report
from swarm.text.redaction import redact_bytes, redact_json

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]


async def read(pool: "Pool", key: str) -> bytes | None:
    """Return what is kept under a key."""
    found = await patiently(lambda: pool.fetchval("select data from swarm.results where key = $1", key))
    return None if found is None else bytes(found)


async def write(pool: "Pool", key: str, data: bytes) -> None:
    """Keep `data` under a key, redacted, in the place of what was there."""
    data = redact_record(data)
    with durable(name_of(key)):
        await patiently(
            lambda: pool.execute(
                "insert into swarm.results (key, data) values ($1, $2)"
                " on conflict (key) do update set data = excluded.data, at = now()",
                key,
                data,
            )
        )


async def once(pool: "Pool", key: str, make: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
    """Return the fact under a key; where there is none yet, make it and keep it."""
    known = await read(pool, key)
    if known is not None:
        return json.loads(known)  # type: ignore[no-any-return]
    made: JsonValue = redact_json(await make())
    await write(pool, key, canonical(made).encode())
    return made


async def report_of(pool: "Pool", run: str, node_id: str) -> Report | None:
    """Return a node's report; None while there is none."""
    data = await read(pool, Node.report_key_of(run, node_id))
    return None if data is None else read_report(data)


async def reports_of(pool: "Pool", run: str, nodes: Sequence[str] | None = None) -> dict[str, Report]:
    """Return the reports of these nodes of a run, or of all, by node id."""
    if nodes is None:
        query, wanted = "select data from swarm.results where key like $1", f"{like(run)}/%/report"
        rows = await patiently(lambda: pool.fetch(query, wanted))
    else:
        keys = [Node.report_key_of(run, node) for node in nodes]
        rows = await patiently(lambda: pool.fetch("select data from swarm.results where key = any($1)", keys))
    found = [read_report(bytes(row["data"])) for row in rows]
    return {report.node: report for report in found}


async def claimed_nodes(pool: "Pool", run: str) -> int:
    """Return how many nodes the splits of a run have made so far."""
    rows = await patiently(
        lambda: pool.fetch(
            "select data from swarm.results where key like $1 and key like '%/fact-leases-%'", f"{like(run)}/%"
        )
    )
    # A text in the place of the leases says why a split was refused.
    made = [json.loads(row["data"]) for row in rows]
    return sum(len(leases) for leases in made if isinstance(leases, list))


def read_report(data: bytes) -> Report:
    """Read a report from the record in which Prefect keeps a result; raises StackError."""
    try:
        return Report.model_validate(json.loads(json.loads(data)["result"])["data"])
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(f"the stored report cannot be read: {error}") from None


def redact_record(data: bytes) -> bytes:
    """Return a record without secrets: a fact, or Prefect's, whose result is JSON within JSON."""
    if redact_bytes(data) == data:
        return data
    try:
        told = json.loads(data)
        if isinstance(told, dict) and isinstance(told.get("result"), str):
            told["result"] = canonical(redact_json(json.loads(told["result"])))
        return canonical(redact_json(told)).encode()
    except ValueError:
        return redact_bytes(data)


def like(text: str) -> str:
    """Escape a text for use in an SQL `like`."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def name_of(key: str) -> str:
    """Name a key without its run, so that the same write has the same name in every run."""
    _, _, rest = key.partition("/")
    return f"result {rest}" if rest else "result of a flow run"
