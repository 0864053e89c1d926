"""The root: where a goal that came from the terminal, the UI or a schedule becomes the first node of a run."""

from prefect import runtime

from swarm.goals import check_goal
from swarm.keys import run_name
from swarm.nodes import Criterion, Node

_REACHED = Criterion(id="goal", text="The answer shows that the goal is reached")


async def adopt(node: Node) -> Node:
    """Return the node as it will be worked on: checked, named after its run, and with a criterion at the root.

    Raises UsageError for a goal that nobody can work on.
    """
    node = Node.model_validate(node)
    if node.parent:
        return node
    goal = check_goal(node.goal)
    run = node.run or await _new_run()
    return node.model_copy(update={"goal": goal, "run": run, "acceptance": node.acceptance or (_REACHED,)})


async def _new_run() -> str:
    """Name a run after its flow run, and tag that as a run started from the terminal would be."""
    from prefect.client.orchestration import get_client

    flow_run = str(runtime.flow_run.id)
    run = run_name(flow_run)
    async with get_client() as client:
        found = await client.read_flow_run(runtime.flow_run.id)
        await client.update_flow_run(found.id, tags={*found.tags, "swarm", f"run:{run}", "kind:root"})
    return run
