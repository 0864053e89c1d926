"""What a person sees in the Prefect UI: decisions, reports, usage and progress as artifacts of the flow runs."""

import time

from prefect import task
from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from swarm.budgets import Meter
from swarm.decisions import Decision
from swarm.nodes import Node
from swarm.reports import Report
from swarm.rules import label
from tasks.context import Run

_PROGRESS_SECONDS = 2.0


@task(name="report", cache_key_fn=lambda _, given: given["node"].report_key, persist_result=True)
async def tell(node: Node, report: Report) -> Report:
    """Persist a node's report: the last step of a node, and the one that says it has ended."""
    await acreate_markdown_artifact(
        report.markdown(), key=f"report-{node.id}", description=f"{node.name}: {report.status}"
    )
    return report


async def show_decision(node: Node, turn: int, decision: Decision) -> None:
    """Show a decision on the node's flow run; its description is what the live tree says the node does now."""
    action = decision.action.model_dump_json(indent=1)
    text = f"**Situation** {decision.situation}\n\n**Missing** {decision.missing}\n\n```json\n{action}\n```"
    await acreate_markdown_artifact(
        text, key=f"decision-{node.id}", description=f"{turn + 1}: {label(decision.action)}"[:200]
    )


async def show_usage(meter: Meter) -> None:
    """Show what each node has spent, on the root."""
    rows: list[dict[str, str | int]] = [
        {
            "node": path,
            "calls": usage.calls,
            "tokens in": usage.tokens_in,
            "tokens out": usage.tokens_out,
            "usd": "unknown" if usage.usd is None else f"{usage.usd:.4f}",
        }
        for path, usage in sorted(meter.spent.items())
    ]
    await acreate_table_artifact(rows, key="usage", description="Model calls, tokens and money by node")


async def show_progress(run: Run) -> None:
    """Move the root's progress bar, at most every other second."""
    bar = run.progress
    if time.monotonic() - bar.shown < _PROGRESS_SECONDS:
        return
    bar.shown = time.monotonic()
    percent = round(100.0 * bar.ended / max(run.meter.nodes, 1), 1)
    if bar.artifact is None:
        bar.artifact = await acreate_progress_artifact(percent, key="progress", description="Nodes that have reported")
    else:
        await aupdate_progress_artifact(bar.artifact, percent)
