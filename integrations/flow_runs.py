"""Flow runs as Prefect's API sends them, and what they say of a node."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from swarm.keys import run_name
from swarm.nodes import Node
from swarm.usage import Usage
from swarm.views import NodeView, RunStatus

_STATES: dict[str, RunStatus] = {
    "SCHEDULED": "running",
    "PENDING": "running",
    "RUNNING": "running",
    "PAUSED": "waiting",
    "COMPLETED": "done",
    "FAILED": "failed",
    "CRASHED": "crashed",
    "CANCELLED": "cancelled",
    "CANCELLING": "cancelled",
}
Record = dict[str, Any]
"""One JSON object as the API sends it."""


def view_of(record: Record, spent: Mapping[str, Usage], doing: Mapping[str, str]) -> NodeView:
    """Return a node as it stands: what it has spent by its path, what it does by its flow run."""
    node = node_of(record)
    turn, _, action = doing.get(record["id"], "").partition(": ")
    return NodeView(
        id=node.id,
        path=node.path,
        parent=node.parent,
        kind=node.kind,
        goal=node.goal,
        status=status_of(record),
        turns=int(turn) if turn.isdigit() else 0,
        usage=spent.get(node.path, Usage()),
        started=record.get("start_time"),
        ended=record.get("end_time"),
        seconds=_seconds(record),
        flow_run_id=record["id"],
        doing=action,
    )


def node_of(record: Record) -> Node:
    """Return the node that a flow run works on."""
    node = Node.model_validate(record["parameters"].get("node", {"goal": "?"}))
    return node if node.run else node.model_copy(update={"run": run_of(record)})


def run_of(record: Record) -> str:
    """Return the name of the run that a flow run belongs to."""
    named = [tag[4:] for tag in record["tags"] if tag.startswith("run:")]
    return named[0] if named else run_name(str(record["id"]))


def status_of(record: Record) -> RunStatus:
    """Return how a flow run stands, in the swarm's words."""
    if record["state_name"] == "Partial":
        return "partial"
    return _STATES.get(str(record["state_type"]), "running")


def _seconds(record: Record) -> float:
    if not record.get("start_time"):
        return 0.0
    started = datetime.fromisoformat(record["start_time"])
    ended = datetime.fromisoformat(record["end_time"]) if record.get("end_time") else datetime.now(UTC)
    return max(0.0, (ended - started).total_seconds())
