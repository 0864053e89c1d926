"""Twins: functions that do the same, by what they return for the tests of both and for variants of their arguments.

Never by how their code looks: `sum(x)` and `max(x)` look alike.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from swarm.functions.admitting import Admission
from swarm.functions.argument_variants import variants
from swarm.functions.execution import misfit
from swarm.functions.records import Case, Function, Version
from swarm.functions.strength import ENOUGH
from swarm.keys import canonical
from swarm.sandbox.calling import Answered
from swarm.sandbox.untrusted import same

_VARIANTS = 20


async def is_twin(admission: Admission, function: Function, other: Version) -> bool:
    """Say whether a function that has passed its tests does what another does that is there.

    Of functions that reach out it is not tried: calls have effects.
    """
    names = _names(function, other.function)
    reaches_out = function.capabilities.reaches_out or other.function.capabilities.reaches_out
    if names is None or reaches_out or not other.is_callable:
        return False
    theirs = other.function
    ours_there = _cases(function.test_cases, names)
    theirs_here = _cases(theirs.test_cases, {there: here for here, there in names.items()})
    for one, cases in ((theirs, ours_there), (function, theirs_here)):
        if not cases or any(misfit(one, case.arguments) and not case.raises for case in cases):
            return False
        if await admission.differing(one, cases):
            return False
    given = [case.arguments for case in (*function.test_cases, *theirs_here) if not case.raises]
    documented = {case.raises for case in (*function.test_cases, *theirs.test_cases) if case.raises}
    for arguments in variants(function, given, _VARIANTS):
        there = {names[name]: value for name, value in arguments.items()}
        if misfit(theirs, there):
            return False
        if not _alike(await admission.outcome(function, arguments), await admission.outcome(theirs, there), documented):
            return False
    return True


def _alike(one: Answered, other: Answered, documented: set[str]) -> bool:
    """Say whether two answers are the same; which exception it is matters where a test says so."""
    if one.ok and other.ok:
        return same(one.value, other.value)
    if one.ok != other.ok:
        return False
    return one.error == other.error or not documented & {one.error, *one.family, other.error, *other.family}


async def passes(admission: Admission, wanted: Function, known: Version) -> bool:
    """Say whether a function that is there passes the tests of one that is wanted, which are enough to trust in."""
    names = _names(wanted, known.function)
    cases = _cases(wanted.test_cases, names) if names is not None else ()
    if len(cases) < ENOUGH or wanted.capabilities != known.function.capabilities:
        return False
    return (await admission.judge(known.function.model_copy(update={"test_cases": cases}))).passed


def _names(ours: Function, theirs: Function) -> Mapping[str, str] | None:
    """Return our parameters with theirs that mean the same: of the same name, or, of the same types, in order."""
    if ours.objects or theirs.objects:
        return {name: name for name in ours.properties} if ours.parameters == theirs.parameters else None
    if _types(ours) == _types(theirs):
        return {name: name for name in ours.properties}
    kinds = [[canonical(_type(part)) for part in each.properties.values()] for each in (ours, theirs)]
    if kinds[0] != kinds[1]:
        return None
    return dict(zip(ours.properties, theirs.properties, strict=True))


def _types(function: Function) -> dict[str, JsonValue]:
    return {name: _type(part) for name, part in function.properties.items()}


def _type(schema: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a schema without its words."""
    return {name: part for name, part in schema.items() if name not in ("description", "title", "default", "examples")}


def _cases(cases: Sequence[Case], names: Mapping[str, str]) -> tuple[Case, ...]:
    """Return tests under the names of another function's parameters."""
    return tuple(
        case.model_copy(update={"arguments": {names[name]: value for name, value in case.arguments.items()}})
        for case in cases
        if set(case.arguments) <= set(names) and not case.answers
    )
