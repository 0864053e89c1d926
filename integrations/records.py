"""A run's records, read together: flow runs from Prefect, usage and reports from the swarm's database."""

import asyncio
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from integrations.inherited import with_inherited
from integrations.runs import Runs
from swarm.database import connect
from swarm.history import HISTORY, with_past
from swarm.holding import holder
from swarm.kept import report_of
from swarm.ledger import totals
from swarm.nodes import Node
from swarm.outages import patiently
from swarm.reports import Report
from swarm.runs import Course, enter
from swarm.stack import Connection
from swarm.text.models import redacted
from swarm.views import RunView

if TYPE_CHECKING:
    import asyncpg

_CANCEL_SECONDS = 20.0
_CLOSE_SECONDS = 30.0
_REPORT_SECONDS = 5.0


class Records:
    """An open view on the records of one stack."""

    def __init__(self, runs: Runs, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.runs = runs
        self.pool = pool

    @classmethod
    async def open(cls, stack: Connection) -> "Records":
        """Open the records; raises StackError if the database cannot be reached."""
        return cls(Runs(stack), await connect(stack.database_url, largest=2))

    async def __aenter__(self) -> "Records":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.runs.__aexit__(kind, error, trace)
        await self.pool.close()

    async def start(self, node: Node) -> str:
        """Submit a root node, redacted; returns the address of its page."""
        node = redacted(node)
        await enter(self.pool, Course(run=node.run), node.goal, node.workspace, (node.workspace, *node.inputs))
        return self.runs.ui_url(await self.runs.start(node))

    async def view(self, run: str) -> RunView:
        """Return a run as it stands; raises UsageError if there is none of that name."""
        spent = await totals(self.pool, run)
        view = await self.runs.read(run, spent)
        past = await patiently(lambda: self.pool.fetchval("select past from swarm.runs where run = $1", run))
        view = with_past(view, HISTORY.validate_json(past), spent) if past else view
        return await with_inherited(self, view)

    async def report(self, view: RunView) -> Report | None:
        """Return the root's report; None while there is none, or for a run that died before it."""
        root = view.nodes[0]
        until = time.monotonic() + (_REPORT_SECONDS if view.ended and view.status != "crashed" else 0)
        while True:
            report = await report_of(self.pool, view.run, root.id)
            if report is not None or time.monotonic() > until:
                return report
            await asyncio.sleep(0.2)

    async def cancel(self, run: str) -> int:
        """End a run: its process, then what that left open. Returns how many nodes were under way.

        However many nodes it has, whoever asked for it gets his answer within a minute.
        """
        under_way = await self.runs.cancel(run)
        until = time.monotonic() + _CANCEL_SECONDS
        while under_way and await self._goes_on(run) and time.monotonic() < until:  # noqa: ASYNC110  a remote state
            await asyncio.sleep(0.5)
        with suppress(TimeoutError):  # the root has ended by then; what it left open ends with it
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.runs.close(run)
        return len(under_way)

    async def _goes_on(self, run: str) -> bool:
        return not await self.runs.ended(run) or await holder(self.pool, run) is not None
