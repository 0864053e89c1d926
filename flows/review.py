"""Review: a child with a fresh context judges a node's answer; it sees goal, criteria and evidence, no transcript.

On a model with full hands it may look for itself: read, find, and run commands whose changes are not kept.
"""

from collections.abc import Sequence

from prefect import flow

from swarm.decisions import Find, Judge, Read, RunCommand
from swarm.errors import InvalidOutput
from swarm.nodes import Criterion, Node
from swarm.reports import CriterionResult, Observation, Verdict
from swarm.rules import label
from swarm.tree.case import Case
from swarm.tree.turn_log import TurnLog
from tasks.commands import try_command
from tasks.context import open_run
from tasks.inspecting import MOST_TURNS, inspect
from tasks.reading import find, read
from tasks.thinking import judge


@flow(
    name="review",
    flow_run_name="{node.name}",
    persist_result=False,  # what counts is kept by steps and reports, under their own keys
    validate_parameters=False,
)
async def review(
    node: Node, answer: str, evidence: Sequence[Observation], criteria: Sequence[Criterion], case: Case | None = None
) -> Verdict:
    """Judge an answer by its criteria; raises ModelError or BudgetExhausted, which the caller reports."""
    (await open_run(node)).meter.open(node)
    try:
        judged = await (judge(node, 0, answer, evidence, criteria) if case is None else _inspected(node, case))
    except InvalidOutput:
        return Verdict(result="cannot_judge")
    if not judged:
        return Verdict(result="cannot_judge")
    failed = any(criterion.result == "fail" for criterion in judged)
    return Verdict(result="needs_more" if failed else "satisfied", criteria=judged)


async def _inspected(node: Node, case: Case) -> tuple[CriterionResult, ...]:
    """Let a reviewer look until it judges; empty if it never does."""
    case = Case.model_validate(case)
    log, most, names = TurnLog([]), case.profile.observation_characters, {c.id: c.text for c in case.criteria}
    for turn in range(MOST_TURNS):
        decision = await inspect(node, turn, case, log.history)
        log.begin(decision)
        for number, action in enumerate(decision.actions):
            log.begin_action()
            match action:
                case Judge(criteria=found):
                    return tuple(CriterionResult(id=c.id, text=names[c.id], result=c.result, gap=c.gap) for c in found)
                case Read():
                    log.see(await read(node, turn, number, action, most))
                case Find():
                    log.see(await find(node, turn, number, action, most))
                case RunCommand():
                    log.see(await try_command(node, turn, number, action, most))
                case other:
                    told = "a reviewer only looks and judges"
                    log.see(Observation(action=label(other), outcome="refused", text=told))
    return ()
