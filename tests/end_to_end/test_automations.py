"""Dead runs come back by themselves: on a stack of its own, since the session's has this switched off."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import State, StateType
from prefect.states import Scheduled

from integrations import reviving
from integrations.records import Records
from swarm.holding import holder
from swarm.keys import run_name
from swarm.settings import Settings
from swarm.stack import automations, connection, down, status, up
from swarm.stack.home import Home
from swarm.stack.login import read_login
from tests.end_to_end.conftest import Grove, Tree
from tests.end_to_end.said import finish, script, slowly

pytestmark = pytest.mark.engine
_SLOW = script({"0": [slowly(10, finish("Two."))]})


def _silent(_: str) -> None:
    return None


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """A stack that resumes what died, once."""
    home = Path(tempfile.mkdtemp(prefix="sw"))
    given = {"swarm_home": home, "swarm_database_url": None, "prefect_api_url": None, "swarm_auto_resume": 1}
    found = Settings.model_validate(given)
    try:
        up(found, _silent)
        yield found
    finally:
        down(found, _silent)
        shutil.rmtree(home, ignore_errors=True)


@asynccontextmanager
async def _working(settings: Settings, folder: Path) -> AsyncIterator[Tree]:
    """Start a run, and wait until a process works on it."""
    async with Grove(settings, connection(settings), folder).planted(_SLOW) as tree:
        await _pid(tree)
        yield tree


async def test_a_run_whose_process_is_killed_is_resumed_as_often_as_allowed(settings: Settings, tmp_path: Path) -> None:
    """Without anybody asking; after that it stays Crashed, and says so in Prefect."""
    async with _working(settings, tmp_path) as tree:
        os.kill(await _pid(tree), signal.SIGKILL)
        await _becomes(tree, "RUNNING", runs=2)
        os.kill(await _pid(tree), signal.SIGKILL)
        await _becomes(tree, "CRASHED", runs=2)
        await asyncio.sleep(6)
        assert (await tree.records.runs.root(tree.run))["state_type"] == "CRASHED"


async def test_a_run_that_its_worker_took_and_did_not_start_is_known_and_started(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process, which would have named and tagged it, never came; it is listed, and a resume brings it on."""
    login = read_login(Home(settings.swarm_home))
    async with PrefectClient(connection(settings).api_url, auth_string=login) as client:
        solve = await client.read_deployment_by_name("solve/swarm")
        node = {"goal": "Say what two and two make", "workspace": str(tmp_path)}
        later: State[object] = Scheduled(scheduled_time=datetime.now(UTC) + timedelta(days=1))
        begun = await client.create_flow_run_from_deployment(solve.id, parameters={"node": node}, state=later)
        await client.set_flow_run_state(begun.id, State(type=StateType.PENDING, name="Submitting"), force=True)
    grove = Grove(settings, connection(settings), tmp_path)
    run = run_name(str(begun.id))
    assert run in (await grove.say("ls"))[1]
    code, _, words = await grove.say("resume", run)
    assert code == 1 and "is about to start" in words
    monkeypatch.setattr(reviving, "_STARTING_SECONDS", 0.0)
    async with await Records.open(connection(settings)) as records:
        assert run in await reviving.dead_runs(records)
        await reviving.resume(records, run)
        async with asyncio.timeout(60):
            while (await records.runs.root(run))["state_type"] in ("SCHEDULED", "PENDING"):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        assert f"run:{run}" in (await records.runs.root(run))["tags"]
        await records.cancel(run)


async def test_a_run_that_fell_silent_with_its_worker_is_resumed(settings: Settings, tmp_path: Path) -> None:
    """Nobody could say that it died: its heartbeats cease, and when the stack is up again it goes on."""
    login = read_login(Home(settings.swarm_home))
    api_url = connection(settings).api_url
    async with PrefectClient(api_url, auth_string=login) as client:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(automations, "_SILENT_SECONDS", 10)
            await automations.register_automations(client, enabled=True)
    async with _working(settings, tmp_path) as tree:
        await asyncio.sleep(1)
        worker = psutil.Process(status(settings).worker.pid)
        killed = (worker, *worker.children(recursive=True))
        for process in killed:
            process.kill()
        await asyncio.to_thread(psutil.wait_procs, killed, 10)
        # An automation that is written anew by the next worker, with its own seconds, forgets what it has heard.
        async with PrefectClient(api_url, auth_string=login) as client, asyncio.timeout(60):
            resume = await client.read_deployment_by_name("resume/swarm")
            while not any(  # noqa: ASYNC110
                each.deployment_id == resume.id and each.state and each.state.is_scheduled()
                for each in await client.read_flow_runs(limit=50)
            ):
                await asyncio.sleep(0.3)
        await asyncio.to_thread(up, settings, _silent)
        await _becomes(tree, "COMPLETED", runs=2)
        await tree.end()
    assert tree.told.answer == "Two."


async def _pid(tree: Tree) -> int:
    async with asyncio.timeout(60):
        while (found := await holder(tree.records.pool, tree.run)) is None:  # noqa: ASYNC110  a remote state
            await asyncio.sleep(0.2)
        return found.pid


async def _becomes(tree: Tree, state: str, runs: int) -> None:
    async with asyncio.timeout(120):
        while True:
            root = await tree.records.runs.root(tree.run)
            if (root["state_type"], root["run_count"]) == (state, runs):
                return
            await asyncio.sleep(0.3)
