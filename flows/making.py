"""Making a function: look, settle the contract, have tests written, then code, until the gate lets it in.

    look        is there one that will do?                    tasks/calling.py
    contract    name, parameters, result, errors              tasks/making.py
    tests       by somebody who never sees the code; a third stays hidden from the author
    try         does one that is there pass these tests?
    draft       code, with its author's tests                 at most four samples
    gate        both sides' tests, twice, and not for a stub or a mutant   swarm/functions/gate.py
    more tests  of arguments that tell the code from its mutants, where tests are too few
    admit       saved, unless one that is there does the same; every later node can call it

What does not work out is an observation that shows the failing test, or says that a hidden one fails.
"""

from collections.abc import Awaitable, Callable, Sequence

from pydantic import JsonValue

from flows.ask import says_yes
from swarm.decisions import WriteFunction
from swarm.functions.api_pages import short
from swarm.functions.drafts import Draft, sound_cases
from swarm.functions.gate import Judged, named
from swarm.functions.records import Case, Function
from swarm.keys import canonical
from swarm.nodes import Node
from swarm.reports import Observation
from swarm.rules import label
from tasks.calling import Looked, admit, function_packages, gate, look, try_known
from tasks.commands import allow_packages
from tasks.making import contract, draft, tests

Ask = Callable[[str], Awaitable[Observation]]
"""Asks a person."""
_SAMPLES = 4
_FEWEST = 2
"""Independent tests that must be left when doubtful ones are gone."""
_HIDDEN = 3
"""One independent test of so many is hidden from the author."""
_ASKED = 6
"""Calls that once failed whose results are asked for."""
_MORE = 2
"""Times that a tester is asked for tests of further arguments, a draft."""


async def make_function(node: Node, turn: int, action: WriteFunction, ask: Ask) -> Observation:
    """Write, test and save a function, or find one that does the same."""
    looked = await look(node, turn, action.purpose, action.repairs)
    if looked.refused:
        return _observed(action, "error", looked.refused)
    if looked.mend is not None:
        return await _drafted(node, turn, action, looked.mend, looked)
    settled = await contract(
        node,
        turn,
        action.purpose,
        [each.line for each in looked.near],
        [each.name for each in looked.near],
        looked.taken,
    )
    if settled.use:
        line = next(each.line for each in looked.near if each.name == settled.use)
        return _observed(action, "ok", f"there is one already, call it: {line}")
    if settled.packages and (refused := await _without_packages(node, turn, settled.packages, ask)):
        return _observed(action, "error", refused)
    wanted = settled.function()
    wanted = wanted.model_copy(update={"test_cases": with_hidden(await tests(node, turn, wanted, ()))})
    if looked.near and (known := await try_known(node, turn, wanted, [each.name for each in looked.near])):
        line = next(each.line for each in looked.near if each.name == known)
        return _observed(action, "ok", f"there is one already that passes the same tests, call it: {line}")
    return await _drafted(node, turn, action, wanted, looked)


async def _without_packages(node: Node, turn: int, packages: Sequence[str], ask: Ask) -> str:
    """Say why a function may not have its packages, whose names would leave this machine; empty where it may."""
    wanted = await function_packages(node, turn, packages)
    if not wanted:
        return ""
    answer = await ask(f"May a function have these packages installed? {', '.join(wanted)} (yes or no)")
    if says_yes(answer):
        await allow_packages(node, wanted)
        return ""
    return f"its packages ({', '.join(wanted)}) were not granted: {answer.text}; have it written without them"


async def _drafted(node: Node, turn: int, action: WriteFunction, wanted: Function, looked: Looked) -> Observation:
    """Have code written until it passes; a test that fails and that the tester, asked anew, answers otherwise, goes."""
    bench = _Bench(node, turn, wanted)
    if looked.mend is not None:
        await bench.settle_regressions()
    failure = _before(looked)
    for sample in range(_SAMPLES):
        written = await draft(node, turn, wanted, _notes(looked), sample, failure)
        function, judged = await bench.judge(written)
        if judged.passed:
            names = [each.name for each in looked.near]
            admitted = await admit(node, turn, function, looked.number, judged, names)
            if admitted.refused:
                return _observed(action, "error", admitted.refused)
            text = f"{admitted.label} is tested and saved, call it: {admitted.line}"
            return _observed(action, "ok", text, admitted.label)
        failure = judged.text
    return _observed(action, "error", f"{_SAMPLES} drafts of {wanted.signature} failed; the last: {failure}")


class _Bench:
    """Where the drafts of one function are tested; its independent tests are the same for all of them, or more."""

    def __init__(self, node: Node, turn: int, wanted: Function) -> None:
        self._node, self._turn, self._wanted = node, turn, wanted
        self._tests = wanted.test_cases
        self._doubted = False

    async def settle_regressions(self) -> None:
        """Have it said what a call that once failed must return: that something fits is not enough for a repair."""
        failed = [case for case in self._tests if case.fits][:_ASKED]
        if failed:
            self._tests = (*self._tests, *await self._asked([case.arguments for case in failed]))

    async def judge(self, written: Draft) -> tuple[Function, Judged]:
        """Judge a draft, by further tests where its own are too few; returns it with its tests, and the judgement."""
        own = sound_cases(self._wanted, written.cases, "author")
        function = self._wanted.model_copy(update={"code": written.code, "test_cases": _both(self._tests, own)})
        judged = await gate(self._node, self._turn, function)
        if not self._doubted and (again := _failing(judged, function.test_cases)):
            self._doubted = True
            sure = await _sure(self._node, self._turn, self._wanted, function.test_cases, again)
            self._tests = tuple(case for case in sure if case.origin != "author")
            function = function.model_copy(update={"test_cases": sure})
            judged = await gate(self._node, self._turn, function)
        for _ in range(_MORE):
            if not judged.telling:
                break
            self._add(more := await self._asked(judged.telling))
            if not more:
                break
            function = function.model_copy(update={"test_cases": _both(function.test_cases, more)})
            judged = await gate(self._node, self._turn, function)
        return function, judged

    async def _asked(self, arguments: Sequence[dict[str, JsonValue]]) -> tuple[Case, ...]:
        """Return what the tester, who sees no code, says of these arguments."""
        listed = [canonical(each) for each in arguments]
        said = await tests(self._node, self._turn, self._wanted, listed)
        return tuple(case for case in said if canonical(case.arguments) in listed)

    def _add(self, cases: Sequence[Case]) -> None:
        self._tests = _both(self._tests, cases)


async def _sure(
    node: Node, turn: int, wanted: Function, cases: Sequence[Case], failing: Sequence[Case]
) -> tuple[Case, ...]:
    """Return the tests without those that fail and that the tester, who sees no code, expects something else of."""
    again = await tests(node, turn, wanted, [canonical(case.arguments) for case in failing])
    told = {canonical(case.arguments): (case.expected, case.raises) for case in again}

    def holds(case: Case) -> bool:
        answer = told.get(canonical(case.arguments))
        return case not in failing or answer is None or answer == (case.expected, case.raises)

    kept = tuple(case for case in cases if holds(case))
    return kept if sum(case.origin == "independent" for case in kept) >= _FEWEST else tuple(cases)


def with_hidden(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Return independent tests with every third hidden from the author: what is told could be learnt by heart."""
    last = _HIDDEN - 1
    return tuple(case.model_copy(update={"hidden": at % _HIDDEN == last}) for at, case in enumerate(cases))


def _failing(judged: Judged, cases: Sequence[Case]) -> list[Case]:
    """Return the tests of both sides that failed; what a person or a failure has added is not to be doubted."""
    shown = {each.case for each in judged.failures if each.kind == "case"}
    return [case for case in cases if case.origin in ("independent", "author") and named(case) in shown]


def _both(independent: Sequence[Case], own: Sequence[Case]) -> tuple[Case, ...]:
    known = [case.arguments for case in independent]
    return (*independent, *(case for case in own if case.arguments not in known))


def _notes(looked: Looked) -> tuple[str, ...]:
    """Say what else the code may use: the functions that are near, and the swarm's own doors to files and web."""
    if looked.mend is not None:
        return ("It is there and must be mended:", *looked.mend.code.splitlines())
    if not looked.near:
        return ()
    lines = [f"- {each.line}" for each in looked.near]
    doors = short(("retrieve", "save", "exec_function")).splitlines()
    return ("It may use `from swarm import api`:", *doors, "Functions for api.exec_function:", *lines)


def _before(looked: Looked) -> str:
    return "see its tests" if looked.mend is not None else ""


def _observed(action: WriteFunction, outcome: str, text: str, made: str = "") -> Observation:
    return Observation.model_validate(
        {"action": label(action), "outcome": outcome, "text": text, "functions": (made,) if made else ()}
    )
