"""Runs that are killed at any of their durable writes, or while a model thinks, and go on as if nothing had been."""

import os
from pathlib import Path

import pytest

from swarm.settings import Settings
from swarm.stack import Connection
from tests.durability.matrix import kills, sample
from tests.durability.playing import Ground, play
from tests.durability.recorded import read_figures
from tests.durability.shapes import SHAPES

_EVERY = 1 if os.environ.get("SWARM_ALL_KILLS") else 36
"""One point of so many is tried here; `python -m tests.durability` tries them all."""
pytestmark = [pytest.mark.engine, pytest.mark.timeout(300 if _EVERY > 1 else 7200)]


@pytest.mark.parametrize("name", SHAPES)
async def test_a_run_killed_at_any_point_ends_as_if_it_had_not_been(
    stack: tuple[Settings, Connection], tmp_path: Path, name: str
) -> None:
    """Same reports, each effect once, no call made again that was taped, and as many points as the record says."""
    ground, shape = Ground(*stack, tmp_path), SHAPES[name]
    whole = await play(shape, ground)
    assert not whole.problems
    assert whole.report is not None and whole.report.status == "done"
    assert not await kills(shape, ground, whole, sample(whole.points, _EVERY))
    assert len(whole.points) == read_figures().shapes[name].points, "run `python -m tests.durability` again"
