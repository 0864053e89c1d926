"""Traces: what the nodes of a run came to, from Prefect's records, the reports and the recorded decisions."""

from integrations.records import Records
from swarm.comparing import Compared, Trace, compare
from swarm.decisions import Decision
from swarm.kept import reports_of
from swarm.nodes import Node
from swarm.recorded import decided, decisions, reachable
from swarm.reports import Report
from swarm.rules import label
from swarm.runs import course_of
from swarm.views import NodeView


async def compare_replay(records: Records, replay: Node, source: str) -> list[Compared]:
    """Compare each report of a replay with that of its source; what a retry left behind in the source is left out."""
    theirs = await reports_of(records.pool, source)
    ours = await reports_of(records.pool, replay.run)
    if (await course_of(records.pool, source)).retries:
        led_to = reachable(replay.id, replay.origin, theirs, await decided(records.pool, source))
        theirs = {node: report for node, report in theirs.items() if node in led_to}
    return compare(theirs, ours)


async def traces(records: Records, run: str) -> dict[str, Trace]:
    """Return what each node of a run came to, by path; those of a fork that it has read and not run are among them."""
    reports = await reports_of(records.pool, run)
    made = decisions(await decided(records.pool, run))
    views = (await records.view(run)).nodes
    return {view.path: _trace(view, reports.get(view.id), made.get(view.id, {})) for view in views}


def _trace(view: NodeView, report: Report | None, made: dict[int, Decision]) -> Trace:
    told = {"path": view.path, "kind": view.kind, "status": view.status, "goal": view.goal, "turns": view.turns}
    if report is not None:
        told |= {"status": report.status, "turns": report.turns, "answer": report.answer or report.summary}
        told |= {"files": report.artifacts, "cost": report.cost}
        made = {turn: decision for turn, decision in made.items() if turn < report.turns}
    else:
        told["cost"] = view.usage
    actions = tuple(f"{turn + 1}: {label(decision.action)}" for turn, decision in sorted(made.items()))
    return Trace.model_validate(told | {"actions": actions})
