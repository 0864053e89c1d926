"""Execution: the one way in which a function is run, whether by its tests or by whoever calls it.

Arguments are made to fit their schema, questions to the swarm are answered as far as the function declares them, and
the result is made to fit and checked. So nothing passes the gate that would be refused at the door.
"""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from swarm.errors import BadArguments, FunctionRefused
from swarm.functions.grants import Grants
from swarm.functions.records import Function
from swarm.functions.running import HERE, Placement, Running
from swarm.functions.schemas import fault, fitted
from swarm.nodes import shorten
from swarm.sandbox.calling import Answered, Ask

_EXACT = 2**53 - 1
"""The largest whole number that JavaScript counts exactly (Number.MAX_SAFE_INTEGER)."""
MISFIT = "schema"
"""The kind of error of a result that does not fit."""


async def execute(
    running: Running,
    function: Function,
    arguments: Mapping[str, JsonValue],
    ask: Ask,
    grants: Grants,
    placement: Placement = HERE,
) -> Answered:
    """Run a function and check what came of it; what goes wrong in it is told, not raised.

    Raises BadArguments, FunctionRefused for what was not granted, SandboxUnavailable or PackagesUnavailable.
    """
    if wrong := misfit(function, arguments):
        raise BadArguments(f"{function.signature} was given arguments that do not fit: {wrong}")
    given = fitted(function.parameters, dict(arguments))
    assert isinstance(given, dict)
    answered = await running.run(function, given, _declared(function, ask), grants, placement)
    return _checked(function, answered)


def misfit(function: Function, arguments: Mapping[str, JsonValue]) -> str:
    """Say what is wrong with arguments, in one line; empty for nothing."""
    if wrong := fault(function.parameters, dict(arguments)):
        return wrong
    if function.language == "javascript" and (number := _inexact(dict(arguments))):
        return f"{number} is more than JavaScript counts exactly; pass it as a string"
    return ""


def _declared(function: Function, ask: Ask) -> Ask:
    """Return what answers only the questions that a function declares."""

    async def answer(name: str, arguments: Mapping[str, JsonValue]) -> JsonValue:
        if name not in function.capabilities.api:
            raise FunctionRefused(f"{function.name} does not declare that it asks for {shorten(name, 40)}")
        return await ask(name, arguments)

    return answer


def _checked(function: Function, answered: Answered) -> Answered:
    if not answered.ok:
        return answered
    value = fitted(function.returns, answered.value)
    wrong = fault(function.returns, value)
    if not wrong and function.language == "javascript" and (number := _inexact(value)):
        wrong = f"{number} is more than JavaScript counts exactly; return it as a string"
    if not wrong:
        return answered.model_copy(update={"value": value})
    message = f"it returned {shorten(repr(value), 200)}, which does not fit the schema: {wrong}"
    return answered.model_copy(update={"ok": False, "error": MISFIT, "message": message})


def _inexact(value: JsonValue) -> int | None:
    """Return a whole number in a value that JavaScript cannot tell from its neighbours."""
    return next((each for each in _numbers(value) if abs(each) > _EXACT), None)


def _numbers(value: JsonValue) -> Iterator[int]:
    level = [value]
    while level:
        each = level.pop()
        if isinstance(each, dict):
            level += each.values()
        elif isinstance(each, list):
            level += each
        elif isinstance(each, int) and not isinstance(each, bool):
            yield each
