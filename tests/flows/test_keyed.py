"""The canary on Prefect's rule: a subflow is tracked by the qualified name of its function.

If one of these fails after an upgrade of Prefect, a retried parent can hand one child another's result
(PrefectHQ/prefect#18601): read flows/keyed.py before anything else.
"""

import ast
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from prefect import Task, flow, flow_engine
from prefect._internal.engine import dynamic_key_for_task_run
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext

from flows.keyed import keyed
from swarm.settings import Settings
from swarm.stack import Connection
from swarm.stack.home import Home
from swarm.stack.login import read_login


@flow(name="sample", flow_run_name="{word}", persist_result=True, validate_parameters=False)
async def sample(word: str, times: int = 2, *, end: str = "!") -> str:
    """Say a word."""
    return word * times + end


def _tracking_task(child: Any) -> Task[Any, Any]:
    """Make the task by which Prefect tracks a subflow, as its flow engine does."""
    return Task(name=child.name, fn=child.fn, version=child.version)


def _counted(children: list[Any]) -> list[int | str]:
    """Return the numbers under which one parent tracks children that it calls in this order."""
    parent = FlowRun(flow_id=uuid4())
    context = SimpleNamespace(task_run_dynamic_keys={}, flow_run=parent, detached=False)
    return [dynamic_key_for_task_run(cast(FlowRunContext, context), _tracking_task(child)) for child in children]


def test_the_engine_still_tracks_a_subflow_by_a_task_made_of_its_function() -> None:
    """Both engines, for plain and for async flows, hand `fn` and nothing else that differs between two children."""
    made = [
        sorted(keyword.arg or "**" for keyword in call.keywords)
        for call in ast.walk(ast.parse(inspect.getsource(flow_engine)))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Task"
    ]
    assert made == [["fn", "name", "version"]] * 2


def test_the_task_key_depends_on_the_qualified_name_alone() -> None:
    """Two keys make two task keys; the same key makes the same one in every process."""
    one, other = (_tracking_task(keyed(sample, key)).task_key for key in ("node-1", "node-2"))
    assert one != other
    assert one == _tracking_task(keyed(sample, "node-1")).task_key
    assert one.startswith("node-1-")


def test_each_child_has_a_count_of_its_own() -> None:
    """Whatever the order of calls, the first call of a child is number 0 under its own task key."""
    assert _counted([keyed(sample, "node-1"), keyed(sample, "node-2")]) == [0, 0]
    assert _counted([keyed(sample, "node-2"), keyed(sample, "node-1"), keyed(sample, "node-1")]) == [0, 0, 1]


def test_without_keys_two_children_share_one_count() -> None:
    """Why all this is needed: the day Prefect mends it, this fails and flows/keyed.py can go."""
    assert _counted([sample, sample]) == [0, 1]


async def test_a_keyed_flow_is_the_same_flow() -> None:
    """Name, settings, signature and defaults stay, so that the UI groups all children under one flow."""
    twin = keyed(sample, "node-1")
    assert (twin.name, twin.flow_run_name, twin.persist_result) == ("sample", "{word}", True)
    assert inspect.signature(twin.fn) == inspect.signature(sample.fn) and twin.fn.__doc__ == "Say a word."
    assert await twin.fn("a") == "aa!" == await sample.fn("a")


def test_the_original_flow_is_untouched() -> None:
    """A copy is keyed, never the flow everybody imports."""
    keyed(sample, "node-1")
    assert sample.fn.__qualname__ == "sample"


@pytest.mark.engine
@pytest.mark.parametrize(
    ("how", "found"),
    [("keyed", {"alpha": "alpha", "beta": "beta"}), ("plain", {"alpha": "beta", "beta": "alpha"})],
)
def test_a_retried_parent_gets_each_child_its_own_result(
    how: str, found: dict[str, str], stack: tuple[Settings, Connection], tmp_path: Path
) -> None:
    """Called in another order the second time, keyed children are found, not run again; plain ones are confused."""
    login = read_login(Home(stack[0].swarm_home)) or ""
    places = {"PREFECT_API_URL": stack[1].api_url, "PREFECT_API_AUTH_STRING": login, "PREFECT_HOME": str(tmp_path)}
    argv = [sys.executable, "-m", "tests.flows.retried", how]
    done = subprocess.run(argv, env=os.environ | places, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"ran": ["alpha", "beta"], "found": found}
