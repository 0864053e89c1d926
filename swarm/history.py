"""History: what happened to the nodes of a run, as events in order, and what that makes of them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter

from swarm.nodes import Noun
from swarm.reports import Report
from swarm.usage import Usage
from swarm.views import NodeView, RunStatus, RunView, View, order

Action = Literal["create_node", "run_node", "terminate_node"]
State = Literal["created"] | RunStatus
_ENDED = ("done", "partial", "failed", "cancelled")
"""A crashed node has not ended: its work goes on when its run is resumed."""
RANKS: dict[Action, int] = {"create_node": 0, "run_node": 1, "terminate_node": 2}


class NodeState(Noun):
    """A node as it stands. `attempt` counts the flow runs it has had; a report is the one that counts now."""

    id: str
    path: str
    parent: str = ""
    kind: str = "solve"
    key: str = ""
    goal: str
    depends_on: tuple[str, ...] = ()
    flow_run_id: str
    attempt: int = 1
    status: State = "created"
    report: Report | None = None


class Event(Noun):
    """One thing that happened to a node; `time` is ISO 8601, UTC."""

    action: Action
    time: str
    node: NodeState


class Folded(View):
    """What a history comes to: how many nodes there are, each as it stands, and the ids of those not ended."""

    population: int
    nodes: tuple[NodeState, ...]
    queue: tuple[str, ...]


HISTORY = TypeAdapter(tuple[Event, ...])


def fold(history: Iterable[Event]) -> Folded:
    """Return the nodes of a run, in the order they were made, as the last event has left each."""
    nodes: dict[str, NodeState] = {}
    for event in history:
        nodes[event.node.id] = event.node
    queue = tuple(node.id for node in nodes.values() if node.status not in _ENDED)
    return Folded(population=len(nodes), nodes=tuple(nodes.values()), queue=queue)


def ordered(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return events in the order of their times; what happened to a node at one moment, in its natural order."""
    return tuple(sorted(events, key=_place))


def with_past(view: RunView, past: Iterable[Event], spent: Mapping[str, Usage]) -> RunView:
    """Add to a run what it was before it came here: the nodes that had ended and did not run again."""
    here = {node.id for node in view.nodes}
    before = [
        NodeView(
            **node.model_dump(include={"id", "path", "parent", "kind", "goal", "flow_run_id"}),
            status=node.status,
            turns=node.report.turns if node.report else 0,
            usage=spent.get(node.path, Usage()),
        )
        for node in fold(past).nodes
        if node.id not in here and node.status in _ENDED
    ]
    nodes = sorted((*view.nodes, *before), key=lambda node: order(node.path))
    return view.model_copy(update={"nodes": tuple(nodes)})


def _place(event: Event) -> tuple[datetime, int, str]:
    return datetime.fromisoformat(event.time), RANKS[event.action], event.node.path
