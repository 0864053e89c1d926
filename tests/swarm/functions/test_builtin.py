"""The built-in functions are what every function must be: described, tested, and let in by the gate."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from swarm.functions.built_in import FOLDER
from swarm.functions.exchange import as_yaml, parse_yaml
from swarm.functions.gate import Gate
from swarm.functions.grants import Grants
from swarm.functions.running import Running, asked_in
from swarm.sandbox.packages import Packages
from swarm.sandbox.warm import close_warm

BUILT_IN = {path.stem: parse_yaml(path.read_text("utf-8"), path.name) for path in sorted(FOLDER.glob("*.yaml"))}


@pytest_asyncio.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    """A gate whose sandboxes go with the test."""
    yield Gate(Running(Packages(tmp_path)), Grants())
    close_warm()


def test_there_are_some() -> None:
    """Files, web, PDF, GitHub, tables and dates."""
    assert len(BUILT_IN) >= 15


@pytest.mark.parametrize("name", BUILT_IN)
async def test_a_built_in_passes_the_gate(name: str, gate: Gate) -> None:
    """As strictly as what the swarm writes itself; it says all that it asks for, and what its parameters mean."""
    function = BUILT_IN[name]
    assert function.name == name
    assert len(function.test_cases) >= 5
    assert all(part.get("description") for part in function.properties.values())
    assert set(function.capabilities.api) == set(asked_in(function.code))
    assert parse_yaml(as_yaml(function), "again") == function
    judged = await gate.judge(function)
    assert judged.passed, judged.text
