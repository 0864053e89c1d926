"""Lost: when Prefect's server or the database is gone for good, a run's process ends as if it had been killed."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import httpx

from swarm.errors import StackError
from swarm.outages import crash

# Prefect's client raises httpx's own errors; nothing else in a node does, since the sources have typed ones.
_LOST = (
    StackError,
    httpx.TransportError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
)
_SERVER_FAULT = 500


@contextmanager
def crashing_with_the_stack() -> Iterator[None]:
    """End the process when the stack is lost inside: a report of that would be taken for a result of the work."""
    try:
        yield
    except Exception as error:
        if is_lost(error):
            crash(error)
        raise


def is_lost(error: Exception) -> bool:
    """Say whether an error means that the stack is not there, and nothing about the work."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= _SERVER_FAULT
    return isinstance(error, _LOST)
