"""The gate: a function is let in only if its tests pass, twice and alike, and would not pass for anything.

What a test expects never enters the sandbox: it is compared here, by type, with what came out.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import JsonValue

from swarm.errors import FunctionRefused
from swarm.functions.grants import Grants
from swarm.functions.inspection import faults
from swarm.functions.records import Case, Function
from swarm.functions.running import Running
from swarm.functions.schemas import fault
from swarm.keys import canonical
from swarm.nodes import Noun, shorten
from swarm.sandbox.calling import Answered, Ask
from swarm.sandbox.packages import modules_in
from swarm.sandbox.untrusted import same
from swarm.text.models import CleanText

_SHOWN = 400


class Failure(Noun):
    """One reason not to let a function in; `case` is the test that shows it, as a person and a model read it."""

    kind: Literal["inspection", "case", "unsteady", "vacuous", "schema"]
    text: CleanText
    case: CleanText = ""
    origin: str = ""


class Judged(Noun):
    """What the gate found; let in if and only if there are no failures."""

    failures: tuple[Failure, ...] = ()
    ran: int = 0
    """Tests that were run."""

    @property
    def passed(self) -> bool:
        """Whether the function may be saved."""
        return not self.failures

    @property
    def text(self) -> str:
        """The first failures in a few lines."""
        return "\n".join(f"{each.case}: {each.text}" if each.case else each.text for each in self.failures[:5])


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

    async def judge(self, function: Function, old: Sequence[Case] = ()) -> Judged:
        """Judge a function by inspection and by its tests and `old` ones, those of the version it would supersede.

        Raises SandboxUnavailable, PackagesUnavailable, and FunctionRefused for what was not granted.
        """
        found = await self.inspect(function)
        cases = [*function.test_cases, *(case for case in old if case not in function.test_cases)]
        if not cases:
            found.append(Failure(kind="vacuous", text="it has no test; give at least one"))
        if found:
            return Judged(failures=tuple(found))
        vacuous = await self._vacuous(function, cases)
        if vacuous:
            return Judged(failures=(vacuous,), ran=len(cases))
        failures, first = await self.run(function, cases)
        if not failures:  # in another process, where sets have another order
            again, second = await self.run(function, cases, sandbox="again")
            failures = again or _unsteady(cases, first, second)
        return Judged(failures=tuple(failures), ran=len(cases))

    async def inspect(self, function: Function) -> list[Failure]:
        """Return what can be said against a function without running it."""
        folder = await self._running.packages.folder(function.lock)
        found = [Failure(kind="inspection", text=text) for text in faults(function, modules_in(folder))]
        for case in function.test_cases:
            wrong = fault(function.parameters, case.arguments)
            if wrong and not case.raises:
                text = f"the arguments do not fit the schema: {wrong}"
                found.append(Failure(kind="schema", text=text, case=named(case), origin=case.origin))
            elif not case.raises and not case.fits and (odd := fault(function.returns, case.expected)):
                text = f"what is expected does not fit the schema: {odd}"
                found.append(Failure(kind="schema", text=text, case=named(case), origin=case.origin))
        return found

    async def run(
        self, function: Function, cases: Sequence[Case], sandbox: str = "gate"
    ) -> tuple[list[Failure], list[str]]:
        """Run tests, each in a process of its own; returns the failures and what came of each test.

        One that runs out of time ends it: the others would only take theirs, too.
        """
        failures, outcomes = [], []
        for case in cases:
            script = _Script(case, self._functions)
            answered = await self._running.run(function, case.arguments, script.ask, self._grants, sandbox)
            outcomes.append(canonical([answered.ok, answered.value, answered.error]))
            gap = _gap(function, case, answered)
            if gap:
                failures.append(Failure(kind="case", text=gap, case=named(case), origin=case.origin))
            if answered.kind == "timeout":
                break
        return failures, outcomes

    async def _vacuous(self, function: Function, cases: Sequence[Case]) -> Failure | None:
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


def _gap(function: Function, case: Case, answered: Answered) -> str:
    """Say what is wrong with an answer to a test; empty for nothing."""
    if case.raises:
        if answered.ok:
            return f"it returned {shorten(repr(answered.value), 200)} and raised nothing"
        return "" if answered.error == case.raises else f"it raised {shorten(answered.message or answered.error, 200)}"
    if not answered.ok:
        return shorten(answered.message or answered.error, 300) + _where(answered)
    if odd := fault(function.returns, answered.value):
        return f"it returned {shorten(repr(answered.value), 200)}, which does not fit the schema: {odd}"
    if case.fits or same(_numbers(function.returns, answered.value), _numbers(function.returns, case.expected)):
        return ""
    return f"it returned {shorten(repr(answered.value), 200)}"


def _numbers(schema: JsonValue, value: JsonValue) -> JsonValue:
    """Return a value in which what the schema calls a number is one: there 2 and 2.0 are the same, elsewhere not."""
    if not isinstance(schema, dict):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and schema.get("type") == "number":
        return float(value)
    if isinstance(value, list):
        return [_numbers(schema.get("items"), each) for each in value]
    if isinstance(value, dict):
        named = schema.get("properties")
        rest = schema.get("additionalProperties")
        return {
            key: _numbers(named[key] if isinstance(named, dict) and key in named else rest, each)
            for key, each in value.items()
        }
    return value


def _where(answered: Answered) -> str:
    lines = re.findall(r'File "\w+\.py", line (\d+)', answered.trace)
    return f" (line {lines[-1]})" if lines else ""


def _unsteady(cases: Sequence[Case], first: Sequence[str], second: Sequence[str]) -> list[Failure]:
    differing = [case for case, one, two in zip(cases, first, second, strict=False) if one != two and not case.fits]
    return [
        Failure(kind="unsteady", text="it gave two answers to the same arguments", case=named(case))
        for case in differing[:1]
    ]


def _passes_always(function: Function, case: Case, value: JsonValue) -> bool:
    if case.raises:
        return False
    return not fault(function.returns, value) if case.fits else same(value, case.expected)
