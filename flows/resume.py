"""Resume: a flow run that brings a dead run back, started by the automation that sees it crash."""

import os

from prefect import flow, get_run_logger
from pydantic import SecretStr

from integrations.records import Records
from integrations.reviving import resume as bring_back
from swarm.carried import carried
from swarm.errors import RunHeld, StackError, UsageError
from swarm.pools import database_url
from swarm.settings import load_settings
from swarm.stack import Connection, authorization
from swarm.stack import results as results  # Prefect finds the block by its class, so the class must be known
from swarm.stack.server import ui_url


@flow(name="resume", flow_run_name="resume {flow_run}", persist_result=False, validate_parameters=False)
async def resume(flow_run: str) -> str:
    """Have the run whose root is `flow_run` started again; returns its name, or why it was left as it is."""
    async with await Records.open(_here()) as records:
        run = await records.runs.run_of(flow_run)
        most = carried(run).swarm_auto_resume
        try:
            await bring_back(records, run, most)
        except (RunHeld, UsageError) as error:
            get_run_logger().info("%s", error)
            return str(error)
    return f"run {run} goes on"


def _here() -> Connection:
    """Return the stack this process belongs to."""
    api = os.environ.get("PREFECT_API_URL")
    if not api:
        raise StackError("PREFECT_API_URL is not set in this process; start runs through the worker (`swarm up`)")
    known = authorization(load_settings(), api)
    return Connection(
        api_url=api,
        ui_url=ui_url(api),
        database_url=database_url(),
        authorization=SecretStr(known) if known else None,
    )
