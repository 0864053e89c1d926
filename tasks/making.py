"""What a model is asked on the way to a function: its contract, its tests, its code; and the arguments of a call."""

from collections.abc import Sequence

from prefect import task
from pydantic import JsonValue, RootModel

from swarm import prompts
from swarm.chat import Message, Request
from swarm.functions.drafts import (
    Contract,
    Draft,
    Tests,
    arguments_schema,
    draft_schema,
    sound_cases,
    tests_schema,
)
from swarm.functions.records import Case, Function
from swarm.functions.schemas import fault
from swarm.functions.strength import ENOUGH
from swarm.ladder import structured
from swarm.nodes import Node
from swarm.reports import Observation
from tasks.context import open_run
from tasks.keys import step_key, step_name

_CONTRACT_TOKENS = 700
_TESTS_TOKENS = 1200
_CODE_TOKENS = 1600
_ARGUMENTS_TOKENS = 600
_RESAMPLED = 0.7
"""Temperature of every try after the first: a new sample helps a small model more than the error alone."""


class Arguments(RootModel[dict[str, JsonValue]]):
    """The arguments of one call."""


@task(name="contract", cache_key_fn=step_key, persist_result=True, task_run_name="settle the contract")
async def contract(
    node: Node, turn: int, purpose: str, known: Sequence[str], names: Sequence[str], taken: Sequence[str]
) -> Contract:
    """Settle what a function is called, takes and returns; raises ModelError or BudgetExhausted.

    `known` are the nearest functions, a line each, `names` theirs; `taken` may not be the name of a new one.
    """

    def sound(found: Contract) -> None:
        if found.use and found.use not in names:
            raise ValueError(f"use: {found.use!r} is not among {', '.join(names) or 'none'}; leave it empty")
        if not found.use and found.name in taken:
            raise ValueError(f"name: {found.name} is taken by another function; choose one that says the difference")
        found.function()

    messages = prompts.contract(purpose, node.goal, known)
    request = _request(node, messages, "contract", _CONTRACT_TOKENS)
    return await structured((await open_run(node)).chat, request, Contract, check=sound)


@task(name="tests", cache_key_fn=step_key, persist_result=True, task_run_name="write independent tests")
async def tests(node: Node, turn: int, function: Function, arguments: Sequence[str]) -> tuple[Case, ...]:
    """Have tests written by somebody who never sees the code; raises ModelError or BudgetExhausted.

    With `arguments`, one JSON object each, only what these must return is worked out anew.
    """

    def enough(found: Tests) -> None:
        if not arguments and len(sound_cases(function, found.cases, "independent")) < 2:
            raise ValueError("cases: at least two must fit the contract's types")

    chat = (await open_run(node)).chat
    is_small = (await chat.profile(node.path, "write")).hands == "small"
    least = 1 if arguments else 2 if is_small else ENOUGH
    messages = prompts.tests(
        function.signature, function.description, arguments, 0 if arguments or is_small else ENOUGH
    )
    request = _request(node, messages, "tests", _TESTS_TOKENS if is_small else 2 * _TESTS_TOKENS)
    told = {"json_schema": tests_schema(function, least), "temperature": _RESAMPLED if arguments else 0.0}
    found = await structured(chat, request.model_copy(update=told), Tests, check=enough)
    return sound_cases(function, found.cases, "independent")


@task(name="draft", cache_key_fn=step_key, persist_result=True, task_run_name="draft, sample {sample}")
async def draft(node: Node, turn: int, function: Function, notes: Sequence[str], sample: int, failure: str) -> Draft:
    """Have a function's code written; later samples are drawn with more variety. Raises ModelError, BudgetExhausted."""
    notes = (f"It begins: {function.definition}", *notes)
    messages = prompts.function(function.signature, function.description, notes, failure)
    request = _request(node, messages, "function", _CODE_TOKENS).model_copy(
        update={"json_schema": draft_schema(function), "temperature": _RESAMPLED if sample else 0.0}
    )
    return await structured((await open_run(node)).chat, request, Draft)


@task(name="arguments", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("arguments of {name}"))
async def arguments(
    node: Node,
    turn: int,
    name: str,
    about: tuple[str, str],
    parameters: dict[str, JsonValue],
    given: tuple[str, str],
    seen: Sequence[Observation],
) -> dict[str, JsonValue]:
    """Have the arguments of a call filled in that did not fit; `given` are they and what was wrong with them."""

    def fits(found: Arguments) -> None:
        if wrong := fault(parameters, found.root):
            raise ValueError(wrong)

    messages = prompts.arguments(about, node.goal, *given, seen[-3:])
    request = _request(node, messages, "arguments", _ARGUMENTS_TOKENS).model_copy(
        update={"json_schema": arguments_schema(parameters)}
    )
    return (await structured((await open_run(node)).chat, request, Arguments, check=fits)).root


def _request(node: Node, messages: tuple[Message, ...], name: str, tokens: int) -> Request:
    return Request(role="write", messages=messages, schema_name=name, max_tokens=tokens, node=node.path)
