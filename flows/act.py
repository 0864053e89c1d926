"""Acting: one attempt of a node, made of the steps it takes, ends in one observation."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from flows.ask import says_yes
from flows.making import make_function
from swarm.citing import with_sources
from swarm.decisions import (
    Attempt,
    CallFunction,
    EditFile,
    Find,
    Note,
    Read,
    Retrieve,
    RunCode,
    RunCommand,
    WriteFile,
    WriteFunction,
    WriteText,
)
from swarm.nodes import MOST_QUESTIONS, Node
from swarm.reports import Observation
from swarm.rules import label
from tasks.acting import Ran, execute, keep, retrieve, save
from tasks.calling import call
from tasks.making import arguments
from tasks.thinking import compose, program

_SAMPLES = 4
"""Programs drawn until one runs: the sandbox is the judge."""

Ask = Callable[[str, int], Awaitable[Observation]]
"""Asks a person one of the questions of this turn, by its number."""


@dataclass(frozen=True)
class Told:
    """What an attempt has to go on: observations, a way to ask a person, versions of files, room for what it brings."""

    seen: Sequence[Observation]
    ask: Ask
    versions: Mapping[str, str]
    """Of the files as the node knows them."""
    most: int
    """Characters of an observation."""


async def act(node: Node, turn: int, number: int, action: Attempt, told: Told) -> Observation:
    """Make one attempt; what the world refuses is an observation, what the model or the budget refuses is raised."""
    match action:
        case Read():
            return await read(node, turn, number, action, told.most)
        case Find():
            return await find(node, turn, number, action, told.most)
        case WriteFile():
            return await write_file(node, turn, number, action, told.versions.get(outside_name(action.path)))
        case EditFile():
            return await edit_file(node, turn, number, action)
        case RunCommand():
            return await command(node, turn, number, action, told)
        case Note():
            return Observation(action=label(action), outcome="ok", text="noted")
        case Retrieve():
            return await retrieve(node, turn, action.uri, action.query)
        case WriteText():
            text = await compose(node, turn, action.path, action.brief, told.seen)
            return await save(node, turn, action.path, with_sources(text, f"{node.goal} {action.brief}", told.seen))
        case RunCode():
            return await _run_code(node, turn, action, told.seen)
        case CallFunction():
            return await _call_function(node, turn, action, told.seen, told.ask)
        case WriteFunction():
            return await make_function(node, turn, action)


async def _run_code(node: Node, turn: int, action: RunCode, seen: Sequence[Observation]) -> Observation:
    failure = ""
    for sample in range(_SAMPLES):
        code = await program(node, turn, action.task, action.files, seen, sample, failure)
        ran = await execute(node, turn, code, action.files)
        if ran.refused:
            return Observation(action=label(action), outcome="error", text=ran.refused)
        if ran.ok and (ran.stdout.strip() or ran.files):
            written = await keep(node, turn, ran.files) if ran.files else ()
            return _ran_well(action, code, ran, written)
        failure = _why(ran)
    return Observation(action=label(action), outcome="error", text=f"{_SAMPLES} programs failed; the last: {failure}")


async def _call_function(
    node: Node, turn: int, action: CallFunction, seen: Sequence[Observation], ask: Ask
) -> Observation:
    """Call a function; arguments that do not fit are filled in once more, by its schema.

    What it wants written elsewhere a person must say yes to; then it is called again, with that consent.
    """
    given = action.arguments
    called = await call(node, turn, action.name, given)
    if called.outcome == "bad_arguments":
        wrong = (given, called.text)
        given = json.dumps(await arguments(node, turn, action.name, called.about, called.parameters, wrong, seen))
        called = await call(node, turn, action.name, given)
    for number in range(MOST_QUESTIONS):
        if called.outcome != "consent":
            break
        answer = await ask(called.text, number)
        if not says_yes(answer):
            text = f"{called.text.partition(chr(10))[0]} It was not: {answer.text}"
            return Observation(action=label(action), outcome="error", text=text)
        called = await call(node, turn, action.name, given, called.consent)
    if called.outcome != "ok":
        more = f"it wants more written than the {MOST_QUESTIONS} things that were asked for; let one call write less"
        text = more if called.outcome == "consent" else called.text
        return Observation(action=label(action), outcome="error", text=text)
    wrote = await keep(node, turn, called.files) if called.files else ()
    text = f"{called.text}\nfiles written: {', '.join(wrote)}" if wrote else called.text
    told = {"evidence": called.places, "artifacts": wrote, "functions": (called.function,)}
    return Observation(action=label(action), outcome="ok", text=text, **told)


def _ran_well(action: RunCode, code: str, ran: Ran, written: tuple[str, ...]) -> Observation:
    wrote = f"\nfiles written: {', '.join(written)}" if written else ""
    text = f"the program printed:\n{ran.stdout.strip()}{wrote}\nthe program:\n{code[:1500]}"
    return Observation(action=label(action), outcome="ok", text=text, artifacts=written)


def _why(ran: Ran) -> str:
    if ran.ok:
        return "it printed nothing; print the result"
    return f"{ran.message}\n{ran.stderr[-800:]}".strip()
