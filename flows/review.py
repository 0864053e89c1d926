"""Review: a child with a fresh context judges a node's answer; it sees goal, criteria and evidence, no transcript."""

from collections.abc import Sequence

from prefect import flow

from swarm.errors import InvalidOutput
from swarm.nodes import Criterion, Node
from swarm.reports import Observation, Verdict
from tasks.context import open_run
from tasks.thinking import judge


@flow(
    name="review",
    flow_run_name="{node.name}",
    persist_result=False,  # what counts is kept by steps and reports, under their own keys
    validate_parameters=False,
)
async def review(node: Node, answer: str, evidence: Sequence[Observation], criteria: Sequence[Criterion]) -> Verdict:
    """Judge an answer by its criteria; raises ModelError or BudgetExhausted, which the caller reports."""
    (await open_run(node)).meter.open(node)
    try:
        judged = await judge(node, 0, answer, evidence, criteria)
    except InvalidOutput:
        return Verdict(result="cannot_judge")
    failed = any(criterion.result == "fail" for criterion in judged)
    return Verdict(result="needs_more" if failed else "satisfied", criteria=judged)
