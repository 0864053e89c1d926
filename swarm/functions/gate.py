"""The gate: a function is let in only if its tests pass, twice and alike, and would not pass for anything.

What a test expects never enters the sandbox: it is compared here, by type, with what came out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field, JsonValue

from swarm.errors import FunctionRefused
from swarm.functions.argument_variants import variants
from swarm.functions.comparison import gap, outcome_of
from swarm.functions.determinism import depends_on, orders_by_chance
from swarm.functions.execution import execute, misfit
from swarm.functions.grants import Grants
from swarm.functions.inspection import faults
from swarm.functions.memorisation import memorised
from swarm.functions.records import Case, Function
from swarm.functions.running import Placement, Running
from swarm.functions.schemas import fault
from swarm.functions.strength import ENOUGH, Measure
from swarm.keys import canonical
from swarm.nodes import Noun, shorten
from swarm.sandbox.calling import Answered, Ask
from swarm.sandbox.limits import Limits
from swarm.sandbox.packages import modules_in
from swarm.sandbox.untrusted import same
from swarm.text.models import CleanText

_SHARE = 0.9
"""Mutants that fewer tests must kill, of those that any arguments kill."""
_TELLING = 6
"""Arguments that a tester is asked about where the tests prove nothing."""
_ASKED = 12
"""Arguments that a tester is asked about at once, where there are fewer tests than enough."""
_SHOWN = 400
TESTS = Placement("gate")
"""Where tests run, apart from calls that count."""
_MUTANT = Limits(wall_seconds=3, cpu_seconds=2)
_CHANCES = 3
"""Further processes for code with sets, whose order differs in each."""

Kind = Literal["inspection", "case", "unsteady", "vacuous", "schema", "dependent", "memorised", "weak"]


class Failure(Noun):
    """One reason not to let a function in; `case` is the test that shows it, as a person and a model read it."""

    kind: Kind
    text: CleanText
    case: CleanText = ""
    origin: str = ""
    hidden: bool = False

    @property
    def line(self) -> str:
        """It in one line, as its author is told: of a hidden test no more than the kind of its failure."""
        if self.hidden:
            return f"a hidden test fails: {_kind_of(self.text)}"
        return f"{self.case}: {self.text}" if self.case else self.text


class Judged(Noun):
    """What the gate found; let in if and only if there are no failures."""

    failures: tuple[Failure, ...] = ()
    ran: int = 0
    """Tests that were run."""
    telling: tuple[dict[str, JsonValue], ...] = ()
    """Arguments whose results, by the contract, would show whether the code is right, where tests are too few."""
    mutants: int | None = None
    """Changed copies of the code that some arguments tell from it; None where nobody tried."""
    killed: int | None = None
    """How many of them the tests tell from it."""
    calls: dict[str, str] = Field(default_factory=dict)
    """The functions that its tests really called, by name, each with the hash of its content."""

    @property
    def passed(self) -> bool:
        """Whether the function may be saved."""
        return not self.failures

    @property
    def text(self) -> str:
        """The first failures in a few lines, as the author is told."""
        return "\n".join(dict.fromkeys(each.line for each in self.failures[:5]))


def named(case: Case) -> str:
    """Return a test as a failure names it: in one line that is not too long."""
    return shorten(case.shown, _SHOWN)


class Gate:
    """Judges functions by running their tests, with what the run was granted.

    What a function asks the swarm is answered by the test; `functions` answers calls of other functions, where it
    says nothing of them.
    """

    def __init__(self, running: Running, grants: Grants, functions: Ask | None = None) -> None:
        self._running, self._grants, self._functions = running, grants, functions

    async def judge(self, function: Function, old: Sequence[Case] = (), is_strict: bool = False) -> Judged:
        """Judge a function by inspection and by its tests and `old` ones, those of the version it would supersede.

        `is_strict` asks of its code and tests what is asked of a model's, not of a person's: that it looks at nothing
        but its arguments, and that the tests tell it from its mutants. Raises SandboxUnavailable, PackagesUnavailable,
        and FunctionRefused for what was not granted.
        """
        found = await self.inspect(function)
        cases = [*function.test_cases, *(case for case in old if case not in function.test_cases)]
        if is_strict and function.language == "python":
            looks = depends_on(function.code) if not function.capabilities.reaches_out else []
            found += [Failure(kind="dependent", text=text) for text in looks]
            if text := memorised(function.code, cases):
                found.append(Failure(kind="memorised", text=text))
        if not cases:
            found.append(Failure(kind="vacuous", text="it has no test; give at least one"))
        if found:
            return Judged(failures=tuple(found))
        if vacuous := _vacuous(function, cases):
            telling = variants(function, [case.arguments for case in cases], _TELLING) if is_strict else []
            return Judged(failures=(vacuous,), ran=len(cases), telling=tuple(telling))
        failures = await self._failures(function, cases)
        is_plain = function.language == "python" and not function.capabilities.reaches_out
        if failures or not is_strict or not is_plain:  # a mutant that reaches out could do harm
            return Judged(failures=tuple(failures), ran=len(cases))
        return await self._with_strength(function, cases)

    async def inspect(self, function: Function) -> list[Failure]:
        """Return what can be said against a function without running it."""
        folder = await self._running.packages.folder(function.lock)
        found = [Failure(kind="inspection", text=text) for text in faults(function, modules_in(folder))]
        for case in function.test_cases:
            wrong = misfit(function, case.arguments)
            if wrong and not case.raises:
                text = f"the arguments do not fit the schema: {wrong}"
                found.append(Failure(kind="schema", text=text, case=named(case), origin=case.origin))
            elif not case.raises and not case.fits and (odd := fault(function.returns, case.expected)):
                text = f"what is expected does not fit the schema: {odd}"
                found.append(Failure(kind="schema", text=text, case=named(case), origin=case.origin))
        return found

    async def run(
        self, function: Function, cases: Sequence[Case], placement: Placement = TESTS
    ) -> tuple[list[Failure], list[str]]:
        """Run tests, each in a process of its own; returns the failures and what came of each test.

        One that runs out of time ends it: the others would only take theirs, too.
        """
        failures, outcomes = [], []
        for case in cases:
            answered = await self.answer(function, case, placement)
            outcomes.append(outcome_of(answered))
            if text := gap(function, case, answered):
                told = {"case": named(case), "origin": case.origin, "hidden": case.hidden}
                failures.append(Failure.model_validate({"kind": "case", "text": text} | told))
            if answered.kind == "timeout":
                break
        return failures, outcomes

    async def answer(
        self, function: Function, case: Case, placement: Placement, limits: Limits | None = None
    ) -> Answered:
        """Run one test and return what came of it; raises as `judge` does."""
        ask = _Script(case, self._functions).ask
        running = replace(self._running, limits=limits) if limits else self._running
        if misfit(function, case.arguments):  # a test of what it raises then
            return await running.run(function, case.arguments, ask, self._grants, placement)
        return await execute(running, function, case.arguments, ask, self._grants, placement)

    async def _failures(self, function: Function, cases: Sequence[Case]) -> list[Failure]:
        """Run the tests here and elsewhere: another process, where sets have another order, and another time."""
        failures, first = await self.run(function, cases)
        repeats = 1 + (_CHANCES if function.language == "python" and orders_by_chance(function.code) else 0)
        for number in range(repeats):
            if failures:
                break
            again, second = await self.run(function, cases, Placement(f"again {number}", elsewhere=True))
            failures = _unsteady(cases, first, second) or again
        return failures

    async def _with_strength(self, function: Function, cases: Sequence[Case]) -> Judged:
        """Measure what the tests are worth, and name arguments whose results would show more where they are few."""

        async def answer(code: Function, case: Case) -> Answered:
            return await self.answer(code, case, Placement("mutants", owner=function.content), _MUTANT)

        measure = Measure(function, cases, answer)
        strength, tests = await measure.strength(), measure.tests
        is_weak = strength.killed < _SHARE * strength.mutants
        telling = strength.telling if is_weak else ()
        if tests < ENOUGH:
            telling = (*telling, *strength.further)[:_ASKED]
        judged = Judged(ran=len(cases), mutants=strength.mutants, killed=strength.killed, telling=telling)
        if tests >= ENOUGH or not is_weak:
            return judged
        listed = shorten("; ".join(canonical(each) for each in telling), 600)
        passing = f"{strength.mutants - strength.killed} of {strength.mutants} plausible mistakes pass them all"
        text = f"{tests} tests are too few, {passing}: say what it must return for {listed}"
        return judged.model_copy(update={"failures": (Failure(kind="weak", text=text),)})


class _Script:
    """Plays the swarm in a test."""

    def __init__(self, case: Case, functions: Ask | None) -> None:
        self._left = list(case.answers)
        self._functions = None if case.answers else functions

    async def ask(self, name: str, arguments: Mapping[str, JsonValue]) -> JsonValue:
        """Give the next answer of the test; raises FunctionRefused for a question that it has not foreseen."""
        if name == "exec_function" and self._functions is not None:
            return await self._functions(name, arguments)
        if not self._left:
            raise FunctionRefused(f"this test foresees no question to the swarm, such as {name}")
        answer = self._left.pop(0)
        if answer.call != name:
            raise FunctionRefused(f"this test foresees {answer.call}, not {name}")
        if answer.error:
            raise FunctionRefused(answer.error)
        return answer.value


def _kind_of(text: str) -> str:
    """Return how a test failed, without what it was given or gave."""
    if text.startswith("it returned"):
        return "it raises nothing" if text.endswith("raised nothing") else "it returns something else"
    return f"it raises {text.partition(':')[0].removeprefix('it raised ')}"[:80]


def _unsteady(cases: Sequence[Case], first: Sequence[str], second: Sequence[str]) -> list[Failure]:
    differing = [case for case, one, two in zip(cases, first, second, strict=False) if one != two and not case.fits]
    return [
        Failure(kind="unsteady", text="it gave two answers to the same arguments", case=named(case))
        for case in differing[:1]
    ]


def _vacuous(function: Function, cases: Sequence[Case]) -> Failure | None:
    """Say why the tests prove nothing: a stub passes them all, one that returns nothing, or always the same."""
    plain = [case for case in cases if not case.raises and not case.fits]
    returned = {canonical(case.expected) for case in plain}
    stubs: list[JsonValue] = [None, *([plain[0].expected] if plain and function.properties else [])]
    for value in stubs:
        if all(_passes_always(function, case, value) for case in cases):
            told = "nothing" if value is None else f"always {shorten(repr(value), 80)}"
            more = "; expect different results of different arguments" if len(returned) < 2 else ""
            return Failure(kind="vacuous", text=f"a function that returns {told} passes every test{more}")
    return None


def _passes_always(function: Function, case: Case, value: JsonValue) -> bool:
    if case.raises:
        return False
    return not fault(function.returns, value) if case.fits else same(value, case.expected)
