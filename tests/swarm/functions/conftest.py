"""Fixtures of the library: a real Postgres, and a place where functions run."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from swarm.database import connect
from swarm.functions.admitting import Admission
from swarm.functions.grants import Grants
from swarm.functions.library import Library
from swarm.functions.running import Running
from swarm.sandbox.packages import Packages
from swarm.sandbox.warm import close_warm
from swarm.settings import Settings
from swarm.stack import Connection

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]


@pytest_asyncio.fixture
async def pool(stack: tuple[Settings, Connection]) -> "AsyncIterator[Pool]":
    """The session's database."""
    found = await connect(stack[1].database_url)
    yield found
    await found.close()


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Where packages are installed, once for all tests."""
    return Packages(tmp_path_factory.mktemp("packages"))


@pytest_asyncio.fixture
async def admission(pool: "Pool", packages: Packages, tmp_path: Path) -> AsyncIterator[Admission]:
    """What lets functions in; its sandboxes go with the test."""
    yield Admission(Library(pool), Running(packages), Grants())
    close_warm()
