"""Fixtures that any test may ask for."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from swarm.settings import Settings
from swarm.stack import Connection, connection, down, up
from swarm.text import redaction

PROFILES = Path(__file__).with_name("profiles.yaml")


def _silent(_: str) -> None:
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def no_secrets() -> Iterator[None]:
    """Each test begins and ends with no secret known, as a process does; they share one."""
    redaction.forget()
    yield
    redaction.forget()


@pytest.fixture(scope="session")
def stack() -> Iterator[tuple[Settings, Connection]]:
    """One local stack for the whole session, on a home of its own: its settings, and how to reach it.

    The worker has a model of its own, at an address where a test may serve one; so none wakes the embedded model.
    """
    home = Path(tempfile.mkdtemp(prefix="sw"))
    settings = Settings(
        swarm_home=home,
        swarm_database_url=None,
        prefect_api_url=None,
        openai_base_url=f"http://127.0.0.1:{_free_port()}/v1",
        openai_api_key=SecretStr("sk-of-the-worker"),
        swarm_model="scripted",
        swarm_profiles=PROFILES,
        swarm_worker_limit=6,
        swarm_auto_resume=0,
    )
    try:
        up(settings, _silent)
        yield settings, connection(settings)
    finally:
        down(settings, _silent)
        shutil.rmtree(home, ignore_errors=True)
