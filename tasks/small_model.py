"""What a small model is asked: the kind of work where the goal leaves it open, notes, texts, code and programs.

One call each: what was cut or cannot be read comes back empty, and the next sample is the repair.
"""

import re
from collections.abc import Sequence
from typing import Literal, TypeVar

from prefect import task
from pydantic import BaseModel, ConfigDict, JsonValue

from swarm.answers import find_object
from swarm.chat import Message, Request
from swarm.llm.file_text import file_text
from swarm.nodes import Node
from swarm.prompts import small
from swarm.schemas import schema_of
from swarm.settings import Role
from swarm.small.intent import Intent, files_of, kind_by_words
from swarm.small.notes import Stretch
from swarm.tree.briefing import Briefing, Material
from tasks.context import open_run
from tasks.keys import step_key, step_name

_WHOLE = re.compile(r"(?s).*(?:[.!?]|\n)(?=\s|$)")
T = TypeVar("T", bound=BaseModel)

_NOTE_TOKENS = 240
_OPENING_TOKENS = 140
_TEXT_TOKENS = 1000
_ANSWER_TOKENS = 320
_CODE_TOKENS = 1200
_RESAMPLED = 0.6
"""Temperature of every try after the first: a new sample helps a small model more than the error."""


class _Open(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KindOfWork(_Open):
    """Which kind of work it is."""

    kind: Literal["program", "text", "answer"]


class Points(_Open):
    """Notes of a stretch."""

    points: tuple[str, ...]


@task(name="intent", cache_key_fn=step_key, persist_result=True, task_run_name="settle the kind of work")
async def settle(node: Node, turn: int, briefing: Briefing) -> Intent:
    """Settle what a goal asks for, by its words where they decide. Raises ModelError or BudgetExhausted."""
    inputs, outputs = files_of(node.goal, briefing)
    kind = kind_by_words(node.goal, inputs, outputs)
    if kind is None:
        request = _request(node, "decide", small.choose(node.goal), "kind", 20)
        request = request.model_copy(update={"json_schema": schema_of(KindOfWork)})
        found = await _asked(node, request, KindOfWork)
        kind = found.kind if found else "answer"
    if kind == "text" and not outputs:
        kind = "answer"
    return Intent(kind=kind, outputs=outputs, inputs=inputs)


@task(name="note", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("note {stretch.place}"))
async def take_notes(node: Node, turn: int, stretch: Stretch, most: int, sample: int) -> tuple[str, ...]:
    """Note what a stretch says in at most so many sentences; raises ModelError or BudgetExhausted."""
    schema = _array("points", 1, most)
    request = _request(node, "write", small.notes(stretch.place, stretch.text), "points", _NOTE_TOKENS)
    request = request.model_copy(update={"json_schema": schema, "temperature": _temperature(sample)})
    found = await _asked(node, request, Points)
    return found.points if found else ()


@task(name="opening", cache_key_fn=step_key, persist_result=True, task_run_name="write the opening")
async def write_opening(node: Node, turn: int, points: Sequence[str], sample: int) -> str:
    """Say in two sentences what notes come to; raises ModelError or BudgetExhausted."""
    return await _text(node, small.opening(points), _OPENING_TOKENS, sample)


@task(name="draft-text", cache_key_fn=step_key, persist_result=True, task_run_name="draft, sample {sample}")
async def draft_text(node: Node, turn: int, materials: Sequence[Material], sample: int, failure: str) -> str:
    """Write the text a goal asks for; raises ModelError or BudgetExhausted."""
    return await _text(node, small.draft(node.goal, materials, failure), _TEXT_TOKENS, sample)


@task(name="answer-text", cache_key_fn=step_key, persist_result=True, task_run_name="answer, sample {sample}")
async def answer_text(node: Node, turn: int, materials: Sequence[Material], sample: int, failure: str) -> str:
    """Answer a goal from what was read; raises ModelError or BudgetExhausted."""
    return await _text(node, small.answer(node.goal, materials, failure), _ANSWER_TOKENS, sample)


@task(
    name="source", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("write {path}, sample {sample}")
)
async def write_source(
    node: Node, turn: int, path: str, materials: Sequence[Material], sample: int, failure: str
) -> str:
    """Write a file of code; raises ModelError or BudgetExhausted."""
    return await _code(node, small.source(node.goal, path, materials, failure), sample)


@task(name="small-program", cache_key_fn=step_key, persist_result=True, task_run_name="program, sample {sample}")
async def write_program(node: Node, turn: int, intent: Intent, shapes: Sequence[str], sample: int, failure: str) -> str:
    """Write a program that finds what the goal asks for; raises ModelError or BudgetExhausted."""
    in_place = bool(intent.outputs) and set(intent.outputs) <= set(intent.inputs)
    return await _code(node, small.program(node.goal, shapes, intent.outputs, failure, in_place), sample)


async def _code(node: Node, messages: tuple[Message, ...], sample: int) -> str:
    """Ask for code in a fence: as text a small model escapes nothing, and so nothing wrongly; empty if it was cut."""
    request = _request(node, "write", messages, "code", _CODE_TOKENS)
    answer = await (await open_run(node)).chat(request.model_copy(update={"temperature": _temperature(sample)}))
    text = file_text(answer.text).strip()
    return f"{text}\n" if text and not answer.cut else ""


async def _asked(node: Node, request: Request, shape: type[T]) -> T | None:
    """Ask once; None for an answer that was cut or does not fit."""
    answer = await (await open_run(node)).chat(request)
    if answer.cut:
        return None
    try:
        return shape.model_validate(find_object(answer.text))
    except ValueError:
        return None


async def _text(node: Node, messages: tuple[Message, ...], tokens: int, sample: int) -> str:
    """Ask for a text; one that was cut ends with its last whole sentence or line."""
    request = _request(node, "write", messages, "text", tokens).model_copy(
        update={"temperature": _temperature(sample, 0.2)}
    )
    answer = await (await open_run(node)).chat(request)
    text = file_text(answer.text).strip()
    return _WHOLE.match(text)[0] if answer.cut and _WHOLE.match(text) else text  # type: ignore[index]


def _temperature(sample: int, first: float = 0.0) -> float:
    return _RESAMPLED if sample else first


def _request(node: Node, role: Role, messages: tuple[Message, ...], name: str, tokens: int) -> Request:
    return Request(role=role, messages=messages, schema_name=name, max_tokens=tokens, node=node.path)


def _array(name: str, least: int, most: int) -> dict[str, JsonValue]:
    """Return the schema of an object with one list of texts."""
    listed: JsonValue = {"type": "array", "items": {"type": "string"}, "minItems": least, "maxItems": most}
    return {"type": "object", "properties": {name: listed}, "required": [name], "additionalProperties": False}
