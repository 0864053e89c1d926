"""The root: where a goal that came from the terminal, the UI or a schedule becomes the first node of a run."""

from uuid import UUID

from prefect import runtime
from prefect.client.orchestration import get_client

from swarm import kept
from swarm.carried import carried
from swarm.goals import check_goal
from swarm.keys import run_name
from swarm.nodes import Criterion, Node
from swarm.pools import pool
from swarm.retrying import plan
from swarm.runs import course_of, pardon
from swarm.text.models import redacted
from tasks.context import Run, open_run, take_run

REACHED = Criterion(id="goal", text="The answer shows that the goal is reached")
"""What holds for a root until it has settled its own criteria."""


async def adopt(node: Node) -> tuple[Node, Run]:
    """Return the node as it will be worked on, and its run: checked, named, held, and with a criterion at the root.

    Raises UsageError for a goal that nobody can work on, RunHeld if another process has the run.
    """
    carried(Node.model_validate(node).run)  # from here on the secrets of its settings are known
    node = redacted(Node.model_validate(node))
    if node.parent:
        return node, await open_run(node)
    goal = check_goal(node.goal)
    name = node.run or await _new_run()
    node = node.model_copy(update={"goal": goal, "run": name, "acceptance": node.acceptance or (REACHED,)})
    run = await take_run(node, int(runtime.flow_run.run_count or 1), str(runtime.flow_run.id))
    if run.attempt > 1 and await _is_retried(node):
        wanted = plan((await kept.reports_of(await pool(), name)).values())
        await pardon(await pool(), name, wanted)
        run.course = await course_of(await pool(), name)
    return run.course.changed(node), run


async def is_ended_by_hand(run: Run) -> bool:
    """Say whether somebody has cancelled the run; otherwise its process was told to stop, and it goes on later."""
    if not run.flow_run:
        return False
    async with get_client() as client:
        state = (await client.read_flow_run(UUID(run.flow_run))).state
    return state is not None and state.type.value in ("CANCELLING", "CANCELLED")


async def _is_retried(node: Node) -> bool:
    """Say whether the root ended badly and was then started again by hand, in Prefect's UI."""
    report = await kept.report_of(await pool(), node.run, node.id)
    if report is None or report.status == "done":
        return False
    async with get_client() as client:
        states = await client.read_flow_run_states(runtime.flow_run.id)
    ends = [state for state in states if state.is_final()]
    return bool(ends) and max(ends, key=lambda state: state.timestamp).type.value in ("FAILED", "CANCELLED")


async def _new_run() -> str:
    """Name a run after its flow run, and tag that as a run started from the terminal would be."""
    flow_run = str(runtime.flow_run.id)
    run = run_name(flow_run)
    async with get_client() as client:
        found = await client.read_flow_run(runtime.flow_run.id)
        await client.update_flow_run(found.id, tags={*found.tags, "swarm", f"run:{run}", "kind:root"})
    return run
