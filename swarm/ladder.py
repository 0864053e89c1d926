"""The ladder that bad model output climbs: schema, one repair, the kind first and then its fields, failure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from swarm.answers import check_object, objects_in
from swarm.chat import Chat, Message, Request
from swarm.errors import InvalidOutput
from swarm.schemas import schema_of

T = TypeVar("T", bound=BaseModel)
S = TypeVar("S", bound=BaseModel)
R = TypeVar("R")

__all__ = ["MOST_CALLS", "Kinds", "schema_of", "structured"]

MOST_CALLS = 5
"""Answer, the same with more room, repair, kind, fields."""
MOST_TOKENS = 16_384
"""The most an answer that was cut is given room for, where the model's profile does not say."""
_SHOWN = 4000
# A small model repeats itself at temperature 0, error or not; a different sample is what helps.
_REPAIR_TEMPERATURE = 0.4


@dataclass(frozen=True)
class Kinds(Generic[T]):
    """How to ask for a union in two steps: its models by kind, and what makes the whole out of one."""

    models: Mapping[str, type[BaseModel]]
    assemble: Callable[[BaseModel], T]


async def structured(
    chat: Chat,
    request: Request,
    shape: type[T],
    check: Callable[[T], None] | None = None,
    kinds: Kinds[T] | None = None,
    most_tokens: int = MOST_TOKENS,
) -> T:
    """Ask until the answer is a valid `shape`, in at most five calls; one that was cut gets at most `most_tokens`.

    A schema that the request has already, narrower than the shape's own, is kept.
    `check` raises ValueError for what is well formed and still wrong; its message goes into the repair.
    Raises InvalidOutput with every rung's error in one line; other errors of `chat` rise at once.
    """
    schema = request.json_schema or schema_of(shape)
    climb = _Climb(chat, request.model_copy(update={"json_schema": schema}), check or _accept, most_tokens)
    found = await climb.answer(shape)
    if found is None:
        found = await climb.repair(shape)
    if found is None and kinds is not None:
        found = await climb.two_steps(kinds)
    if found is None:
        raise InvalidOutput(f"no valid {shape.__name__} in {climb.calls} calls: {'; '.join(climb.errors)}")
    return found


class _Climb(Generic[T]):
    """One climb: the request as it stands, what was said last, and what was wrong with it."""

    def __init__(self, chat: Chat, request: Request, check: Callable[[T], None], most_tokens: int) -> None:
        self._chat, self._most_tokens = chat, most_tokens
        self._request = request
        self._check = check
        self._widened = False
        self._last = ""
        self.calls = 0
        self.errors: list[str] = []

    async def answer(self, shape: type[T]) -> T | None:
        return self._read(await self._ask("answer", self._request), "answer", shape, self._same)

    async def repair(self, shape: type[T]) -> T | None:
        said = (Message(role="assistant", content=self._last[:_SHOWN]),) if self._last.strip() else ()
        fault = self.errors[-1].partition(": ")[2]
        asked = Message(role="user", content=f"That answer is not valid: {fault}\nAnswer again, corrected.")
        request = self._with(*said, asked).model_copy(update={"temperature": _REPAIR_TEMPERATURE})
        return self._read(await self._ask("repair", request), "repair", shape, self._same)

    async def two_steps(self, kinds: Kinds[T]) -> T | None:
        listed = "\n".join(f"- {name}: {_about(model)}" for name, model in kinds.models.items())
        menu = Message(role="user", content=f"Answer only with the kind of your next action, one of:\n{listed}")
        choice = _choice(tuple(kinds.models))
        request = self._with(menu).model_copy(update=_form(choice))
        picked = self._read(await self._ask("kind", request), "kind", choice, lambda found: found)
        if picked is None:
            return None
        kind = str(picked.model_dump()["kind"])
        model = kinds.models[kind]
        fields = Message(role="user", content=f"Answer only with the fields of this action.\n{kind}: {_about(model)}")
        request = self._with(fields).model_copy(update=_form(model))
        text = await self._ask(kind, request)
        return self._read(text, kind, model, lambda found: self._same(kinds.assemble(found)))

    async def _ask(self, rung: str, request: Request) -> str | None:
        """Return the text, or None with the reason noted; what was cut is asked for once more, with room."""
        request = request.model_copy(update={"max_tokens": self._request.max_tokens})
        self.calls += 1
        try:
            answer = await self._chat(request)
        except InvalidOutput as error:
            self._note(rung, str(error))
            return None
        self._last = answer.text
        if not answer.cut:
            return answer.text
        if self._widened or request.max_tokens >= self._most_tokens:
            self._note(rung, f"cut at {request.max_tokens} tokens; answer more briefly")
            return None
        self._widened = True
        wider = min(2 * request.max_tokens, self._most_tokens)
        self._request = self._request.model_copy(update={"max_tokens": wider})
        return await self._ask(rung, request)

    def _read(self, text: str | None, rung: str, shape: type[S], finish: Callable[[S], R]) -> R | None:
        if text is None:
            return None
        try:
            return finish(_last_that_fits(shape, text))
        except ValueError as error:
            self._note(rung, _one_line(error))
            return None

    def _same(self, found: T) -> T:
        self._check(found)
        return found

    def _with(self, *more: Message) -> Request:
        return self._request.model_copy(update={"messages": (*self._request.messages, *more)})

    def _note(self, rung: str, fault: str) -> None:
        self.errors.append(f"{rung}: {fault}")


def _last_that_fits(shape: type[S], text: str) -> S:
    """Return the last object that fits: what stands before it is a draft or an example. Raises ValueError."""
    fault: ValueError | None = None
    for each in reversed(objects_in(text)):
        try:
            check_object(each)
            return shape.model_validate(each)
        except ValueError as error:
            fault = error if fault is None and each else fault
    raise fault or ValueError("the answer holds an empty JSON object")


def _accept(_: object) -> None:
    """Find nothing wrong."""


def _form(shape: type[BaseModel]) -> dict[str, object]:
    return {"schema_name": shape.__name__, "json_schema": schema_of(shape), "tools": ()}


def _about(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _choice(names: tuple[str, ...]) -> type[BaseModel]:
    kind = cast("type[str]", Literal[names])
    return create_model("Kind", __config__=ConfigDict(extra="forbid"), kind=(kind, ...))


def _one_line(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False, include_input=False)
        said = [f"{'.'.join(str(part) for part in f['loc']) or 'it'}: {f['msg']}" for f in faults[:5]]
        more = f" (and {len(faults) - 5} more)" if len(faults) > 5 else ""
        return " ".join("; ".join(said).split())[:600] + more
    return " ".join(str(error).split())[:600]
