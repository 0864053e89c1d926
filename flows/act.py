"""Acting: one attempt of a node, made of the steps it takes, ends in one observation."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.ask import says_yes
from flows.making import Ask, make_function
from integrations.text_documents import outside_name
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
from swarm.nodes import MOST_QUESTIONS, Node, shorten
from swarm.reports import Observation
from swarm.rules import label
from swarm.run.outgoing import is_web
from swarm.store.file_changes import AppliedChanges
from tasks.acting import Ran, execute, keep, retrieve, save
from tasks.calling import call
from tasks.commands import allow_packages, keep_changes, observed, packages_to_grant, run_command
from tasks.editing import edit_file, write_file
from tasks.making import arguments
from tasks.outgoing import address_to_allow, allow_address
from tasks.reading import find, read
from tasks.thinking import compose, program

_SAMPLES = 4
"""Programs drawn until one runs: the sandbox is the judge."""


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
        case Read(uri=uri, query=query):
            held_back = await _held_back(node, turn, number, action, (uri, query), told.ask)
            return held_back or await read(node, turn, number, action, told.most)
        case Find():
            return await find(node, turn, number, action, told.most)
        case WriteFile():
            return await write_file(node, turn, number, action, told.versions.get(outside_name(action.path)))
        case EditFile():
            return await edit_file(node, turn, number, action)
        case RunCommand():
            return await _run_command(node, turn, number, action, told)
        case Note():
            return Observation(action=label(action), outcome="ok", text="noted")
        case Retrieve(uri=uri, query=query):
            held_back = await _held_back(node, turn, number, action, (uri, query), told.ask)
            return held_back or await retrieve(node, turn, uri, query)
        case WriteText():
            text = await compose(node, turn, action.path, action.brief, told.seen)
            return await save(node, turn, action.path, with_sources(text, action.path, node.goal, told.seen))
        case RunCode():
            return await _run_code(node, turn, action, told.seen)
        case CallFunction():
            return await _call_function(node, turn, action, told.seen, told.ask)
        case WriteFunction():
            return await make_function(node, turn, action, told.ask)


async def _held_back(
    node: Node, turn: int, number: int, action: Read | Retrieve, address: tuple[str, str], ask: Ask
) -> Observation | None:
    """Ask a person about an address that the run has made up, where that could carry something away."""
    if not is_web(address[0]) or not (question := await address_to_allow(node, turn, number, *address)):
        return None
    answer = await ask(question)
    if says_yes(answer):
        await allow_address(node, *address)
        return None
    return Observation(action=label(action), outcome="refused", text=f"it was not asked for: {answer.text}")


async def _run_command(node: Node, turn: int, number: int, action: RunCommand, told: Told) -> Observation:
    """Run a command and keep what it has changed; a person is asked for packages once it shows that it needs them."""
    wanted = await packages_to_grant(node, turn, number, action.packages)
    ran = None if wanted and action.packages else await run_command(node, turn, number, action, not wanted)
    if wanted and (ran is None or ran.lacks_packages):
        names = ", ".join(wanted)
        question = f"May these packages be installed for {shorten(action.command, 200)!r}? {names} (yes or no)"
        granted = says_yes(await told.ask(question))
        if granted:
            await allow_packages(node, wanted)
        plain = action if granted else action.model_copy(update={"packages": ()})
        ran = await run_command(node, turn, number, plain, granted)
    assert ran is not None
    changes = ran.files or ran.folders
    kept = await keep_changes(node, turn, number, ran.files, ran.folders) if changes else AppliedChanges()
    return observed(action, ran, kept, told.most)


async def _run_code(node: Node, turn: int, action: RunCode, seen: Sequence[Observation]) -> Observation:
    failure = ""
    for sample in range(_SAMPLES):
        code = await program(node, turn, action.task, action.files, seen, sample, failure)
        ran = await execute(node, turn, code, action.files)
        if ran.refused:
            return Observation(action=label(action), outcome="error", text=ran.refused)
        if ran.ok and (ran.stdout.strip() or ran.files):
            kept = await keep(node, turn, ran.files) if ran.files else AppliedChanges()
            return _ran_well(action, code, ran, kept)
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
    for _ in range(MOST_QUESTIONS):
        if called.outcome != "consent":
            break
        answer = await ask(called.text)
        if not says_yes(answer):
            text = f"{called.text.partition(chr(10))[0]} It was not: {answer.text}"
            return Observation(action=label(action), outcome="error", text=text)
        called = await call(node, turn, action.name, given, called.consent)
    if called.outcome != "ok":
        more = f"it wants more written than the {MOST_QUESTIONS} things that were asked for; let one call write less"
        text = more if called.outcome == "consent" else called.text
        return Observation(action=label(action), outcome="error", text=text)
    kept = await keep(node, turn, called.files) if called.files else AppliedChanges()
    text = f"{called.text}{_written(kept)}"
    told = {"evidence": called.places, "functions": (called.function,)}
    return Observation(action=label(action), outcome="ok", text=text, **told, **_files(kept))


def _ran_well(action: RunCode, code: str, ran: Ran, kept: AppliedChanges) -> Observation:
    text = f"the program printed:\n{ran.stdout.strip()}{_written(kept)}\nthe program:\n{code[:1500]}"
    return Observation(action=label(action), outcome="ok", text=text, **_files(kept))


def _written(kept: AppliedChanges) -> str:
    return f"\nfiles written: {', '.join(kept.written)}" if kept.written else ""


def _files(kept: AppliedChanges) -> dict[str, Any]:
    return {"artifacts": kept.written, "versions": kept.versions, "refused": kept.refused}


def _why(ran: Ran) -> str:
    if ran.ok:
        return "it printed nothing; print the result"
    return f"{ran.message}\n{ran.stderr[-800:]}".strip()
