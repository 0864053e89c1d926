"""Asking a model within a run: read from the tape what was asked before, else reserve, ask, bill and tape."""

import asyncio
from uuid import UUID

from prefect.context import TaskRunContext

from integrations.choice import Estimate, choose, estimator
from integrations.model import Endpoint
from swarm import tape
from swarm.budgets import Meter
from swarm.chat import Answer, Chat, Request
from swarm.errors import BudgetExhausted, Diverged, InvalidOutput, ModelError, SwarmError
from swarm.pools import pool
from swarm.runs import Course
from swarm.secrets import secrets_of
from swarm.settings import Settings
from swarm.usage import Usage
from tasks.keys import step_key


class Asking:
    """The Chat of one run. A call is known by its step and its number in it, so it is the same in every attempt."""

    def __init__(self, course: Course, settings: Settings, meter: Meter) -> None:
        self._course = course
        self._settings = settings
        self._meter = meter
        self._secrets = secrets_of(settings)
        self._numbers: dict[UUID, int] = {}
        self._models: dict[str | None, asyncio.Task[tuple[Chat, Estimate]]] = {}

    async def __call__(self, request: Request) -> Answer:
        """Answer from the tape, or live; raises ModelError, BudgetExhausted, or Diverged in a replay."""
        key = self._next_key()
        # What it cost is in the ledger already. What failed for want of a model or a budget is tried again.
        found = await tape.find(await pool(), key, request)
        if isinstance(found, Answer | InvalidOutput):
            return _given(found)
        if self._course.may_be_taped(request.node):
            source = f"{self._course.source}/{key.partition('/')[2]}"
            if found := await tape.find(await pool(), source, request):
                return _given(found)
            if self._course.is_strict:
                raise Diverged(f"node {request.node} asks what is not on the tape; code or prompts have changed since")
        return await self._live(key, request)

    async def _live(self, key: str, request: Request) -> Answer:
        try:
            chat, estimate = await self._model(self._course.model_at(request.node))
            most = estimate(request)
            with self._meter.reserve(request.node, most) as bill:
                try:
                    answer = await chat(request)
                except InvalidOutput as error:
                    # It answered, if without a text, and what that cost it did not say: a cap must count it in full.
                    bill.final = most
                    await self._tape(key, request, _nothing(most), error)
                    raise
                bill.final = answer.usage
        except InvalidOutput:
            raise
        except (ModelError, BudgetExhausted) as error:
            await self._tape(key, request, _nothing(Usage()), error)
            raise
        await self._tape(key, request, answer, None)
        return answer

    async def _tape(self, key: str, request: Request, answer: Answer, error: SwarmError | None) -> None:
        await tape.write(await pool(), tape.Call(key, request, answer, error), self._secrets)

    async def _model(self, name: str | None) -> tuple[Chat, Estimate]:
        if name not in self._models:
            self._models[name] = asyncio.create_task(_chosen(self._settings, name))
        try:
            return await asyncio.shield(self._models[name])
        except BaseException:
            self._models.pop(name, None)
            raise

    def _next_key(self) -> str:
        context = TaskRunContext.get()
        assert context is not None, "a model is asked from within a step"
        number = self._numbers.get(context.task_run.id, 0)
        self._numbers[context.task_run.id] = number + 1
        return f"{step_key(context, context.parameters)}/{number}"


async def _chosen(settings: Settings, name: str | None) -> tuple[Chat, Estimate]:
    if name:
        roles = dict.fromkeys(("swarm_model_decide", "swarm_model_write", "swarm_model_review"))
        settings = settings.model_copy(update={"swarm_model": name, **roles})
    choice = await asyncio.to_thread(choose, settings)  # it may have to ask the endpoint
    return Endpoint(settings), estimator(choice, settings)


def _given(outcome: Answer | SwarmError) -> Answer:
    if isinstance(outcome, SwarmError):
        raise outcome
    return outcome


def _nothing(usage: Usage) -> Answer:
    return Answer(text="", model="", usage=usage, seconds=0.0)
