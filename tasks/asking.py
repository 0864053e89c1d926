"""Asking a model within a run: read from the tape what was asked before, else reserve, ask, bill and tape."""

import re
from uuid import UUID

from prefect.context import TaskRunContext

from integrations.llm.endpoint import Endpoint
from swarm import tape
from swarm.budgets import Meter
from swarm.chat import Answer, Request
from swarm.errors import (
    BudgetExhausted,
    ContextExceeded,
    Diverged,
    InvalidOutput,
    ModelError,
    RepeatedFailure,
)
from swarm.llm.profile import Profile
from swarm.pools import pool
from swarm.runs import Course
from swarm.settings import Role, Settings
from swarm.text.models import redacted
from swarm.usage import Usage
from tasks.keys import step_key

MOST_ALIKE = 3
"""Calls of one node in a row that may fail alike; the last of them ends it."""


class Asking:
    """The Chat of one run. A call is known by its step and its number in it, so it is the same in every attempt."""

    def __init__(self, course: Course, settings: Settings, meter: Meter) -> None:
        self._course = course
        self._settings = settings
        self._meter = meter
        self._numbers: dict[UUID, int] = {}
        self._endpoints: dict[str | None, Endpoint] = {}
        self._failures: dict[str, tuple[str, int]] = {}

    async def profile(self, path: str, role: Role) -> Profile:
        """Return what the model of a node takes and gives, as it is known now; it may change, so keep it as a fact.

        In a replay, where no model is asked, it is what the tables say. Raises UsageError.
        """
        endpoint = self._endpoint(self._course.model_at(path))
        return await endpoint.profile(role, asks=not self._course.may_be_taped(path))

    async def __call__(self, request: Request) -> Answer:
        """Answer from the tape, or live; what is asked, said and raised is redacted.

        Raises ModelError, of it RepeatedFailure at the third failure alike, BudgetExhausted, or Diverged in a replay.
        """
        request, key = redacted(request), self._next_key()
        # What it cost is in the ledger already. What failed for want of a model or a budget is tried again.
        found = await tape.find(await pool(), key, request)
        if isinstance(found, Answer | InvalidOutput | ContextExceeded):
            return self._given(request.node, found)
        if self._course.may_be_taped(request.node):
            source = f"{self._course.source}/{key.partition('/')[2]}"
            if found := await tape.find(await pool(), source, request):
                return self._given(request.node, found)
            if self._course.is_strict:
                raise Diverged(f"node {request.node} asks what is not on the tape; code or prompts have changed since")
        return await self._live(key, request)

    async def _live(self, key: str, request: Request) -> Answer:
        endpoint = self._endpoint(self._course.model_at(request.node))
        try:
            most = await endpoint.estimate(request)
            with self._meter.reserve(request.node, most) as bill:
                try:
                    answer = await endpoint(request)
                except InvalidOutput as error:
                    # It answered, if without a text; where it did not say what that cost, a cap must count it in full.
                    bill.final = error.usage or most
                    raise
                bill.final = answer.usage
        except InvalidOutput as error:
            repeated = self._count(request.node, str(error))
            await self._tape(key, request, _nothing(error.usage or most), repeated or error)
            raise (repeated or error) from None
        except (ModelError, BudgetExhausted) as error:
            await self._tape(key, request, _nothing(Usage()), error)
            raise
        repeated = self._heed(request.node, answer)
        await self._tape(key, request, answer, repeated)
        if repeated is not None:
            raise repeated
        return answer

    def _given(self, node: str, outcome: tape.Outcome) -> Answer:
        """Return or raise what is on the tape; failures count there as they did when they were new."""
        if isinstance(outcome, Answer):
            self._heed(node, outcome)
            return outcome
        if isinstance(outcome, InvalidOutput):
            self._count(node, str(outcome))
        raise outcome

    def _heed(self, node: str, answer: Answer) -> RepeatedFailure | None:
        """Forget the failures before an answer, unless it is one itself: it used all its tokens and says nothing."""
        if answer.cut and not answer.text.strip():
            return self._count(node, f"{answer.model} used all its tokens before it began to answer")
        self._failures.pop(node, None)
        return None

    def _count(self, node: str, words: str) -> RepeatedFailure | None:
        """Count a failure of a node's calls; the third alike in a row is one that ends the node.

        Only a node's own calls come in an order that is the same in every attempt.
        """
        alike = re.sub(r"\d+", "#", words.partition(";")[0])
        before, times = self._failures.get(node, ("", 0))
        times = times + 1 if alike == before else 1
        self._failures[node] = (alike, times)
        if times < MOST_ALIKE:
            return None
        return RepeatedFailure(f"{MOST_ALIKE} calls in a row failed alike: {words}")

    async def _tape(
        self, key: str, request: Request, answer: Answer, error: ModelError | BudgetExhausted | None
    ) -> None:
        await tape.write(await pool(), tape.Call(key, request, answer, error))

    def _endpoint(self, name: str | None) -> Endpoint:
        if name not in self._endpoints:
            roles = dict.fromkeys(("swarm_model_decide", "swarm_model_write", "swarm_model_review"))
            other = self._settings.model_copy(update={"swarm_model": name, **roles}) if name else self._settings
            self._endpoints[name] = Endpoint(other)
        return self._endpoints[name]

    def _next_key(self) -> str:
        context = TaskRunContext.get()
        assert context is not None, "a model is asked from within a step"
        number = self._numbers.get(context.task_run.id, 0)
        self._numbers[context.task_run.id] = number + 1
        return f"{step_key(context, context.parameters)}/{number}"


def _nothing(usage: Usage) -> Answer:
    return Answer(text="", model="", usage=usage, seconds=0.0)
