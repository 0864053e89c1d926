"""A run's records, read together: flow runs from Prefect, usage and reports from the swarm's database."""

import asyncio
import json
import time
from types import TracebackType
from typing import TYPE_CHECKING

from integrations.runs import Runs
from swarm.database import connect
from swarm.errors import StackError
from swarm.ledger import totals
from swarm.nodes import Node
from swarm.reports import Report
from swarm.settings import Settings
from swarm.stack import Connection
from swarm.views import RunView

if TYPE_CHECKING:
    import asyncpg

_CANCEL_SECONDS = 20.0
_REPORT_SECONDS = 5.0


class Records:
    """An open view on the records of one stack."""

    def __init__(self, runs: Runs, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.runs = runs
        self._pool = pool

    @classmethod
    async def open(cls, settings: Settings, stack: Connection) -> "Records":
        """Open the records; raises StackError if the database cannot be reached."""
        key = settings.prefect_api_key.get_secret_value() if settings.prefect_api_key else None
        return cls(Runs(stack.api_url, stack.ui_url, key), await connect(stack.database_url, largest=2))

    async def __aenter__(self) -> "Records":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.runs.__aexit__(kind, error, trace)
        await self._pool.close()

    async def start(self, node: Node) -> str:
        """Submit a root node; returns the address of its page."""
        flow_run_id = await self.runs.start(node)
        await self._pool.execute(
            "insert into swarm.runs (run, goal, workspace, flow_run_id) values ($1, $2, $3, $4)",
            node.run,
            node.goal,
            node.workspace,
            flow_run_id,
        )
        return self.runs.ui_url(flow_run_id)

    async def view(self, run: str) -> RunView:
        """Return a run as it stands; raises UsageError if there is none of that name."""
        return await self.runs.read(run, await totals(self._pool, run))

    async def report(self, view: RunView) -> Report | None:
        """Return the root's report; None while there is none, or for a run that died before it."""
        root = view.nodes[0]
        until = time.monotonic() + (_REPORT_SECONDS if view.ended and view.status != "crashed" else 0)
        while True:
            data = await self._pool.fetchval(
                "select data from swarm.results where key = $1", Node.report_key_of(view.run, root.id)
            )
            if data is not None:
                return _read(bytes(data))
            if time.monotonic() > until:
                return None
            await asyncio.sleep(0.2)

    async def cancel(self, run: str) -> int:
        """End a run: its process, then what that left open. Returns how many nodes were under way."""
        under_way = await self.runs.cancel(run)
        until = time.monotonic() + _CANCEL_SECONDS
        while under_way and not await self.runs.ended(run) and time.monotonic() < until:  # noqa: ASYNC110  a remote state
            await asyncio.sleep(0.5)
        await self.runs.close(run)
        return len(under_way)


def _read(data: bytes) -> Report:
    """Read a report from the record in which Prefect keeps a result."""
    try:
        record = json.loads(data)
        result = json.loads(record["result"])
        return Report.model_validate(result["data"])
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(f"the stored report cannot be read: {error}") from None
