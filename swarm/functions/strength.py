"""Strength: what the tests of a function are worth, and the arguments that would make them worth more.

Its mutants are run on the tests. For one that passes them all, variants of the tests' arguments are tried until one
shows a difference; whoever knows the contract can say what must come back there. A mutant that nothing tells from the
code does not count. Further arguments are those at which the code does something else: raises, or stands at the border
between returning and raising.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from swarm.functions.argument_variants import variants
from swarm.functions.comparison import gap, outcome_of
from swarm.functions.execution import misfit
from swarm.functions.mutation import mutants
from swarm.functions.records import Case, Function
from swarm.keys import canonical
from swarm.sandbox.calling import Answered

Arguments = dict[str, JsonValue]
ENOUGH = 10
"""Tests with which a function is let in whatever its mutants do; with fewer they must tell those apart."""
_VARIANTS = 60
_TELLING = 6
_FURTHER = 10
_BORDERS = 3
_STEPS = 16
"""Halvings on the way to a border."""


@dataclass
class Strength:
    """How many mutants can be told from a function, and how many of them its tests kill."""

    mutants: int = 0
    killed: int = 0
    telling: tuple[Arguments, ...] = ()
    """Arguments that tell survivors from the function."""
    further: tuple[Arguments, ...] = ()
    """Arguments at which the function does something else than its tests show."""


@dataclass
class Measure:
    """Measures the tests of one function, which passes them; `answer` runs a code on a test."""

    function: Function
    cases: Sequence[Case]
    answer: Callable[[Function, Case], Awaitable[Answered]]
    _known: dict[str, str] = field(default_factory=dict)

    @property
    def tests(self) -> int:
        """How many of the cases say what must come back."""
        return sum(not case.fits for case in self.cases)

    async def strength(self) -> Strength:
        """Run the mutants and look for arguments."""
        given = [case.arguments for case in self.cases if not misfit(self.function, case.arguments)]
        tried = variants(self.function, given, _VARIANTS)
        killed, telling, survived = 0, list[Arguments](), 0
        for code in mutants(self.function.code):
            mutant = self.function.model_copy(update={"code": code})
            if await self._is_killed(mutant):
                killed += 1
            elif (found := await self._telling(mutant, [*telling, *tried])) is not None:
                survived += 1
                if found not in telling and len(telling) < _TELLING:
                    telling.append(found)
        further = [each for each in await self._further(given, tried) if each not in telling]
        return Strength(killed + survived, killed, tuple(telling), tuple(further[:_FURTHER]))

    async def _is_killed(self, mutant: Function) -> bool:
        for case in self.cases:
            if gap(mutant, case, await self.answer(mutant, case)):
                return True
        return False

    async def _telling(self, mutant: Function, tried: Sequence[Arguments]) -> Arguments | None:
        for arguments in tried:
            if await self._run(mutant, arguments) != await self._outcome(arguments):
                return arguments
        return None

    async def _further(self, given: Sequence[Arguments], tried: Sequence[Arguments]) -> list[Arguments]:
        """Return arguments in the order of what they may show: borders, errors, then results not seen yet."""
        if self.tests >= ENOUGH:
            return []
        seen = {await self._outcome(arguments) for arguments in given}
        raising, fresh, rest = list[Arguments](), list[Arguments](), list[Arguments]()
        for arguments in tried:
            outcome = await self._outcome(arguments)
            group = rest if outcome in seen else fresh if _returns(outcome) else raising
            group.append(arguments)
            seen.add(outcome)
        mixed = [each for pair in zip(raising, fresh, strict=False) for each in pair]
        left = [*raising[len(fresh) :], *fresh[len(raising) :], *rest]
        return [*await self._borders(given, tried), *mixed, *left]

    async def _borders(self, given: Sequence[Arguments], tried: Sequence[Arguments]) -> list[Arguments]:
        """Return whole numbers on both sides of a border between returning and raising."""
        found = list[Arguments]()
        for name, schema in self.function.properties.items():
            if schema.get("type") != "integer" or len(found) >= 2 * _BORDERS:
                continue
            for base in given[:3]:
                near = [each for each in (*given, *tried) if _differs_in(each, base, name)]
                side = _returns(await self._outcome(base))
                other = [each for each in near if _returns(await self._outcome(each)) != side]
                if other:
                    found += await self._border(base, other[0], name)
                    break
        return [each for each in found if each not in given]

    async def _border(self, here: Arguments, there: Arguments, name: str) -> list[Arguments]:
        one, other, side = int(str(here[name])), int(str(there[name])), _returns(await self._outcome(here))
        for _ in range(_STEPS):
            if abs(one - other) <= 1:
                break
            middle = (one + other) // 2
            is_same = _returns(await self._outcome({**here, name: middle})) == side
            one, other = (middle, other) if is_same else (one, middle)
        return [{**here, name: one}, {**here, name: other}]

    async def _outcome(self, arguments: Arguments) -> str:
        key = canonical(arguments)
        if key not in self._known:
            self._known[key] = await self._run(self.function, arguments)
        return self._known[key]

    async def _run(self, function: Function, arguments: Arguments) -> str:
        return outcome_of(await self.answer(function, Case(arguments=arguments, fits=True)))


def _differs_in(one: Arguments, other: Arguments, name: str) -> bool:
    """Say whether arguments differ in one whole number only."""
    values = (one.get(name), other.get(name))
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in values) or values[0] == values[1]:
        return False
    return {**one, name: None} == {**other, name: None}


def _returns(outcome: str) -> bool:
    return outcome.startswith("[true,")
