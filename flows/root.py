"""The root: where a goal that came from the terminal, the UI or a schedule becomes the first node of a run."""

from prefect import runtime

from swarm.errors import UsageError
from swarm.nodes import Criterion, Node

MAX_GOAL = 20_000
"""Characters of a goal; what is longer belongs into a file."""

_REACHED = Criterion(id="goal", text="The answer shows that the goal is reached")


async def adopt(node: Node) -> Node:
    """Return the node as it will be worked on: checked, named after its run, and with a criterion at the root.

    Raises UsageError for a goal that nobody can work on.
    """
    node = Node.model_validate(node)
    if node.parent:
        return node
    check_goal(node.goal)
    run = node.run or await _new_run()
    return node.model_copy(update={"run": run, "acceptance": node.acceptance or (_REACHED,)})


def check_goal(goal: str) -> None:
    """Raise UsageError for an empty or overlong goal."""
    if not goal.strip():
        raise UsageError("the goal is empty: say in a sentence what is to be done")
    if len(goal) > MAX_GOAL:
        raise UsageError(
            f"the goal has {len(goal)} characters, the limit is {MAX_GOAL}: put it into a file for --context"
        )


async def _new_run() -> str:
    """Name a run after its flow run, and tag that as a run started from the terminal would be."""
    from prefect.client.orchestration import get_client

    flow_run = str(runtime.flow_run.id)
    run = flow_run[:8]
    async with get_client() as client:
        found = await client.read_flow_run(runtime.flow_run.id)
        await client.update_flow_run(found.id, tags={*found.tags, "swarm", f"run:{run}", "kind:root"})
    return run
