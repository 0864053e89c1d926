"""Relating: a model is asked whom and what a passage names and how it is related; each passage once, in a budget."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from integrations.llm.endpoint import Endpoint
from integrations.llm.model_choice import check_prices, choose
from swarm import prompts
from swarm.chat import Answer, Request
from swarm.errors import BudgetExhausted, InvalidOutput, ModelError
from swarm.ladder import structured
from swarm.memory.relations import Extracted, Waiting, count_waiting, enter, sound, waiting
from swarm.nodes import Noun
from swarm.settings import Settings
from swarm.usage import Usage

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_AT_ONCE = 4
_TOKENS = 1200
_LONGEST = 6000
"""Characters of a passage that are shown."""


class Related(Noun):
    """What came of it: passages asked about, of which `failed` had no valid answer; `left` wait, and `why`."""

    asked: int = 0
    failed: int = 0
    entities: int = 0
    relations: int = 0
    usage: Usage = Usage()
    left: int = 0
    why: str = ""


async def relate(
    pool: "Pool",
    settings: Settings,
    below: str = "",
    most: int = 100,
    usd: float | None = None,
    told: Callable[[int, int], None] = lambda done, all: None,
) -> Related:
    """Ask about at most so many passages, for at most so much money; what is entered stays, whatever ends it.

    Raises UsageError where a price is not known that a budget needs.
    """
    bill = _Bill(settings, usd)
    found, done = Related(), 0
    wanted = min(most, await count_waiting(pool, below))
    try:
        while done < wanted and (batch := await waiting(pool, below, min(_AT_ONCE, wanted - done))):
            tasks = [asyncio.create_task(_ask(bill, each)) for each in batch]
            answers = await asyncio.gather(*tasks, return_exceptions=True)
            for passage, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Extracted | InvalidOutput):
                    found = await _entered(pool, passage, answer, found)
            done += len(batch)
            told(done, wanted)
            for answer in answers:
                if isinstance(answer, BaseException) and not isinstance(answer, InvalidOutput):
                    raise answer
    except (ModelError, BudgetExhausted) as error:
        found = found.model_copy(update={"why": str(error)})
    return found.model_copy(update={"usage": bill.spent, "left": await count_waiting(pool, below)})


async def _entered(pool: "Pool", passage: Waiting, answer: Extracted | InvalidOutput, found: Related) -> Related:
    """Keep one answer; of a passage without a valid one that it was asked about."""
    is_valid = isinstance(answer, Extracted)
    kept = sound(answer, passage.text) if isinstance(answer, Extracted) else Extracted(entities=(), relations=())
    await enter(pool, passage.id, kept)
    return found.model_copy(
        update={
            "asked": found.asked + 1,
            "failed": found.failed + (not is_valid),
            "entities": found.entities + len(kept.entities),
            "relations": found.relations + len(kept.relations),
        }
    )


async def _ask(bill: "_Bill", passage: Waiting) -> Extracted:
    messages = prompts.relate(passage.title or passage.uri, passage.text[:_LONGEST])
    request = Request(role="write", messages=messages, schema_name="relations", max_tokens=_TOKENS, node="relate")
    return await structured(bill, request, Extracted)


class _Bill:
    """The Chat of one look; it stops before a call that could cost more than is left."""

    def __init__(self, settings: Settings, usd: float | None) -> None:
        self._usd = usd
        if usd is not None:
            check_prices(choose(settings), settings.swarm_prices)
        self._chat = Endpoint(settings)
        self._reserved = 0.0
        self.spent = Usage()

    async def __call__(self, request: Request) -> Answer:
        most = (await self._chat.estimate(request)).usd or 0.0
        if self._usd is not None and (self.spent.usd or 0.0) + self._reserved + most > self._usd:
            raise BudgetExhausted(f"${self._usd:g} are not enough for another call; raise --budget-usd to go on")
        self._reserved += most
        try:
            answer = await self._chat(request)
        finally:
            self._reserved -= most
        self.spent += answer.usage
        return answer
