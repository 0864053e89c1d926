"""Twins are known by what they do: not by their code, their names or their types alone."""

from typing import TYPE_CHECKING

import pytest

from swarm.functions.admitting import Admission
from swarm.functions.records import Case, Function, Provenance
from swarm.functions.retirement import dispensable
from swarm.functions.search import Hit
from swarm.functions.twins import is_twin, passes
from swarm.functions.worth import IDLE, Worth
from tests.swarm.functions.samples import fresh

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

NUMBERS = {"type": "array", "items": {"type": "integer"}}
GIVEN = ([3, 9, 2], [1], [5, 5], [-1, -4], [2, 8, 1, 7])


def listed(name: str, parameter: str, body: str, results: tuple[int, ...]) -> Function:
    """Return a function of a list of numbers, with one test for each of GIVEN."""
    properties = {parameter: NUMBERS}
    return Function.model_validate(
        {
            "name": name,
            "description": "Does something with numbers.",
            "parameters": {"type": "object", "properties": properties, "required": [parameter]},
            "returns": {"type": "integer"},
            "code": f"def {name}({parameter}):\n    return {body}\n",
            "test_cases": [
                Case(arguments={parameter: each}, expected=told) for each, told in zip(GIVEN, results, strict=False)
            ],
        }
    )


MAXIMA = tuple(max(each) for each in GIVEN)
SUMS = tuple(sum(each) for each in GIVEN)


async def test_functions_that_look_alike_are_no_twins(admission: Admission) -> None:
    """`sum(x)` and `max(x)` differ in one name, and in everything they return."""
    total = await kept(admission, listed(fresh("total"), "numbers", "sum(numbers)", SUMS))
    assert not await is_twin(admission, listed(fresh("largest"), "numbers", "max(numbers)", MAXIMA), total)


@pytest.mark.parametrize("tests", [MAXIMA, MAXIMA[:2]])
async def test_functions_that_do_the_same_are_twins_whatever_they_look_like(
    admission: Admission, tests: tuple[int, ...]
) -> None:
    """Also where their parameters are called otherwise."""
    known = await kept(admission, listed(fresh("largest"), "numbers", "max(numbers)", MAXIMA))
    other = listed(fresh("highest"), "values", "sorted(values)[-1]", tests)
    assert await is_twin(admission, other, known)


async def test_what_no_test_shows_is_shown_by_variants(admission: Admission) -> None:
    """Alike on each other's tests, and not on a longer list."""
    known = await kept(admission, listed(fresh("largest"), "numbers", "max(numbers)", MAXIMA))
    other = listed(fresh("early"), "numbers", "max(numbers[:4])", MAXIMA)
    assert not await is_twin(admission, other, known)
    raising = listed(fresh("none"), "numbers", "max(numbers, default=0)", MAXIMA)
    assert not await is_twin(admission, raising, known)


async def test_few_tests_are_too_few_to_take_what_is_there(admission: Admission) -> None:
    """Before there is any code, only the tests can tell; two of them pass for much."""
    known = await kept(admission, listed(fresh("total"), "numbers", "sum(numbers)", SUMS))
    wanted = listed(fresh("largest"), "numbers", "0", (0,) * 5)
    some = [Case(arguments={"numbers": [n]}, expected=n) for n in range(3)]
    assert not await passes(admission, wanted.model_copy(update={"test_cases": tuple(some)}), known)
    many = [Case(arguments={"numbers": [n, 1]}, expected=n + 1) for n in range(10)]
    assert await passes(admission, wanted.model_copy(update={"test_cases": tuple(many)}), known)


async def kept(admission: Admission, function: Function):  # type: ignore[no-untyped-def]  # a Version
    """Save a function and return its version."""
    return (await admission.admit(function, "person", Provenance()))[0]


async def test_what_nothing_is_lost_without_is_retired(admission: Admission, pool: "Pool") -> None:
    """One that no goal ever called, and one whose every goal finds another that does the same; not its twin, too."""
    library, worth = admission.library, Worth(pool)
    names = [fresh(each) for each in ("largest", "highest", "total", "unused")]
    functions = [
        listed(names[0], "numbers", "max(numbers)", MAXIMA),
        listed(names[1], "values", "sorted(values)[-1]", MAXIMA),
        listed(names[2], "numbers", "sum(numbers)", SUMS),
        listed(names[3], "numbers", "min(numbers)", tuple(min(each) for each in GIVEN)),
    ]
    for function in functions:
        await library.save(function, "swarm")
    goal = f"Find the largest of some numbers {fresh()}"
    for name in names[:3]:
        await library.helped(name, goal)
    keys = [fresh() for _ in range(IDLE)]
    for key in (*keys, keys[0]):
        await worth.note("shown", [f"{names[3]}@1", names[2]], key)
    await worth.note("chosen", [names[2]], keys[0])

    async def search(_: str, __: int) -> list[Hit]:
        return [Hit(version=await library.get(name), score=1, views={}) for name in names]

    told = {version.name: why for version, why in await dispensable(admission, search, worth) if version.name in names}
    assert told == {
        names[1]: f"each goal it helped with finds {names[0]}@1, which does the same",
        names[3]: f"{IDLE} goals were told of it, and none has called it",
    } or told == {
        names[0]: f"each goal it helped with finds {names[1]}@1, which does the same",
        names[3]: f"{IDLE} goals were told of it, and none has called it",
    }
    assert (await worth.of(names[2])).model_dump() == {"shown": IDLE, "chosen": 1, "helped": 0, "hurt": 0}
    await library.set_status(names[3], 1, "retired")
    assert (await library.get(names[3])).is_callable
    await library.remove(names[2])
    assert (await worth.of(names[2])).shown == 0, "another function of that name begins anew"
