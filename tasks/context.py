"""What the nodes of one run share in a process: settings, meter, workspace and a chat that is metered."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from integrations.choice import Choice, choose
from integrations.model import Endpoint
from swarm.budgets import Meter
from swarm.carried import carried
from swarm.chat import Answer, Chat, Request
from swarm.errors import InvalidOutput
from swarm.ledger import record, totals
from swarm.nodes import Node
from swarm.pools import close_pool, pool
from swarm.prices import cost
from swarm.settings import Settings
from swarm.usage import Usage
from swarm.workspace import Workspace, check_workspace

_OPEN: dict[str, "Run"] = {}


@dataclass
class Progress:
    """How many nodes have reported, and the artifact that shows it."""

    ended: int = 0
    artifact: UUID | None = None
    shown: float = 0.0


@dataclass(frozen=True)
class Run:
    """One run in one process."""

    id: str
    settings: Settings
    meter: Meter
    workspace: Workspace
    chat: Chat
    progress: Progress = field(default_factory=Progress)


async def open_run(node: Node) -> Run:
    """Return the run a node belongs to; what it has spent before is read from the ledger."""
    if node.run not in _OPEN:
        settings = carried(node.run)
        meter = Meter(spent=await totals(await pool(), node.run))
        folder = check_workspace(Path(node.workspace or settings.swarm_home / "runs" / node.run / "workspace"))
        workspace = Workspace(folder, settings.swarm_home / "runs" / node.run, node.goal)
        choice = await asyncio.to_thread(choose, settings)  # it may have to ask the endpoint
        chat = _metered(Endpoint(settings), meter, node.run, _estimator(choice, settings.swarm_prices))
        _OPEN.setdefault(node.run, Run(node.run, settings, meter, workspace, chat))
    return _OPEN[node.run]


async def close_run(run: str) -> None:
    """Forget a run that has ended in this process."""
    _OPEN.pop(run, None)
    if not _OPEN:
        await close_pool()


def _metered(chat: Chat, meter: Meter, run: str, estimate: Callable[[Request], Usage]) -> Chat:
    """Wrap a chat so that every call is reserved before, billed after, and written to the ledger."""

    async def ask(request: Request) -> Answer:
        most = estimate(request)
        with meter.reserve(request.node, most) as bill:
            try:
                answer = await chat(request)
            except InvalidOutput:
                # It answered, if without a text, and what that cost it did not say: a cap must count it in full.
                bill.final = most
                await record(await pool(), run, request.node, request.role, _empty(most))
                raise
            bill.final = answer.usage
        await record(await pool(), run, request.node, request.role, answer)
        return answer

    return ask


def _empty(usage: Usage) -> Answer:
    return Answer(text="", model="", usage=usage, seconds=0.0)


def _estimator(choice: Choice, prices: Path | None) -> Callable[[Request], Usage]:
    """Return a function that says what a request could cost at most; its money is None where no price is known."""

    def estimate(request: Request) -> Usage:
        tokens_in = sum(len(message.content) for message in request.messages) // 3
        usd = 0.0 if choice.embedded else cost(choice.model(request.role), tokens_in, request.max_tokens, prices)
        return Usage(calls=1, tokens_in=tokens_in, tokens_out=request.max_tokens, usd=usd)

    return estimate
