"""What the commands on functions share: the library of the running stack, and how its things are printed."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import typer

from swarm.errors import FunctionError, FunctionRefused, UsageError
from swarm.terminal import confirm, emit, say

if TYPE_CHECKING:
    from pathlib import Path

    import asyncpg
    from pydantic import JsonValue

    from integrations.office import Office
    from swarm.functions.admitting import Admission
    from swarm.functions.exchange import Brought
    from swarm.functions.records import Version
    from swarm.settings import Settings

    Pool = asyncpg.Pool[asyncpg.Record]

T = TypeVar("T")
_QUESTIONS = 20
"""Times that one call asks for a yes."""


def with_admission(ask: "Callable[[Admission, Pool, Settings], Awaitable[T]]", grants: Sequence[str] = ()) -> "T":
    """Ask the library of the running stack; raises StackError if it is down, UsageError for what is no grant."""
    from integrations.office import grants_of, running_of
    from swarm import stack
    from swarm.functions.admitting import Admission
    from swarm.functions.library import Library
    from swarm.pools import lent
    from swarm.sandbox.choice import unconfined
    from swarm.sandbox.warm import close_warm

    settings = granting(grants)

    async def asked() -> "T":
        try:
            async with lent(stack.connection(settings).database_url) as pool:
                with unconfined(settings.swarm_unsafe_no_sandbox):
                    admission = Admission(Library(pool), running_of(settings), grants_of(settings))
                    return await ask(admission, pool, settings)
        finally:
            close_warm()

    return asyncio.run(asked())


async def called_by_a_person(
    admission: "Admission", settings: "Settings", folder: "Path", call: "tuple[str, dict[str, JsonValue], int | None]"
) -> "tuple[Office, JsonValue]":
    """Call a function by name, arguments and version; what it wants written elsewhere is asked for in the terminal."""
    from uuid import uuid4

    from integrations.office import NO_CONSENT, Office
    from swarm.functions.door import Caller, Door
    from swarm.run.outgoing import Outgoing, addresses_in
    from swarm.workspace import Workspace

    author, consent, grants = uuid4().hex, NO_CONSENT, admission.grants
    outgoing = Outgoing(settings.swarm_web, grants.network, addresses_in(json.dumps(call[1])))
    outgoing = outgoing.of_function(bool(grants.secrets))
    for _ in range(_QUESTIONS):
        workspace = Workspace(folder, settings.swarm_home / "kept", "", home=settings.swarm_home)
        office = Office(settings, workspace, author, consent=consent, outgoing=outgoing)
        door = Door(admission.library, admission.running, admission.grants, office.ask, Caller("person"))
        try:
            result = await door.exec_function(*call)
        except FunctionError:
            if not office.wishes:
                raise
        if not office.wishes:
            return office, result
        if not confirm(office.wishes[0].question):
            raise FunctionRefused("it was not written: you did not say yes")
        consent = consent.with_wish(office.wishes[0], {})
    raise FunctionRefused(f"{call[0]} asks more than {_QUESTIONS} times; say --yes if you trust it")


def granting(grants: Sequence[str], unsafe: bool = False, web: str | None = None) -> "Settings":
    """Return the settings of this shell with more grants; a secret is taken from the environment.

    Raises UsageError for what is no grant, and for a secret that is not there.
    """
    import os

    from pydantic import SecretStr

    from swarm.functions.grants import parse_grants
    from swarm.secrets import secrets_by_name, secrets_of
    from swarm.settings import load_settings
    from swarm.text.redaction import learn

    settings = load_settings({"swarm_web": web} if web else None)
    wanted = tuple(dict.fromkeys((*settings.swarm_grants, *grants)))
    given = dict(settings.swarm_secrets)
    for name in parse_grants(wanted).secrets - secrets_by_name(settings).keys():
        if not os.environ.get(name):
            raise UsageError(f"the secret {name} is granted, but not set: export {name}=...")
        given[name] = SecretStr(os.environ[name])
    unsafe = unsafe or settings.swarm_unsafe_no_sandbox
    told = {"swarm_grants": wanted, "swarm_secrets": given, "swarm_unsafe_no_sandbox": unsafe}
    settings = settings.model_copy(update=told)
    learn(secrets_of(settings))
    return settings


def parse_arguments(text: str) -> "dict[str, JsonValue]":
    """Read a JSON object of arguments; raises UsageError."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the arguments are not JSON ({error}); write '{{\"name\": value}}'") from None
    if not isinstance(told, dict):
        raise UsageError(f"the arguments are a {type(told).__name__}, not an object; write '{{\"name\": value}}'")
    return told


def draw(version: "Version") -> None:
    """Print one version as a person reads it."""
    function = version.function
    say(f"{version.label}  {version.status}  by {version.maker}  {version.created:%Y-%m-%d %H:%M}", out=True)
    say(f"{function.signature}\n{function.description}", out=True)
    wanted = function.capabilities
    for title, listed in (
        ("packages", function.dependencies),
        ("calls", tuple(f"{name}@{pin}" if isinstance(pin, int) else name for name, pin in function.calls.items())),
        ("network", wanted.network),
        ("secrets", wanted.secrets),
        ("asks", wanted.api),
    ):
        if listed:
            say(f"{title}: {', '.join(listed)}", out=True)
    if version.status == "quarantined":
        say(f'it failed too often; have it mended: swarm run "Repair the function {version.name}"', out=True)
    if version.provenance.goal:
        say(f"made for: {version.provenance.goal}", out=True)
    worth = "" if version.mutants is None else f", which find {version.killed} of {version.mutants} plausible mistakes"
    say(f"tests: {len(function.test_cases)}{worth}\n\n{function.code.rstrip()}", out=True)


def admit_all(brought: "list[Brought]", by: str, grants: list[str] | tuple[str, ...], as_json: bool) -> None:
    """Let functions in and say what came of each by its place; those that call others of the list come after them."""
    from swarm.functions.records import Provenance

    async def admitted(admission: "Admission", _: "Pool", __: "Settings") -> list[dict[str, object]]:
        told = {each.place: _refused(each.place, each.fault) for each in brought}
        left = [(each.place, each.function) for each in brought if each.function is not None]
        for _round in range(len(left)):
            again = []
            for place, function in left:
                try:
                    version, judged = await admission.admit(function, "person", Provenance(by=by))
                    remarks = [each.text for each in judged.failures]
                    told[place] = {"place": place, "function": version.label, "passed": True, "remarks": remarks}
                except FunctionError as error:
                    told[place] = _refused(place, str(error), function.name)
                    again.append((place, function))
            if not again or len(again) == len(left):
                break
            left = again
        return list(told.values())

    print_tested(with_admission(admitted, grants), as_json)


def _refused(place: str, error: str, name: str = "") -> dict[str, object]:
    return {"place": place, "function": name or place, "passed": False, "error": error}


def print_tested(told: list[dict[str, object]], as_json: bool) -> None:
    """Print what came of tests, one function a line; ends with status 1 where any has failed."""
    failed = [each for each in told if not each["passed"]]
    if as_json:
        emit({"functions": told})
    names = [each["function"] for each in told]
    for each in () if as_json else told:
        place = f"  ({each['place']})" if len(told) > 1 and "place" in each and each["place"] not in names else ""
        if each["passed"]:
            tests = f", {each['tests']} tests" if "tests" in each else ""
            say(f"{each['function']}  ok{tests}{place}", out=True)
            for remark in each.get("remarks", ()):  # type: ignore[attr-defined]  # ours, above
                say(f"  remark: {remark}")
        else:
            say(f"{each['function']}  {each.get('error', 'failed')}{place}")
            for failure in each.get("failures", ()):  # type: ignore[attr-defined]  # as above
                say(f"  {failure['case']}: {failure['text']}" if failure["case"] else f"  {failure['text']}")
    if failed:
        raise typer.Exit(1)
