"""What the tests of the stack share: homes with short paths, which leave no process behind."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarm.settings import Settings
from swarm.stack import down


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that does not exist yet; what runs in it is stopped afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sw"))
    yield folder / "h"
    down(Settings(swarm_home=folder / "h", swarm_database_url=None, prefect_api_url=None), lambda line: None)
    shutil.rmtree(folder, ignore_errors=True)
