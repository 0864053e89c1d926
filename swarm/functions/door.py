"""The only door: whoever calls a function, a person, a node or another function, calls it here.

Arguments are checked against the schema, capabilities against the grants; it runs in the sandbox; the result is
checked; the call is written down. A failure on sound arguments becomes a test that the function must pass.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from swarm.errors import BadArguments, FunctionError, FunctionFailed, FunctionRefused
from swarm.functions.execution import execute
from swarm.functions.grants import Grants
from swarm.functions.library import Library, Logged
from swarm.functions.records import Case, Pin, Version
from swarm.functions.running import Running
from swarm.keys import digest
from swarm.nodes import shorten
from swarm.sandbox.calling import Answered, Ask

DEEPEST = 8
"""Functions that call functions, one within the other."""
_MOST = 200
"""Calls within one, at all depths."""
_NO_FAULT_OF_ITS_OWN = frozenset(("sandbox", "ApiError"))
_ANY = frozenset(("Exception", "BaseException"))
"""What every exception comes from; to document one of these documents nothing."""


@dataclass(frozen=True)
class Caller:
    """Who calls: a name for the log, the run and node it is for, and the key of the step, if any."""

    name: str
    run: str | None = None
    node: str | None = None
    key: str | None = None


class Door:
    """Calls functions for one caller. `ask` answers what they ask the swarm, but for other functions."""

    def __init__(self, library: Library, running: Running, grants: Grants, ask: Ask, caller: Caller) -> None:
        self._library, self._running, self._grants, self._ask, self._caller = library, running, grants, ask, caller
        self._calls = 0

    async def exec_function(
        self, name: str, arguments: Mapping[str, JsonValue], version: int | None = None
    ) -> JsonValue:
        """Call a function and return its result.

        Raises FunctionNotFound, FunctionRefused, BadArguments, FunctionFailed, PackagesUnavailable or
        SandboxUnavailable; the message is one line that a model, too, can act on.
        """
        return await self.exec_version(await self._library.get(name, version), arguments)

    async def _exec(
        self, version: Version, arguments: Mapping[str, JsonValue], grants: Grants, depth: int, caller: str
    ) -> JsonValue:
        self._calls += 1
        call = _Call(version, dict(arguments), caller, self._number())
        if refusal := self._refusal(version, depth):
            await self._log(call, "refused", refusal)
            raise FunctionRefused(refusal)
        ask = self._asking(version, grants.within(version.function.capabilities), depth)
        try:
            answered = await execute(self._running, version.function, call.arguments, ask, grants)
        except FunctionError as error:
            await self._log(call, "refused", str(error))
            raise
        if answered.ok:
            await self._log(call, "ok")
            return answered.value
        raise await self._failed(call, answered)

    def _refusal(self, version: Version, depth: int) -> str:
        if not version.is_callable:
            return f"{version.label} is quarantined, because it failed too often: repair it, or call an older version"
        if depth >= DEEPEST:
            return f"{version.label} would be called {depth} functions deep, the limit is {DEEPEST}"
        if self._calls > _MOST:
            return f"{version.label} would be call {self._calls} within one, the limit is {_MOST}"
        return ""

    def _asking(self, version: Version, grants: Grants, depth: int) -> Ask:
        """Return what answers a function that asks for what it has declared."""

        async def ask(name: str, arguments: Mapping[str, JsonValue]) -> JsonValue:
            if name != "exec_function":
                return await self._ask(name, arguments)
            inner, given = await self.requested(arguments, version.function.calls)
            return await self._exec(inner, given, grants, depth + 1, version.label)

        return ask

    async def requested(
        self, arguments: Mapping[str, JsonValue], pins: Mapping[str, Pin]
    ) -> tuple[Version, dict[str, JsonValue]]:
        """Read what code asks of `exec_function`: a version, the pinned one if it does not say which, and arguments."""
        name, given, number = arguments.get("name"), arguments.get("arguments"), arguments.get("version")
        if not isinstance(name, str) or not isinstance(given, dict) or not isinstance(number, int | None):
            raise BadArguments("exec_function takes a name, an object of arguments, and perhaps a version")
        return await self._library.get(name, pins.get(name) if number is None else number), given

    async def exec_version(self, version: Version, arguments: Mapping[str, JsonValue]) -> JsonValue:
        """Call this version of a function and return its result; raises as `exec_function` does."""
        return await self._exec(version, arguments, self._grants, 0, self._caller.name)

    async def _failed(self, call: "_Call", answered: Answered) -> FunctionFailed:
        """Write a failure down, and return it as an error; what the function documents is no fault of it."""
        version, function = call.version, call.version.function
        told = f"{version.label} failed: {shorten(answered.message or answered.error, 600)}"
        documented = {case.raises for case in function.test_cases if case.raises}
        if answered.error in documented | _NO_FAULT_OF_ITS_OWN or documented & (set(answered.family) - _ANY):
            await self._log(call, "refused", told)
            return FunctionFailed(told)
        case = Case(arguments=call.arguments, fits=True, origin="regression") if not function.capabilities.api else None
        if await self._log(call, "failed", told, case):
            told += "; it is quarantined now: repair it with write_function"
        return FunctionFailed(told)

    async def _log(
        self, call: "_Call", outcome: Literal["ok", "failed", "refused"], error: str = "", case: Case | None = None
    ) -> bool:
        logged = Logged(
            name=call.version.name,
            version=call.version.number,
            caller=call.caller,
            run=self._caller.run,
            node=self._caller.node,
            key=call.key,
            arguments_hash=digest(call.arguments),
            outcome=outcome,
            error=shorten(error, 1000),
            seconds=time.monotonic() - call.started,
        )
        return await self._library.log(logged, case)

    def _number(self) -> str | None:
        return f"{self._caller.key}/{self._calls}" if self._caller.key else None


class _Call:
    """One call under way."""

    def __init__(self, version: Version, arguments: dict[str, JsonValue], caller: str, key: str | None) -> None:
        self.version, self.arguments, self.caller, self.key = version, arguments, caller, key
        self.started = time.monotonic()
