"""What `prefect.yaml` and the page of deployments say is what Prefect reads and the swarm takes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.cli.deploy._models import PrefectYamlModel, RawScheduleConfig

from swarm.goals import check_goal
from swarm.nodes import Node
from swarm.stack.jobs import DEPLOYMENTS, POOL

_TOP = Path(__file__).parent.parent
_PAGE = (_TOP / "deployments" / "README.md").read_text(encoding="utf-8")
_EXAMPLES = re.findall(r"```yaml\n(.*?)```", _PAGE, re.DOTALL)


@pytest.mark.parametrize("text", [(_TOP / "prefect.yaml").read_text(encoding="utf-8"), *_EXAMPLES])
def test_prefect_reads_every_deployment_and_it_runs_the_swarm(text: str) -> None:
    """Each one has the flow, entrypoint and work pool that `swarm up` registers, and a node that can be worked on."""
    raw: dict[str, Any] = yaml.safe_load(text)
    for deployment in PrefectYamlModel.model_validate(raw).deployments:
        assert deployment.entrypoint == DEPLOYMENTS[f"{deployment.flow_name}/swarm"]
        assert deployment.work_pool and deployment.work_pool.name == POOL
        if deployment.parameters:
            check_goal(Node.model_validate(deployment.parameters["node"]).goal)
        assert all(isinstance(schedule, RawScheduleConfig) for schedule in deployment.schedules or [])


def test_the_page_has_a_schedule_to_copy() -> None:
    """The example is not lost, and its cron line is one."""
    (schedule,) = yaml.safe_load(_EXAMPLES[0])["deployments"][0]["schedules"]
    assert RawScheduleConfig.model_validate(schedule).cron == "0 6 * * 1-5"


def test_the_parameters_of_the_commands_are_nodes() -> None:
    """What stands after `--param node=` on the page is JSON of a node."""
    shown = re.findall(r"--param node='(.*?)'", _PAGE)
    assert [Node.model_validate_json(node).goal for node in shown] == ["Count the primes below 1000"]
