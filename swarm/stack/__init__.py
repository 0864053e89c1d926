"""The local stack: one Postgres, one Prefect server and one worker under the swarm's home, up, down and looked at."""

from swarm.stack.access import authorization, page_link
from swarm.stack.lifecycle import connection, database_url, down, status, up
from swarm.stack.shapes import Connection, ModelStatus, PostgresStatus, PrefectStatus, Status, WorkerStatus

__all__ = [
    "Connection",
    "ModelStatus",
    "PostgresStatus",
    "PrefectStatus",
    "Status",
    "WorkerStatus",
    "authorization",
    "connection",
    "database_url",
    "down",
    "page_link",
    "status",
    "up",
]
