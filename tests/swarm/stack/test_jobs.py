"""Jobs: what a run's process is started with is the worker's own, whatever the pool, a deployment or a run says."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun

from swarm.errors import UsageError
from swarm.stack.jobs import DEPLOYMENTS, TEMPLATE, check_deployment, make_worker

_EVIL = {"command": "sh -c id", "env": {"LD_PRELOAD": "/tmp/x.so"}, "working_dir": "/tmp", "name": "x"}


def _deployment(**given: Any) -> Any:
    return SimpleNamespace(
        **{"id": uuid4(), "name": "d", "entrypoint": "flows.solve.solve", "pull_steps": None, "updated": None, **given}
    )


@pytest.mark.parametrize("entrypoint", DEPLOYMENTS.values())
def test_our_own_flows_run(entrypoint: str) -> None:
    """Also by a deployment that `prefect deploy` made, which adds a step that does no harm."""
    step = {"prefect.deployments.steps.set_working_directory": {"directory": "/tmp"}}
    assert check_deployment(_deployment(entrypoint=entrypoint, pull_steps=[step])) == entrypoint


@pytest.mark.parametrize(
    "entrypoint", [None, "os.system", "x.py:f", "flows.solve", "flows.solve.solve:x", "flows/solve.py:solve"]
)
def test_other_flows_do_not(entrypoint: str | None) -> None:
    """The pool is for ours; one line says what to do."""
    with pytest.raises(UsageError, match="a work pool of their own"):
        check_deployment(_deployment(entrypoint=entrypoint))
    with pytest.raises(UsageError, match="a work pool of their own"):
        check_deployment(None)


def test_a_step_that_fetches_or_runs_something_is_refused() -> None:
    """Prefect would run it before the flow."""
    steps = [{"prefect.deployments.steps.run_shell_script": {"script": "id"}}]
    with pytest.raises(UsageError, match=r"no pull steps.*run_shell_script"):
        check_deployment(_deployment(pull_steps=steps))


@pytest.mark.filterwarnings("ignore:Type .OneWord")
async def test_neither_template_nor_variables_change_what_is_started() -> None:
    """Somebody may have changed the pool, too: the worker does not look."""
    worker = make_worker(1, "python knock.py socket")
    template = {"job_configuration": _EVIL, "variables": {"properties": {}}}
    for values in ({}, _EVIL):
        kind: Any = worker.job_configuration
        configuration = await kind.from_template_and_values(template, values)
        run = FlowRun(id=uuid4(), flow_id=uuid4(), name="r", job_variables=values)
        configuration.prepare_for_flow_run(run, _deployment(entrypoint="flows.ingest.ingest"))
        assert configuration.command == "python knock.py socket"
        assert configuration.working_dir is None
        assert "LD_PRELOAD" not in configuration.env
        assert configuration.env["PREFECT__FLOW_ENTRYPOINT"] == "flows.ingest.ingest"


def test_the_template_offers_nothing_to_set() -> None:
    """So Prefect's own form shows nothing, and its server refuses what a caller adds."""
    assert TEMPLATE["variables"]["properties"] == {}
    assert TEMPLATE["variables"]["additionalProperties"] is False
