"""What a node does with functions: recall and look for them, call them, have them judged and saved."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from prefect import task
from prefect.context import TaskRunContext
from pydantic import Field, JsonValue

from integrations.office import NO_CONSENT, Consent, Office, grants_of, running_of, search_of
from swarm.errors import (
    BadArguments,
    FunctionConflict,
    FunctionError,
    FunctionFailed,
    FunctionNotFound,
    SandboxUnavailable,
)
from swarm.functions.admitting import Admission, pinned
from swarm.functions.door import Caller, Door
from swarm.functions.gate import Failure, Judged
from swarm.functions.library import Library
from swarm.functions.records import Function, Provenance, Version
from swarm.functions.twins import is_twin, passes
from swarm.functions.worth import Worth
from swarm.nodes import Node, Noun, shorten
from swarm.outages import patiently
from swarm.pools import pool
from swarm.sandbox.choice import unconfined
from swarm.text.models import CleanText
from swarm.text.redaction import redact_json
from tasks.answering import thinking
from tasks.context import Run, reach_out
from tasks.keys import step_key, step_name
from tasks.outgoing import outgoing_of
from tasks.recalling import line_of, remember

_NEAR = 8
"""Functions that are looked at before one is written: to try one costs no model call."""
_RESULT = 4000
"""Characters of a result that an observation carries, and of a passage; what is longer is a whole file."""


class Known(Noun):
    """A function as somebody who decides sees it."""

    name: str
    line: str
    """Signature and description, in one line."""


class Looked(Noun):
    """What was found before writing a function: the nearest, and names that are taken."""

    near: tuple[Known, ...] = ()
    taken: tuple[str, ...] = ()
    mend: Function | None = None
    """The function that is to be repaired, as it stands."""
    number: int = 0
    refused: str = ""


class Called(Noun):
    """What came of a call; for arguments that do not fit, what is needed to fill them in anew.

    Where a person must be asked first, `text` is the question, and `consent` what a yes means.
    """

    outcome: Literal["ok", "bad_arguments", "consent", "error"]
    text: CleanText
    function: str = ""
    files: dict[str, str] = Field(default_factory=dict)
    places: tuple[str, ...] = ()
    consent: Consent = NO_CONSENT
    about: tuple[str, str] = ("", "")
    parameters: dict[str, JsonValue] = Field(default_factory=dict)


class Admitted(Noun):
    """A function that was let in, or why not."""

    label: str = ""
    line: str = ""
    refused: CleanText = ""


@task(name="look", cache_key_fn=step_key, persist_result=True, task_run_name="look for a function")
async def look(node: Node, turn: int, purpose: str, repairs: str) -> Looked:
    """Look at what there is before a function is written."""
    run = await reach_out(node)
    library = Library(await patiently(pool))
    if repairs:
        try:
            version = await library.get(repairs)
        except FunctionNotFound as error:
            return Looked(refused=str(error))
        if version.maker != "swarm":
            return Looked(
                refused=f"{version.label} was written by a {version.maker} and is not for the swarm to change"
            )
        return Looked(mend=version.function, number=version.number)
    hits = await search_of(await pool(), run.settings)(f"{purpose}\n{node.goal}", _NEAR)
    near = tuple(Known(name=hit.version.name, line=line_of(hit.version)) for hit in hits)
    return Looked(near=near, taken=tuple(await library.names())[:500])


@task(name="function-packages", cache_key_fn=step_key, persist_result=True, task_run_name="see what is to be installed")
async def function_packages(node: Node, turn: int, packages: Sequence[str]) -> tuple[str, ...]:
    """Return the packages of a function that a person must allow first."""
    return (await _admission(await reach_out(node))).not_granted(packages)


@task(name="try", cache_key_fn=step_key, persist_result=True, task_run_name="try what is there")
async def try_known(node: Node, turn: int, wanted: Function, names: Sequence[str]) -> str:
    """Return the name of a function that is there and passes the tests of one that is wanted; empty for none."""
    run = await reach_out(node)
    admission = await _admission(run)
    with unconfined(run.settings.swarm_unsafe_no_sandbox):
        for name in names:
            if await passes(admission, wanted, await admission.library.get(name)):
                return name
    return ""


@task(name="gate", cache_key_fn=step_key, persist_result=True, task_run_name="run the tests")
async def gate(node: Node, turn: int, function: Function) -> Judged:
    """Judge a function; what keeps the gate from judging is a failure, too.

    A small model is asked for more tests only where the function is not let in without.
    """
    run = await reach_out(node)
    admission = await _admission(run)
    is_small = (await run.chat.profile(node.path, "write")).hands == "small"
    try:
        with unconfined(run.settings.swarm_unsafe_no_sandbox):
            judged = await admission.judge(await admission.completed(function), is_strict=True)
            return judged.model_copy(update={"telling": ()}) if judged.passed and is_small else judged
    except (FunctionError, SandboxUnavailable) as error:
        return Judged(failures=(Failure(kind="inspection", text=str(error)),))


@task(name="admit", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("save {function.name}"))
async def admit(
    node: Node, turn: int, function: Function, tested_against: int, judged: Judged, near: Sequence[str]
) -> Admitted:
    """Save a function that has passed, unless one of those `near` does the same; a repair is always saved.

    Where another run was faster with the name, theirs or another name is taken.
    """
    run = await reach_out(node)
    admission = await _admission(run)
    provenance = Provenance(run=node.run, node=node.path, goal=shorten(node.goal, 300))
    strength = (judged.mutants, judged.killed)
    try:
        with unconfined(run.settings.swarm_unsafe_no_sandbox):
            function = pinned(await admission.completed(function), judged)
            for name in () if tested_against else near:
                other = await admission.library.get(name)
                if other.name != function.name and await is_twin(admission, function, other):
                    return Admitted(label=other.label, line=line_of(other))
            for attempt in range(1, 10):
                try:
                    saved = await admission.library.save(function, "swarm", provenance, tested_against, strength)
                    return Admitted(label=saved.label, line=line_of(saved))
                except FunctionConflict:
                    theirs = await admission.library.get(function.name)
                    if not tested_against and await is_twin(admission, function, theirs):
                        return Admitted(label=theirs.label, line=line_of(theirs))
                    function, tested_against = _named(function, attempt + 1), 0
    except (FunctionError, SandboxUnavailable) as error:
        return Admitted(refused=str(error))
    return Admitted(refused=f"the name {function.name} and nine like it are taken by functions that do something else")


@task(name="call", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("call {name}"))
async def call(node: Node, turn: int, name: str, arguments: str, consent: Consent = NO_CONSENT) -> Called:
    """Call a function with arguments as JSON text; whatever goes wrong is an outcome, not an error.

    What it saves is kept aside for `keep`, as with a program.
    """
    run = await reach_out(node)
    admission = await _admission(run)
    outgoing = (await outgoing_of(run)).of_function(bool(admission.grants.secrets))
    office = Office(run.settings, run.workspace, node.id, thinking(run, node), consent, outgoing=outgoing)
    context = TaskRunContext.get()
    assert context is not None
    caller = Caller(f"node {node.path}", node.run, node.path, step_key(context, context.parameters))
    door = Door(admission.library, admission.running, admission.grants, office.ask, caller)
    wanted, _, number = name.partition("@")
    try:
        version = await admission.library.get(wanted, int(number) if number.isdecimal() else None)
        with unconfined(run.settings.swarm_unsafe_no_sandbox):
            result = await door.exec_function(wanted, _parsed(version, arguments), version.number)
    except BadArguments as error:
        about = version.function.signature, version.function.description
        told = {"function": version.label, "about": about, "parameters": version.function.parameters}
        return Called(outcome="bad_arguments", text=str(error), **told)
    except (FunctionError, SandboxUnavailable) as error:
        if office.wishes:
            return _wished(office)
        if isinstance(error, FunctionFailed):
            await Worth(await patiently(pool)).note("chosen", [wanted], node.id)
        return Called(outcome="error", text=str(error))
    if office.wishes:  # it went on without, which nobody wanted
        return _wished(office)
    await remember(node, run, [each for each in office.read if len(each.text) <= _RESULT], whole=False)
    text = json.dumps(redact_json(result), ensure_ascii=False, indent=None)
    shown = text if len(text) <= _RESULT else text[:_RESULT] + " …"
    files = {path: base64.b64encode(each.encode()).decode() for path, each in office.saved.items()}
    await Worth(await patiently(pool)).note("chosen", [version.name], node.id)
    told = {"function": version.label, "files": files, "places": office.places}
    return Called(outcome="ok", text=f"{version.label} returned:\n{shown}", **told)


@task(name="credit", cache_key_fn=step_key, persist_result=True, task_run_name="credit the functions")
async def credit(node: Node, turn: int, labels: Sequence[str]) -> None:
    """Note that functions have helped with a goal: they are found by it, and are proven."""
    await reach_out(node)
    database = await patiently(pool)
    library = Library(database)
    await Worth(database).note("helped", labels, node.id)
    for label in labels:
        name, _, number = label.partition("@")
        await library.helped(name, node.goal)
        await library.prove(name, int(number))


async def _admission(run: Run) -> Admission:
    grants, allowed = grants_of(run.settings), frozenset(run.packages)
    return Admission(Library(await patiently(pool)), running_of(run.settings), grants, allowed)


def _wished(office: Office) -> Called:
    wish = office.wishes[0]
    return Called(outcome="consent", text=wish.question, consent=office.consent.with_wish(wish, office.answers))


def _parsed(version: Version, arguments: str) -> Mapping[str, JsonValue]:
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError) as error:
        raise BadArguments(f"{version.function.signature} was given what is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise BadArguments(f'{version.function.signature} takes a JSON object, such as {{"name": value}}')
    return given


def _named(function: Function, number: int) -> Function:
    """Return a function under another name, in its code, too."""
    old = re.sub(r"_\d$", "", function.name)
    new = f"{old[:60]}_{number}"
    return function.model_copy(update={"name": new, "code": re.sub(rf"\b{function.name}\b", new, function.code)})
