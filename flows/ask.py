"""Ask: a flow run that pauses until a person answers its form, in the Prefect UI or over its API."""

from prefect import flow, get_run_logger
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput

from swarm.nodes import Node
from swarm.reports import Observation
from tasks.context import open_run

_POLL_SECONDS = 2


class Answer(RunInput):
    """The form a person fills in."""

    answer: str


@flow(
    name="ask",
    flow_run_name="{node.name}",
    persist_result=True,
    validate_parameters=False,
)
async def ask(node: Node) -> Observation:
    """Pause until the question in `node.goal` is answered; without an answer in time that is the observation."""
    run = await open_run(node)
    form = Answer.with_initial_data(description=f"**A node of the swarm asks**\n\n{node.goal}", answer="")
    timeout = run.settings.swarm_ask_timeout
    action = f"ask_user {node.goal}"
    try:
        given = await apause_flow_run(
            wait_for_input=form, timeout=timeout, poll_interval=_POLL_SECONDS, key=f"ask-{node.id}"
        )
    except FlowPauseTimeout:
        get_run_logger().warning("nobody answered within %s s", timeout)
        return Observation(action=action, outcome="error", text=f"nobody answered within {timeout} s; go on without")
    return Observation(action=action, outcome="ok", text=f"the person answered: {given.answer}")
