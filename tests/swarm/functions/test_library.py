"""The library in the database: versions and states, who may change what, and what is remembered of calls."""

import asyncio

import pytest

from swarm.errors import (
    BadArguments,
    FunctionConflict,
    FunctionFailed,
    FunctionNotFound,
    FunctionRefused,
)
from swarm.functions.admitting import Admission
from swarm.functions.door import DEEPEST, Caller, Door
from swarm.functions.grants import Grants
from swarm.functions.pins import with_pinned
from swarm.functions.records import Provenance
from tests.swarm.functions.samples import fresh, numeric

pytestmark = pytest.mark.engine


async def nothing(name: str, arguments: object) -> None:
    """Answer nothing."""


def door(admission: Admission, grants: Grants | None = None) -> Door:
    """Return the door of a person."""
    return Door(admission.library, admission.running, grants or admission.grants, nothing, Caller("a test"))


async def test_versions_follow_each_other_and_old_ones_stay(admission: Admission) -> None:
    """The newest is called, a pinned old one still answers, and a rollback makes it the one that is called."""
    name, library = fresh(), admission.library
    first, _ = await admission.admit(numeric(name, "return x + 1", (1, 2), (2, 3)), "person", Provenance())
    second, _ = await admission.admit(numeric(name, "return x + 2", (1, 3), (2, 4)), "person", Provenance())
    assert [(each.number, each.status) for each in await library.history(name)] == [(1, "superseded"), (2, "saved")]
    assert (first.number, second.number, second.supersedes) == (1, 2, 1)
    assert await door(admission).exec_function(name, {"x": 10}) == 12
    assert await door(admission).exec_function(name, {"x": 10}, version=1) == 11
    await library.rollback(name, 1)
    assert await door(admission).exec_function(name, {"x": 10}) == 11
    again, _ = await admission.admit(numeric(name, "return x + 3", (1, 4), (2, 5)), "person", Provenance())
    assert again.number == 3


async def test_the_same_again_is_the_version_that_is_there(admission: Admission) -> None:
    """Importing twice makes no second version."""
    function = numeric(fresh(), "return x * x", (2, 4), (3, 9))
    one, _ = await admission.admit(function, "person", Provenance())
    other, _ = await admission.admit(function, "person", Provenance())
    assert one.label == other.label


async def test_the_swarm_does_not_replace_what_a_person_wrote(admission: Admission) -> None:
    """Nor a built-in; a person may replace what the swarm wrote."""
    name, library = fresh(), admission.library
    await library.save(numeric(name, "return x", (1, 1)), "person")
    with pytest.raises(FunctionRefused, match="written by a person"):
        await library.save(numeric(name, "return x + 1", (1, 2)), "swarm")
    with pytest.raises(FunctionRefused, match="written by a builtin"):
        await library.save(numeric("parse_date", "return x + 1", (1, 2)), "swarm")
    other = fresh()
    await library.save(numeric(other, "return x", (1, 1)), "swarm")
    assert (await library.save(numeric(other, "return x + 1", (1, 2)), "person")).number == 2


async def test_two_runs_that_save_the_same_name_at_once(admission: Admission) -> None:
    """One is let in; the other, tested against what was there before, is told that there is another by now."""
    name, library = fresh(), admission.library
    functions = [numeric(name, f"return x + {more}", (1, 1 + more)) for more in (1, 2)]
    saved = await asyncio.gather(
        *(library.save(each, "swarm", tested_against=0) for each in functions), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in saved) == ["FunctionConflict", "Version"]
    assert [each.number for each in await library.history(name)] == [1]
    same = [numeric(fresh(), "return x", (1, 1))] * 4
    labels = {each.label for each in await asyncio.gather(*(library.save(each, "swarm") for each in same))}
    assert labels == {f"{same[0].name}@1"}
    with pytest.raises(FunctionConflict):
        await library.save(numeric(name, "return x + 9", (1, 10)), "swarm", tested_against=7)


async def test_functions_call_functions_three_deep_with_pinned_versions(admission: Admission) -> None:
    """What a caller was tested with is what it calls, also when there is a newer one."""
    inner, middle, outer = fresh("inner"), fresh("middle"), fresh("outer")
    await admission.admit(numeric(inner, "return x + 1", (1, 2), (2, 3)), "person", Provenance())
    for name, called in ((middle, inner), (outer, middle)):
        body = f'return 2 * api.exec_function("{called}", {{"x": x}})'
        cases = ((1, 4), (2, 6)) if name == middle else ((1, 8), (2, 12))
        version, _ = await admission.admit(numeric(name, body, *cases), "person", Provenance())
        assert version.function.calls == {called: (await admission.library.get(called, 1)).function.content}
        assert version.function.capabilities.api == ("exec_function",)
    assert await door(admission).exec_function(outer, {"x": 10}) == 44
    await admission.admit(numeric(inner, "return x + 100", (1, 101), (2, 102)), "person", Provenance())
    assert await door(admission).exec_function(outer, {"x": 10}) == 44
    assert await door(admission).exec_function(inner, {"x": 10}) == 110


async def test_recursion_ends_at_a_depth(admission: Admission) -> None:
    """A function that calls itself for ever is told so, and the host goes on."""
    name = fresh()
    body = f'return api.exec_function("{name}", {{"x": x}})'
    function = numeric(name, body, (1, 1), capabilities={"api": ["exec_function"]})
    await admission.library.save(function, "person")
    with pytest.raises(FunctionFailed, match=f"{DEEPEST} functions deep, the limit is {DEEPEST}"):
        await door(admission).exec_function(name, {"x": 1})


async def test_a_function_hands_on_no_more_than_it_was_granted(admission: Admission) -> None:
    """A callee that wants a secret is refused where its caller has not declared it, though the run was granted it."""
    inner, outer = fresh("inner"), fresh("outer")
    wants = {"secrets": ["A_SECRET"]}
    await admission.library.save(numeric(inner, "return x", (1, 1), capabilities=wants), "person")
    body = f'return api.exec_function("{inner}", {{"x": x}})'
    await admission.library.save(numeric(outer, body, (1, 1), capabilities={"api": ["exec_function"]}), "person")
    grants = Grants(secrets=frozenset({"A_SECRET"}))
    assert await door(admission, grants).exec_function(inner, {"x": 1}) == 1
    with pytest.raises(FunctionFailed, match="needs secret:A_SECRET, which was not granted"):
        await door(admission, grants).exec_function(outer, {"x": 1})


async def test_what_was_not_declared_cannot_be_asked(admission: Admission) -> None:
    """The code asks for a thing that its record does not name."""
    name = fresh()
    await admission.library.save(numeric(name, "return len(api.retrieve('a'))", (1, 1)), "person")
    with pytest.raises(FunctionFailed, match="does not declare that it asks for retrieve"):
        await door(admission).exec_function(name, {"x": 1})


async def test_arguments_and_results_are_checked(admission: Admission) -> None:
    """What does not fit the schema is not called; what comes back and does not fit is a failure."""
    name = fresh()
    await admission.library.save(numeric(name, "return str(x)", (1, 1)), "person")
    with pytest.raises(BadArguments, match=r'x: "one" is not of type "integer"'):
        await door(admission).exec_function(name, {"x": "one"})
    with pytest.raises(FunctionFailed, match='which does not fit the schema: it: "1" is not of type "integer"'):
        await door(admission).exec_function(name, {"x": 1})
    counted = await admission.library.statistics(name, 1)
    assert (counted.calls, counted.failed, counted.refused) == (2, 1, 1)


async def test_three_failures_of_the_last_five_calls_quarantine_what_the_swarm_made(admission: Admission) -> None:
    """Successes in between do not save it; a person's function is never quarantined; the failures are tests."""
    name, library = fresh(), admission.library
    await library.save(numeric(name, "return 1 // x", (1, 1)), "swarm")
    own = fresh()
    await library.save(numeric(own, "return 1 // x", (1, 1)), "person")
    for x in (0, 1, 0, 1, 0):
        for each in (name, own):
            if x:
                await door(admission).exec_function(each, {"x": x})
            else:
                with pytest.raises(FunctionFailed, match="ZeroDivisionError"):
                    await door(admission).exec_function(each, {"x": x})
    assert (await library.get(own)).status == "saved"
    version = await library.get(name)
    assert version.status == "quarantined"
    assert [(case.arguments, case.origin) for case in version.function.test_cases][1:] == [({"x": 0}, "regression")]
    with pytest.raises(FunctionRefused, match="quarantined, because it failed too often"):
        await door(admission).exec_function(name, {"x": 1})


async def test_an_error_that_the_tests_document_is_no_failure(admission: Admission) -> None:
    """A function that says no as it should is not counted as broken."""
    name = fresh()
    function = numeric(name, "return [][x]", (1, 1), test_cases=[{"arguments": {"x": 1}, "raises": "IndexError"}])
    await admission.library.save(function, "swarm")
    for _ in range(4):
        with pytest.raises(FunctionFailed, match="IndexError"):
            await door(admission).exec_function(name, {"x": 1})
    assert (await admission.library.get(name)).status == "saved"


async def test_a_name_that_is_not_there_names_those_that_come_near(admission: Admission) -> None:
    """And a version that is not there names those that are."""
    with pytest.raises(FunctionNotFound, match="did you mean parse_date"):
        await admission.library.get("date_parse")
    with pytest.raises(FunctionNotFound, match="parse_date has no version 99; it has 1"):
        await admission.library.get("parse_date", 99)


async def test_removing_is_complete(admission: Admission) -> None:
    """Versions, calls, goals and vectors go; a second time there is nothing."""
    name, library = fresh(), admission.library
    await library.save(numeric(name, "return x", (1, 1)), "swarm")
    await door(admission).exec_function(name, {"x": 1})
    await library.helped(name, "a goal")
    assert await library.remove(name) == 1
    assert name not in await library.goals()
    assert (await library.statistics(name, 1)).calls == 0
    with pytest.raises(FunctionNotFound):
        await library.remove(name)


async def test_parameters_keep_their_order(admission: Admission) -> None:
    """In the signature, and so for whoever calls."""
    name = fresh()
    whole = {"type": "integer"}
    parameters = {"type": "object", "properties": {"start": whole, "end": whole, "b": whole}, "required": ["start"]}
    await admission.library.save(numeric(name, "return 1", (1, 1), parameters=parameters, test_cases=[]), "person")
    signature = (await admission.library.get(name)).function.signature
    assert signature == f"{name}(start: integer, end?: integer, b?: integer) -> integer"


async def test_a_pinned_version_is_found_by_its_content_and_not_removed(admission: Admission) -> None:
    """However the code names what it calls: the tests' calls are the pins. What others call stays."""
    called, caller, library = fresh("called"), fresh("caller"), admission.library
    await admission.admit(numeric(called, "return x + 1", (1, 2), (2, 3)), "person", Provenance())
    code = f"""
import swarm.api as host


def {caller}(x: int) -> int:
    return 2 * host.exec_function(name="".join(["{called}"]), arguments={{"x": x}})
"""
    version, _ = await admission.admit(numeric(caller, "", (1, 4), (2, 6), code=code), "person", Provenance())
    first = await library.get(called)
    assert version.function.calls == {called: first.function.content}
    await admission.admit(numeric(called, "return x + 2", (1, 3), (2, 4)), "person", Provenance())
    assert await door(admission).exec_function(caller, {"x": 1}) == 4
    with pytest.raises(FunctionRefused, match=f"{called}@1 is called by {caller}@1, which would fail without it"):
        await library.remove(called, 1)
    with pytest.raises(FunctionRefused, match="remove that first"):
        await library.remove(called)
    assert await library.remove(called, 2) == 1
    await library.remove(caller)
    assert await library.remove(called) == 1


async def test_whole_numbers_are_whole_numbers_however_they_are_written(admission: Admission) -> None:
    """To JSON Schema 2.0 is an integer; code gets 2, and what it returns as 4.0 is 4."""
    name = fresh()
    await admission.library.save(numeric(name, "return [x] and float(len('ab' * x))", (1, 2)), "swarm")
    result = await door(admission).exec_function(name, {"x": 2.0})
    assert (result, type(result)) == (4, int)


async def test_what_comes_from_a_documented_exception_is_documented(admission: Admission) -> None:
    """A JSONDecodeError is a ValueError; to document Exception documents nothing."""
    for raises, status in (("ValueError", "saved"), ("Exception", "quarantined")):
        name = fresh()
        tests = [{"arguments": {"x": 1}, "raises": raises}]
        body = "import json; return json.loads('[')"
        await admission.library.save(numeric(name, body, test_cases=tests), "swarm")
        for _ in range(3):
            with pytest.raises(FunctionFailed, match="JSONDecodeError"):
                await door(admission).exec_function(name, {"x": 1})
        assert (await admission.library.get(name)).status == status


async def test_what_is_exported_brings_the_versions_it_calls(admission: Admission) -> None:
    """By content: in another library, under other numbers, the caller still calls what it was tested with."""
    called, caller, library = fresh("called"), fresh("caller"), admission.library
    await admission.admit(numeric(called, "return x + 1", (1, 2), (2, 3)), "person", Provenance())
    body = f'return api.exec_function("{called}", {{"x": x}})'
    await admission.admit(numeric(caller, body, (1, 2), (2, 3)), "person", Provenance())
    await admission.admit(numeric(called, "return x + 2", (1, 3), (2, 4)), "person", Provenance())
    versions = await with_pinned(library, [await library.get(called), await library.get(caller)])
    assert [each.label for each in versions] == [f"{called}@1", f"{called}@2", f"{caller}@1"]
    for name in (caller, called):
        await library.remove(name)
    with pytest.raises(FunctionRefused, match="bring that version in, too"):
        await admission.admit(versions[-1].function, "person", Provenance())
    for number, each in enumerate(versions):
        await admission.admit(each.function, "person", Provenance(by=str(number)))
    assert await door(admission).exec_function(caller, {"x": 1}) == 2
    assert await door(admission).exec_function(called, {"x": 1}) == 3
