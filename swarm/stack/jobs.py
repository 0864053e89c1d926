"""Jobs: what a run's process is started with. The worker decides it, whatever a caller of the Prefect API asks for.

A caller may give a run its parameters. Command, environment, folder and code are the worker's: the work pool has no
variables for them, and the worker reads neither the pool's template nor a deployment's storage.
"""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from swarm.errors import UsageError

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.responses import DeploymentResponse
    from prefect.workers.process import ProcessJobConfiguration, ProcessWorker

POOL = "swarm"
# The same as `prefect.yaml`: flow and deployment, and where the flow's function is.
DEPLOYMENTS = {
    "solve/swarm": "flows.solve.solve",
    "resume/swarm": "flows.resume.resume",
    "ingest/swarm": "flows.ingest.ingest",
}
TAGS = {"solve/swarm": ["swarm", "kind:root"]}
"""A run has them from its first moment, so that one whose process never came is known, too."""
CHORES = "chores"
"""The queue of what must run though runs that wait for people hold every place: resumes and readings."""
QUEUES = {"resume/swarm": CHORES, "ingest/swarm": CHORES}
TEMPLATE: dict[str, Any] = {
    "job_configuration": {"command": None},
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}
"""The work pool's template: nothing in it can be set."""
# What `prefect deploy` writes of itself; the worker does not go there.
_HARMLESS_STEP = "prefect.deployments.steps.set_working_directory"


def check_deployment(deployment: "DeploymentResponse | None") -> str:
    """Return the entrypoint of a deployment; raises UsageError for one that would run anything but our own flows."""
    entrypoint = deployment.entrypoint if deployment else None
    if deployment is None or entrypoint not in DEPLOYMENTS.values():
        raise UsageError(
            f"the work pool {POOL!r} runs {', '.join(DEPLOYMENTS.values())} only, not {entrypoint}; "
            "give flows of your own a work pool of their own"
        )
    steps = [name for step in deployment.pull_steps or () for name in step]
    if foreign := [name for name in steps if name != _HARMLESS_STEP]:
        raise UsageError(f"the work pool {POOL!r} takes no pull steps, and the deployment has {json.dumps(foreign)}")
    return str(entrypoint)


def make_worker(limit: int, command: str, queue: str | None = None, every: int = 1) -> "ProcessWorker":
    """Return a worker: it takes runs from the pool, or from one queue of it, and starts each with `command`.

    It asks for runs each `every`th time that Prefect lets it: asking costs the server about 40 ms of processor time.
    """
    queues = [queue] if queue else None
    return _kind(command, every)(work_pool_name=POOL, work_queues=queues, limit=limit, create_pool_if_not_found=False)


@cache
def _kind(command: str, every: int) -> "type[ProcessWorker]":
    from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

    class OwnConfiguration(ProcessJobConfiguration):
        """A run's process is started by our command, in the worker's environment, with one of our flows."""

        @classmethod
        async def from_template_and_values(cls, *_: Any, **__: Any) -> "ProcessJobConfiguration":
            return cls(command=command)

        def prepare_for_flow_run(
            self, flow_run: "FlowRun", deployment: "DeploymentResponse | None" = None, *more: Any, **named: Any
        ) -> None:
            entrypoint = check_deployment(deployment)
            super().prepare_for_flow_run(flow_run, deployment, *more, **named)
            # Read by the run's process before anything that the deployment names.
            self.env["PREFECT__FLOW_ENTRYPOINT"] = entrypoint

    class OneWord(ProcessWorker):
        """Says once that a process died: Prefect's second word can come after a resume, and would end what it began."""

        job_configuration = OwnConfiguration
        _asked = 0

        async def get_and_submit_flow_runs(self) -> "list[FlowRun]":
            self._asked += 1
            return [] if self._asked % every else await super().get_and_submit_flow_runs()

        async def run(self, *arguments: Any, **named: Any) -> ProcessWorkerResult:
            ended = await super().run(*arguments, **named)
            return ProcessWorkerResult(identifier=ended.identifier, status_code=0)

    return OneWord
