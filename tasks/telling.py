"""What a person sees in the Prefect UI: decisions, reports, usage and progress as artifacts of the flow runs."""

import time

from prefect import task
from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from swarm.decisions import Decision
from swarm.nodes import Node, shorten
from swarm.reports import Report
from swarm.rules import label
from swarm.text.redaction import redact
from swarm.text.sanitize import inert_markdown, one_line, quoted
from tasks.context import Run

_PROGRESS_SECONDS = 2.0
_MOST_SHOWN = 20_000
"""Characters of a decision that an artifact shows."""


# A node that is retried reports anew: it never adopts the report of its failed attempt.
@task(name="report", cache_key_fn=lambda _, given: given["node"].report_key, persist_result=True, refresh_cache=True)
async def tell(node: Node, report: Report) -> Report:
    """Persist a node's report: the last step of a node, and the one that says it has ended."""
    await _publish(f"report-{_name(node)}", report.markdown(inert=True), f"{report.turns}: {report.status}")
    return report


async def show_decision(node: Node, turn: int, decision: Decision) -> None:
    """Show a decision on the node's flow run; its description is what the live tree says the node does now."""
    actions = redact("\n".join(action.model_dump_json(indent=1) for action in decision.actions))
    if len(actions) > _MOST_SHOWN:
        actions = f"{actions[:_MOST_SHOWN]}\n... ({len(actions):,} characters in all)"
    text = f"**Situation** {inert_markdown(decision.situation)}\n\n```json\n{actions}\n```"
    done = ", ".join(label(action) for action in decision.actions)
    await _publish(f"decision-{_name(node)}", text, f"{turn + 1}: {shorten(one_line(done), 190)}")


async def show_acceptance(node: Node) -> None:
    """Show what a run counts as done by."""
    rows = [
        "- " + inert_markdown(f"{c.text}{f' ({c.check}: {quoted(c.spec)})' if c.spec else ''}") for c in node.acceptance
    ]
    text = "\n".join(["**It counts as done when**", "", *rows])
    await _publish(f"acceptance-{_name(node)}", text, "0: settle what counts as done")


async def _publish(key: str, text: str, description: str) -> None:
    """Make an artifact; whatever stands in it is redacted, and what a model has said in it is inert already."""
    await acreate_markdown_artifact(redact(text), key=key, description=redact(description))


def _name(node: Node) -> str:
    """Name a node for artifacts: a replay or a fork has nodes of the same id, and its artifacts must not take over."""
    return f"{node.run}-{node.id}" if node.origin else node.id


async def show_usage(run: Run) -> None:
    """Show what each node has spent, on the root."""
    rows: list[dict[str, str | int]] = [
        {
            "node": path,
            "calls": usage.calls,
            "tokens in": usage.tokens_in,
            "tokens out": usage.tokens_out,
            "cached": usage.cached,
            "usd": "unknown" if usage.usd is None else f"{usage.usd:.4f}",
        }
        for path, usage in sorted(run.meter.spent.items())
    ]
    await acreate_table_artifact(rows, key=f"usage-{run.id}", description="Model calls, tokens and money by node")


async def start_progress(run: Run) -> None:
    """Show a progress bar on the flow run that calls: the root."""
    run.progress.artifact = await acreate_progress_artifact(
        0.0, key=f"progress-{run.id}", description="Nodes that have reported"
    )


async def show_progress(run: Run, last: bool = False) -> None:
    """Move the root's progress bar, at most every other second, and to its end when the root has reported."""
    bar = run.progress
    bar.ended += 1
    if bar.artifact is None or (not last and time.monotonic() - bar.shown < _PROGRESS_SECONDS):
        return
    bar.shown = time.monotonic()
    percent = 100.0 if last else round(100.0 * bar.ended / max(run.meter.nodes, 1), 1)
    await aupdate_progress_artifact(bar.artifact, percent)
