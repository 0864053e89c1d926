"""Admitting: the way of a function into the library, whoever wrote it: completed, judged by the gate, saved."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from pydantic import JsonValue

from swarm.errors import FunctionNotFound, FunctionRefused
from swarm.functions.door import Caller, Door
from swarm.functions.gate import TESTS, Gate, Judged
from swarm.functions.grants import Grants
from swarm.functions.inspection import asked_in, called_in
from swarm.functions.library import Library
from swarm.functions.records import Capabilities, Case, Function, Maker, Provenance, Version
from swarm.functions.running import Running
from swarm.sandbox.calling import Answered


@dataclass(frozen=True)
class Admission:
    """Lets functions into a library."""

    library: Library
    running: Running
    grants: Grants
    allowed: frozenset[str] = frozenset()
    """Packages that a person has allowed, by name."""

    def not_granted(self, packages: Sequence[str]) -> tuple[str, ...]:
        """Return the names of packages that a person must grant first: to ask for one tells the index its name."""
        if self.grants.packages:
            return ()
        names = (canonicalize_name(re.split(r"[^\w.-]", each.strip(), maxsplit=1)[0]) for each in packages)
        return tuple(dict.fromkeys(name for name in names if name not in self.allowed))

    async def completed(self, function: Function, named: bool = False) -> Function:
        """Return a function with what can be read off its code: packages locked, callees pinned, questions declared.

        Its packages must be granted, unless a person has `named` them. Raises PackagesUnavailable, or FunctionRefused
        for packages that were not granted.
        """
        if not function.lock and not named and (missing := self.not_granted(function.dependencies)):
            told = ", ".join(missing)
            raise FunctionRefused(f"{function.name} needs packages that were not granted ({told}): --grant packages")
        lock = function.lock or await self.running.packages.lock(function.dependencies)
        pins, wanted = dict(function.calls), function.capabilities
        is_python = function.language == "python"
        for name in called_in(function.code) if is_python else ():
            with suppress(FunctionNotFound):
                called = await self.library.get(name, pins.get(name))
                pins[name] = called.function.content
                wanted |= called.function.capabilities  # it may only hand on what it has itself
        asked = Capabilities(api=asked_in(function.code) if is_python else ())
        return function.model_copy(update={"lock": lock, "calls": pins, "capabilities": wanted | asked})

    async def judge(self, function: Function, is_strict: bool = False) -> Judged:
        """Judge a function that is complete; the functions it calls are really called, where its tests do not say."""
        calls = _Calls(self, function)
        judged = await Gate(self.running, self.grants, calls).judge(function, is_strict=is_strict)
        return judged.model_copy(update={"calls": calls.made})

    async def differing(self, function: Function, cases: Sequence[Case]) -> bool:
        """Say whether any of these tests fails on a function."""
        failures, _ = await Gate(self.running, self.grants, _Calls(self, function)).run(function, cases)
        return bool(failures)

    async def outcome(self, function: Function, arguments: dict[str, JsonValue]) -> Answered:
        """Return what a function does with arguments, as in a test."""
        gate = Gate(self.running, self.grants, _Calls(self, function))
        return await gate.answer(function, Case(arguments=arguments, fits=True), TESTS)

    async def admit(self, function: Function, maker: Maker, provenance: Provenance) -> tuple[Version, Judged]:
        """Judge and save a function; raises FunctionRefused with the tests it fails.

        Tests that prove little are a person's own affair: they are told, and no reason to refuse him.
        """
        function = await self.completed(function, named=maker == "person")
        judged = await self.judge(function, is_strict=maker == "swarm")
        if any(each.kind != "vacuous" or maker == "swarm" for each in judged.failures):
            raise FunctionRefused(f"{function.name} was not let in: {judged.text}")
        return await self.library.save(pinned(function, judged), maker, provenance), judged


def pinned(function: Function, judged: Judged) -> Function:
    """Return a function that calls others as its tests have called them, however its code names them."""
    return function.model_copy(update={"calls": {**judged.calls, **function.calls}})


class _Calls:
    """Answers calls of other functions in a test, with the versions that are pinned, and notes them."""

    def __init__(self, admission: Admission, function: Function) -> None:
        caller = Caller(name=f"test of {function.name}")
        grants = admission.grants.within(function.capabilities)
        self._door = Door(admission.library, admission.running, grants, _nothing, caller)
        self._pins = function.calls
        self.made: dict[str, str] = {}

    async def __call__(self, name: str, arguments: Mapping[str, JsonValue]) -> JsonValue:
        version, given = await self._door.requested(arguments, self._pins | self.made)
        if arguments.get("version") is None:
            self.made[version.name] = version.function.content
        return await self._door.exec_version(version, given)


async def _nothing(name: str, arguments: Mapping[str, JsonValue]) -> JsonValue:
    raise FunctionRefused(f"a test answers no {name}; say in `answers` what the swarm answers")
