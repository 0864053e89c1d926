"""Explaining a run: what its records hold of the node in which it went wrong."""

from datetime import datetime

from pydantic import JsonValue

from integrations.records import Records
from swarm.kept import like, reports_of
from swarm.outages import patiently
from swarm.recorded import read_step
from swarm.run.explanation import Explanation, Happened, explain, find_culprit, last_good_turn
from swarm.usage import Usage

_OK = "ok"


async def explanation_of(records: Records, run: str) -> Explanation:
    """Say where a run went wrong, what it cost from there, and what to try."""
    view = await records.view(run)
    reports = await reports_of(records.pool, run)
    ended = sorted((node for node in view.nodes if node.kind == "solve"), key=lambda node: node.ended or "9")
    culprit = find_culprit(reports, [node.path for node in ended])
    if culprit is None:
        return Explanation(run=run, status=view.status)
    goal = next((node.goal for node in view.nodes if node.path == culprit.path), "")
    rows = await patiently(
        lambda: records.pool.fetch(
            "select key, data, at from swarm.results where key like $1 order by at, key",
            f"{like(run)}/{culprit.node}/%",
        )
    )
    happened: list[tuple[Happened, datetime]] = []
    for row in rows:
        step = read_step(row["key"], bytes(row["data"]))
        if step and (what := _happened(step.turn, step.result)):
            happened.append((what, row["at"]))
    steps = [what for what, _ in happened]
    good = last_good_turn(steps)
    since = max((at for what, at in happened if what.turn <= good), default=None)
    return explain(run, culprit, goal, steps, await _spent(records, run, culprit.path, since))


def _happened(turn: int, result: JsonValue) -> Happened | None:
    """Read an observation, or what came of a command, out of a step's result."""
    if not isinstance(result, dict):
        return None
    if "outcome" in result and "action" in result:
        return Happened(turn, str(result["action"]), result["outcome"] == _OK, str(result.get("text") or ""))
    if "ended" in result and "output" in result:
        said = str(result.get("refused") or f"{result['ended']}\n{str(result['output'])[-300:]}")
        return Happened(turn, "run_command", result.get("ok") is True, said)
    return None


async def _spent(records: Records, run: str, path: str, since: datetime | None) -> Usage:
    query = (
        "select count(*) as calls, coalesce(sum(tokens_in), 0) as read, coalesce(sum(tokens_out), 0) as wrote,"
        " sum(usd) as usd from swarm.usage where run = $1 and (node = $2 or node like $3)"
        " and ($4::timestamptz is null or at > $4)"
    )
    row = await patiently(lambda: records.pool.fetchrow(query, run, path, f"{path}.%", since))
    assert row is not None
    return Usage(calls=row["calls"], tokens_in=row["read"], tokens_out=row["wrote"], usd=row["usd"])
