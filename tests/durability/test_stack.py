"""Stacks that something befalls in mid-run: server, database or worker killed, a full disk, `swarm down`."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from swarm.settings import Settings
from tests.conftest import PROFILES
from tests.durability.disasters import STRIKES, small_disk, standing, survive
from tests.durability.playing import Ground

pytestmark = [pytest.mark.engine, pytest.mark.timeout(420)]
_FULL_DISK = "disk-full"
_SLOW = ("server-away", "postgres-away", "server-killed-late", "postgres-killed-late", _FULL_DISK)
"""These are played only where every scenario is (SWARM_ALL_KILLS, and `python -m tests.durability`)."""
_PLAYED = [name for name in STRIKES if os.environ.get("SWARM_ALL_KILLS") or name not in _SLOW]


def settings_at(home: Path) -> Settings:
    """Return the settings of a stack whose runs are brought back only by who asks for it."""
    return Settings(
        swarm_home=home,
        swarm_database_url=None,
        prefect_api_url=None,
        openai_base_url="http://127.0.0.1:9/v1",
        openai_api_key=SecretStr("sk-of-the-worker"),
        swarm_model="scripted",
        swarm_profiles=PROFILES,
        swarm_worker_limit=6,
        swarm_auto_resume=0,
    )


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """A stack of its own, which may be broken."""
    with tempfile.TemporaryDirectory(prefix="sw-", ignore_cleanup_errors=True) as home:
        settings = settings_at(Path(home) / "home")
        with standing(settings) as stack:
            yield Ground(settings, stack, Path(home) / "trees")


@pytest.mark.parametrize("name", [name for name in _PLAYED if name != _FULL_DISK])
async def test_a_run_survives_what_befalls_its_stack(ground: Ground, name: str) -> None:
    """It goes on by itself or once it is resumed, to the same report, with every effect once."""
    assert not await survive(name, ground)


@pytest.mark.skipif(_FULL_DISK not in _PLAYED, reason="takes minutes; SWARM_ALL_KILLS=1 plays it")
def test_a_run_survives_a_full_disk(tmp_path: Path) -> None:
    """It ends as if killed, and goes on when there is space again."""
    with small_disk(tmp_path / "disk") as why_not:
        if why_not:
            pytest.skip(why_not)
        settings = settings_at(tmp_path / "disk" / "home")
        with standing(settings) as stack:
            assert not asyncio.run(survive(_FULL_DISK, Ground(settings, stack, tmp_path / "disk" / "trees")))
