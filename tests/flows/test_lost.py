"""Which errors say that the stack is gone, and which are results of the work."""

import asyncpg
import httpx
import pytest

from flows.lost import is_lost
from swarm.errors import ModelUnavailable, StackError

_REQUEST = httpx.Request("GET", "http://127.0.0.1/api")


def _status(code: int) -> httpx.HTTPStatusError:
    return httpx.HTTPStatusError("no", request=_REQUEST, response=httpx.Response(code, request=_REQUEST))


@pytest.mark.parametrize(
    "error",
    [
        StackError("gone"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        _status(500),
        _status(503),
        asyncpg.DiskFullError("full"),
        asyncpg.InterfaceError("closed"),
        asyncpg.AdminShutdownError("down"),
    ],
)
def test_without_server_or_database_a_run_is_lost(error: Exception) -> None:
    """A node that reported these would report on the machine, not on its goal."""
    assert is_lost(error)


@pytest.mark.parametrize("error", [ModelUnavailable("away"), ValueError("x"), _status(422), asyncpg.DataError("x")])
def test_whatever_would_come_again_is_a_report(error: Exception) -> None:
    """Else a run would crash at the same place for ever."""
    assert not is_lost(error)
