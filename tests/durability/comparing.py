"""Comparing: in what a run that was killed differs from one that was not. Nothing is what is wanted."""

from collections.abc import Iterator

from swarm.keys import canonical
from tests.durability.outcomes import Outcome
from tests.durability.shapes import Shape


def differences(shape: Shape, whole: Outcome, killed: Outcome) -> list[str]:
    """Say what was lost, done twice or asked again."""
    return [*killed.problems, *_results(whole, killed), *_effects(shape, whole, killed), *_again(whole, killed)]


def _results(whole: Outcome, killed: Outcome) -> Iterator[str]:
    """The root's report, every node's, their states, what was kept, what it cost."""
    if killed.report is None or whole.report is None:
        yield "there is no report"
    elif canonical(killed.report.model_dump(mode="json")) != canonical(whole.report.model_dump(mode="json")):
        yield f"the report is {killed.report}, not {whole.report}"
    for node in whole.reports.keys() | killed.reports.keys():
        if whole.reports.get(node) != killed.reports.get(node):
            yield f"node {node} reports {killed.reports.get(node)}, not {whole.reports.get(node)}"
    if whole.statuses != killed.statuses:
        yield f"the nodes are {killed.statuses}, not {whole.statuses}"
    if odd := whole.kept ^ killed.kept:
        yield f"kept by only one of the two: {sorted(odd)}"
    if whole.usage != killed.usage:
        yield f"usage of only one of the two: {set(whole.usage) ^ set(killed.usage)}, or counted twice"


def _effects(shape: Shape, whole: Outcome, killed: Outcome) -> Iterator[str]:
    """The files, and in the log each line once."""
    if whole.files != killed.files:
        yield f"the files are {killed.files}, not {whole.files}"
    if shape.lines and (log := killed.files["log.txt"].split()) != list(shape.lines):
        yield f"the log has {log}, not {list(shape.lines)}"


def _again(whole: Outcome, killed: Outcome) -> Iterator[str]:
    """What was taped is not asked again, what was in flight at most once; what had reported is not started again."""
    for call in killed.asked | whole.asked:
        more = killed.asked[call] - whole.asked[call]
        in_flight = f"{killed.tapes.get(call)} after" not in killed.before_kill
        if more > int(in_flight and bool(killed.before_kill or killed.resumes)) or more < 0:
            yield f"{call} was asked {killed.asked[call]} times, not {whole.asked[call]}; taped before: {not in_flight}"
    for node, times in whole.flow_runs.items():
        reported = f"result {node}/report after"
        had = 0 < whole.reached.count(reported) == killed.before_kill.count(reported)
        if had and killed.flow_runs[node] != times:
            yield f"node {node} had reported and was started {killed.flow_runs[node]} times, not {times}"
