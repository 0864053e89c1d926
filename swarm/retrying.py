"""Retrying: which nodes of an ended run get new turns, and which reports are forgotten and written anew."""

from collections.abc import Iterable, Iterator

from swarm.errors import UsageError
from swarm.reports import Report
from swarm.runs import Plan, Retry, is_within


def plan(reports: Iterable[Report], path: str = "0", note: str = "") -> Plan:
    """Plan new turns for the node at `path` and for what failed below it; raises UsageError for one without a report.

    What is done below stays as it is, and so does whatever a done node has made of its children's failures. The nodes
    above report anew. They get new turns too where they failed themselves, but the note is not for them.
    """
    known = {report.path: report for report in reports}
    if path not in known:
        raise UsageError(f"no node at {path} has reported; `swarm show` lists the nodes of a run")
    again = [path, *_failed_below(known, path)]
    above = [at for at in known if at != path and is_within(path, at)]
    noted = [_retry(known[at], note) for at in again]
    silent = [_retry(known[at], "") for at in above if known[at].status != "done"]
    return Plan(retries=(*noted, *silent), forgotten=tuple(known[at].node for at in (*again, *above)))


def _failed_below(known: dict[str, Report], path: str) -> Iterator[str]:
    for at, report in known.items():
        if at.rpartition(".")[0] == path and report.status != "done":
            yield at
            yield from _failed_below(known, at)


def _retry(report: Report, note: str) -> Retry:
    told = {"node": report.node, "path": report.path, "made_of": report.made_of, "ended": report.ending}
    return Retry.model_validate(told | {"turn": report.turns, "note": note})
