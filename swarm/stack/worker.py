"""The worker: one process that takes runs from the work pool `swarm` and gives each a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from swarm.settings import Settings
from swarm.stack import processes, server
from swarm.stack.automations import HEARTBEAT_SECONDS
from swarm.stack.home import Home, Remembered
from swarm.stack.login import make_login

STOP_SECONDS = 8.0
_QUIET_SECONDS = 60.0


def start(home: Home, settings: Settings, api_url: str, database_url: str) -> "subprocess.Popen[bytes]":
    """Start the worker; it registers the work pool and the deployments itself, then `wait` returns."""
    _ready_file(home).unlink(missing_ok=True)
    argv = [
        sys.executable,
        "-m",
        "swarm.stack.polling",
        str(settings.swarm_worker_limit),
        str(_ready_file(home)),
    ]
    env = environment(home, settings, api_url, database_url)
    return processes.start(home, "worker", argv, env, home.prefect)


def environment(home: Home, settings: Settings, api_url: str, database_url: str) -> dict[str, str]:
    """Return the worker's environment, which its runs inherit: the user's, his settings, and where everything is."""
    return (
        server.plain_environment(os.environ)
        | from_settings(settings)
        | {
            "SWARM_HOME": str(home.root),
            "SWARM_DATABASE_URL": database_url,
            "PREFECT_HOME": str(home.prefect),
            "PREFECT_API_URL": api_url,
            **_credentials(home, settings),
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_WORKER_ENABLE_CANCELLATION": "true",
            "PREFECT_WORKER_CANCELLATION_POLL_SECONDS": "5",
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
            # With Prefect's own five retries a run waits a minute for its server; one whose database is away says 500.
            "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
            "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
            "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
            "PREFECT_RESULTS_DEFAULT_STORAGE_BLOCK": "swarm-results/swarm",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }
    )


def from_settings(settings: Settings) -> dict[str, str]:
    """Return what was set, as environment variables with their secrets."""
    values = {name: getattr(settings, name) for name in sorted(settings.model_fields_set)}
    return {name.upper(): _plain(value) for name, value in values.items() if value is not None}


def _credentials(home: Home, settings: Settings) -> dict[str, str]:
    """Return how the worker and its runs are let in; the local server's login wins over one that is for another."""
    if settings.prefect_api_url is None:
        return {"PREFECT_API_AUTH_STRING": make_login(home), "PREFECT_API_KEY": ""}
    given = {
        "PREFECT_API_AUTH_STRING": settings.prefect_api_auth_string,
        "PREFECT_API_KEY": settings.prefect_api_key,
    }
    return {name: value.get_secret_value() for name, value in given.items() if value is not None}


def wait(home: Home, process: "subprocess.Popen[bytes] | Remembered", say: Callable[[str], object]) -> None:
    """Wait until the worker polls; raises StackError with its last word."""
    ready = _ready_file(home)
    processes.wait_until(
        lambda: ready.exists() and ready.read_text() == str(process.pid),
        process,
        _QUIET_SECONDS,
        "the worker",
        home.log("worker"),
        say,
    )


def stop(process: Remembered) -> None:
    """Stop the worker and every run it started."""
    processes.stop(process, STOP_SECONDS)


def _ready_file(home: Home) -> Path:
    return home.root / "worker.ready"


def _plain(value: object) -> str:
    """Write a value as the variable has it: what `Settings` reads back is the same."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return json.dumps({name: _plain(each) for name, each in value.items()})
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
