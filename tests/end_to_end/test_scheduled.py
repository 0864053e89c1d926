"""Runs of one schedule: those that were missed are not made up for all at once, and none overtakes the one before."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import State, StateType
from prefect.states import Scheduled

from swarm.stack.home import Home
from swarm.stack.login import read_login
from swarm.testing import ScriptedModel
from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import finish, script, slowly

pytestmark = pytest.mark.engine


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait, a minute at most, until something holds."""
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


class _Schedule:
    """A schedule of `solve/swarm`, whose runs come due when the test says so."""

    def __init__(self, client: PrefectClient, database: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.id = uuid4()
        self._client = client
        self._database = database

    async def due(self, *ages: timedelta, node: dict[str, str]) -> list[UUID]:
        """Have runs come due at once that should have started so long ago, as after a time without a worker."""
        solve = await self._client.read_deployment_by_name("solve/swarm")
        later: State[object] = Scheduled(scheduled_time=datetime.now(UTC) + timedelta(days=1))
        made = [
            (await self._client.create_flow_run_from_deployment(solve.id, parameters={"node": node}, state=later)).id
            for _ in ages
        ]
        by = json.dumps({"id": str(self.id), "type": "SCHEDULE", "display_value": "hourly"})
        # Prefect's API makes no run of a schedule; its scheduler writes just this.
        await self._database.executemany(
            "update public.flow_run set auto_scheduled = true, created_by = $2::jsonb, expected_start_time = $3"
            " where id = $1",
            [(run, by, datetime.now(UTC) - age) for run, age in zip(made, ages, strict=True)],
        )
        for run, age in zip(made, ages, strict=True):
            await self._client.set_flow_run_state(run, Scheduled(scheduled_time=datetime.now(UTC) - age), force=True)
        return made

    async def ended(self, run: UUID) -> State[object]:
        """Return a run's last state."""
        for _ in range(300):
            state = (await self._client.read_flow_run(run)).state
            if state and state.is_final():
                return state
            await asyncio.sleep(0.2)
        raise AssertionError(f"{run} has not ended")


async def test_of_missed_runs_the_latest_is_worked_on_and_none_while_one_is_under_way(grove: Grove) -> None:
    """The others end cancelled, and say why; a person sees it in `swarm ls` and in Prefect."""
    auth = read_login(Home(grove.settings.swarm_home))
    database = await asyncpg.connect(grove.stack.database_url)
    told = script({"0": [slowly(25, finish("Four."))]})
    with ScriptedModel(told, port=int(str(grove.settings.openai_base_url).rsplit(":", 1)[1].split("/")[0])) as model:
        async with PrefectClient(grove.stack.api_url, auth_string=auth) as client:
            hourly = _Schedule(client, database)
            node = {"goal": "Say what two and two make"}
            hours = [timedelta(hours=each) for each in (3, 2, 1)]
            three, two, one = await hourly.due(*hours, node=node)
            assert "missed" in str((await hourly.ended(three)).message)
            state = await hourly.ended(two)
            assert state.type == StateType.CANCELLED and "its schedule has come due again" in str(state.message)
            await asyncio.to_thread(wait_until, lambda: bool(model.requests))
            (next_one,) = await hourly.due(timedelta(), node=node)
            passed = await hourly.ended(next_one)
            assert passed.type == StateType.CANCELLED and "still under way" in str(passed.message)
            assert (await hourly.ended(one)).type == StateType.COMPLETED
    await database.close()
    assert len(model.asked("0", "decide")) == 1
