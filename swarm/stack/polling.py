"""What the worker process does: register the work pool and the deployments, say that it is ready, and poll.

Started as `python -m swarm.stack.polling LIMIT READY_FILE`, while the server may still be starting.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from swarm.proxies import spare_this_machine
from swarm.settings import load_settings
from swarm.stack import server, warm
from swarm.stack.automations import register_automations
from swarm.stack.jobs import CHORES, DEPLOYMENTS, POOL, QUEUES, TAGS, TEMPLATE, make_worker

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.filters import WorkQueueFilter
    from prefect.workers.process import ProcessWorker

_RESUME_PARAMETERS = {
    "type": "object",
    "required": ["flow_run"],
    "properties": {"flow_run": {"title": "flow_run", "type": "string", "description": "The root's flow run"}},
}
_INGEST_PARAMETERS = {
    "type": "object",
    "properties": {"uri": {"title": "uri", "type": "string", "description": "A source; empty for all", "default": ""}},
}
# What the form in Prefect's UI asks for, and `prefect deployment run --param node=...` accepts.
_PARAMETERS = {
    "type": "object",
    "required": ["node"],
    "properties": {
        "node": {
            "title": "node",
            "type": "object",
            "required": ["goal"],
            "properties": {
                "goal": {"title": "goal", "type": "string", "description": "What is to be done, in a sentence"},
                "inputs": {"title": "inputs", "type": "array", "items": {"type": "string"}},
                "workspace": {
                    "title": "workspace",
                    "type": "string",
                    "description": "The folder it may write to, one you have named (docs/security.md)",
                },
            },
        }
    },
}
_SCHEMAS = {"solve": _PARAMETERS, "resume": _RESUME_PARAMETERS, "ingest": _INGEST_PARAMETERS}
_CHORES = 2
"""Resumes and readings at once, beside the runs."""
_SERVER_SECONDS = 900.0


async def register(client: "PrefectClient") -> None:
    """Create or renew the work pool and the deployments."""
    from prefect.client.schemas.actions import WorkPoolCreate

    await client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=TEMPLATE), overwrite=True)
    if not await client.read_work_queues(work_pool_name=POOL, work_queue_filter=_named(CHORES)):
        await client.create_work_queue(name=CHORES, work_pool_name=POOL)
    for full_name, entrypoint in DEPLOYMENTS.items():
        flow_name, name = full_name.split("/")
        flow_id = await client.create_flow_from_name(flow_name)
        await client.create_deployment(
            flow_id=flow_id,
            name=name,
            entrypoint=entrypoint,
            work_pool_name=POOL,
            work_queue_name=QUEUES.get(full_name, "default"),
            tags=TAGS.get(full_name, []),
            enforce_parameter_schema=False,
            parameter_openapi_schema=_SCHEMAS[flow_name],
        )
    await _register_results(client)
    await register_automations(client, enabled=load_settings().swarm_auto_resume > 0)


def _named(queue: str) -> "WorkQueueFilter":
    from prefect.client.schemas.filters import WorkQueueFilter, WorkQueueFilterName

    return WorkQueueFilter(name=WorkQueueFilterName(any_=[queue]))


async def _register_results(client: "PrefectClient") -> None:
    """Make the block known under which every run keeps its results."""
    from swarm.stack.results import BLOCK, SwarmResults

    await SwarmResults.aregister_type_and_schema(client=client)
    await SwarmResults().asave(BLOCK.partition("/")[2], overwrite=True, client=client)


async def poll(workers: "Sequence[ProcessWorker]", started: Callable[[], object]) -> None:
    """Register, then take runs until the process is ended; the first worker's at once, those of the others soon."""
    from prefect.client.orchestration import get_client

    _await_server(os.environ["PREFECT_API_URL"])
    async with get_client() as client:
        await register(client)
    started()
    await asyncio.gather(*(worker.start(printer=lambda line: None) for worker in workers))


def main() -> None:
    """Run the worker until SIGTERM."""
    from prefect.settings import get_current_settings
    from prefect.utilities.processutils import setup_signal_handlers_worker

    limit, ready = sys.argv[1:]
    spare_this_machine()
    # What the worker will hand to its runs is what the warm process is to start with.
    same = os.environ | get_current_settings().to_environment_variables(exclude_unset=True)
    setup_signal_handlers_worker(os.getpid(), "the worker", lambda line: None)
    # A SIGTERM arrives as KeyboardInterrupt.
    with contextlib.suppress(KeyboardInterrupt), warm.kept(same) as socket:
        command = warm.command(socket)
        workers = [make_worker(int(limit), command), make_worker(_CHORES, command, CHORES, every=4)]
        asyncio.run(poll(workers, lambda: Path(ready).write_text(str(os.getpid()))))


def _await_server(api: str) -> None:
    end = time.monotonic() + _SERVER_SECONDS
    while not server.is_healthy(api) and time.monotonic() < end:
        time.sleep(0.1)


if __name__ == "__main__":
    main()
