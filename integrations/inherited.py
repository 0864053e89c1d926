"""Inherited: the nodes that a fork has read and not run; they are shown with it, as they ended in the run it forks."""

from typing import TYPE_CHECKING

from swarm.errors import UsageError
from swarm.kept import like, reports_of
from swarm.outages import patiently
from swarm.recorded import decided, reachable
from swarm.usage import Usage
from swarm.views import NodeView, RunView, order

if TYPE_CHECKING:
    from integrations.records import Records

_KEPT = "(key like '%/report' or key like '%/fact-answer-%' or key like '%/fact-verdict-%')"


async def with_inherited(records: "Records", view: RunView) -> RunView:
    """Return a run with the nodes that it has taken over, which have cost it nothing; a run of its own as it is."""
    row = await patiently(lambda: records.pool.fetchrow("select source, mode from swarm.runs where run = $1", view.run))
    if row is None or row["source"] is None or row["mode"] == "replay":
        return view
    try:
        theirs = (await records.view(row["source"])).nodes
    except UsageError:  # it was pruned
        return view
    paths = {node.path for node in view.nodes}
    left = [node for node in theirs if node.path not in paths]
    taken = await _taken(records, view, row["source"]) if left else set()
    nodes = [*view.nodes, *(_free(node) for node in left if node.id in taken)]
    return view.model_copy(update={"nodes": tuple(sorted(nodes, key=lambda node: order(node.path)))})


def _free(node: NodeView) -> NodeView:
    return node.model_copy(update={"usage": Usage()})


async def _taken(records: "Records", view: RunView, source: str) -> set[str]:
    """Return the ids of the nodes that a fork's own decisions have led to and that have left something in it."""
    origin = (await records.runs.root(view.run))["parameters"]["node"].get("origin") or source
    query = f"select key from swarm.results where key like $1 and {_KEPT}"
    rows = await patiently(lambda: records.pool.fetch(query, f"{like(view.run)}/%"))
    ids = {str(row["key"]).split("/")[1] for row in rows}
    steps = await decided(records.pool, view.run)
    return ids & reachable(view.nodes[0].id, origin, await reports_of(records.pool, view.run), steps)
