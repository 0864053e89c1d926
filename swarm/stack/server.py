"""The Prefect server: one process on loopback, its records in Postgres, no telemetry, no secrets in its environment."""

import http.client
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from swarm.database_urls import for_prefect
from swarm.errors import StackError
from swarm.stack import processes
from swarm.stack.gate import HOSTS
from swarm.stack.home import Home, Remembered

HOST = "127.0.0.1"
STOP_SECONDS = 8.0
_QUIET_SECONDS = 60.0
_HEALTH_SECONDS = 2.0
BUSY_SECONDS = 8.0
"""So long one whose process lives may take to answer on a busy machine."""
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|DATABASE_URL|_DSN|AUTH", re.IGNORECASE)


def start(home: Home, port: int, database: str, login: str) -> "subprocess.Popen[bytes]":
    """Start the server on a port of loopback; `wait` waits for it."""
    argv = [
        *(sys.executable, "-m", "uvicorn", "--factory", "swarm.stack.web_app:create_app"),
        *("--host", HOST, "--port", str(port), "--timeout-keep-alive", "30", "--log-level", "warning"),
        *("--no-proxy-headers", "--no-server-header"),
    ]
    return processes.start(home, "prefect", argv, environment(home, port, database, login), home.prefect)


def environment(home: Home, port: int, database: str, login: str) -> dict[str, str]:
    """Return the server's environment: the user's without secrets, and what it is to be."""
    mine = {key: value for key, value in plain_environment(os.environ).items() if not _SECRET.search(key)}
    return mine | {
        "SWARM_HOME": str(home.root),
        "PREFECT_HOME": str(home.prefect),
        "PREFECT_API_URL": api_url(port),
        "PREFECT_UI_API_URL": api_url(port),
        **for_prefect(database),
        "PREFECT_SERVER_API_AUTH_STRING": login,
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": ",".join(origins(port)),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "50",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "50",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE": "50",
        # Nothing here waits for these, and each look costs an idle machine something.
        "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "30",
        "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "30",
        "PREFECT_SERVER_SERVICES_CLEANUP_RECONCILER_LOOP_SECONDS": "30",
    }


def plain_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the user's own Prefect settings, which are for another Prefect."""
    return {
        key: value
        for key, value in environ.items()
        if not key.startswith("PREFECT_") or key.startswith("PREFECT_LOGGING_")
    }


def wait(home: Home, process: "subprocess.Popen[bytes] | Remembered", port: int, say: Callable[[str], object]) -> None:
    """Wait until the server answers; raises StackError with its last word."""
    log = home.log("prefect")
    processes.wait_until(lambda: is_healthy(api_url(port)), process, _QUIET_SECONDS, "the Prefect server", log, say)


def stop(process: Remembered) -> None:
    """Stop the server."""
    processes.stop(process, STOP_SECONDS)


def api_url(port: int) -> str:
    """Return the address of the REST interface of the local server."""
    return f"http://{HOST}:{port}/api"


def origins(port: int) -> list[str]:
    """Return the origins of the local server's own page, by each name that a person may give in the browser."""
    return [f"http://{host}:{port}" for host in HOSTS]


def ui_url(api: str) -> str:
    """Return the address of the page of a Prefect server, from that of its REST interface."""
    return api.removesuffix("/").removesuffix("/api")


def is_healthy(api: str, seconds: float = _HEALTH_SECONDS) -> bool:
    """Say whether a Prefect server answers there, within so many seconds."""
    try:
        return ask(api, "health", seconds).status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False


def free_port(wanted: int | None) -> int:
    """Return the wanted port if nothing listens there, otherwise a free one."""
    for port in (wanted, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            # As the server does: a port that a dead server's last connections still hold is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StackError(f"there is no free port on {HOST}")


def ask(
    api: str, path: str, seconds: float, headers: Mapping[str, str] = MappingProxyType({})
) -> http.client.HTTPResponse:
    """Return the head of a Prefect server's answer to a GET; raises OSError, HTTPException or ValueError."""
    address = urlsplit(api)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    if not address.hostname:
        raise ValueError("it names no host")
    connection = kind(address.hostname, address.port, timeout=seconds)
    try:
        connection.request("GET", f"{address.path.rstrip('/')}/{path}", headers=dict(headers))
        return connection.getresponse()
    finally:
        connection.close()
