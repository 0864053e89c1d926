"""Calling a function in a sandbox: the request goes in over the call's channel, questions and the result come out."""

import asyncio
import base64
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from swarm.errors import SwarmError
from swarm.sandbox.host import Guest
from swarm.sandbox.languages import Language
from swarm.sandbox.limits import Limits, Outcome
from swarm.sandbox.orders import Job
from swarm.sandbox.untrusted import parse

MOST_QUESTIONS = 100
_LARGEST_LINE = 4_000_000

Ask = Callable[[str, Mapping[str, JsonValue]], Awaitable[JsonValue]]
"""Answers what the code asks through `swarm.api`; a SwarmError becomes an ApiError there."""


@dataclass(frozen=True)
class Called:
    """A function to be called: its code, its name in the code, and the arguments as JSON."""

    language: Language
    code: str
    function: str
    arguments: Mapping[str, JsonValue]
    objects: Mapping[str, str] = field(default_factory=dict)
    """Parameters that are objects: the name of the class that their JSON builds."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    elsewhere: bool = False
    """Whether it runs at another time, in another zone, as another process: what it returns must be the same."""


class Answered(Outcome):
    """What came of calling a function; where `ok`, its result, else the kind and the words of the error."""

    value: JsonValue = None
    error: str = ""
    """The name of the exception, such as JSONDecodeError."""
    family: tuple[str, ...] = ()
    """The names of its class and of those it comes from: JSONDecodeError, ValueError, Exception."""
    trace: str = ""
    asked: int = 0
    """How often it asked the swarm."""


async def call(guest: Guest, called: Called, ask: Ask) -> Answered:
    """Call a function in a sandbox that is open; what goes wrong in the code is told, not raised."""
    talk = _Talk(called, ask)
    job = Job(
        command=called.language.run(called=True),
        files={**called.files, **called.language.prepare(called.code, called=True)},
        limits=called.limits,
        environment=called.environment,
        reserves=called.language.name == "javascript",
        converse=talk.hold,
    )
    outcome = await guest.run(job)
    return talk.verdict(outcome)


class _Talk:
    """One conversation with the code. Its every line is untrusted; the first result or error is what counts."""

    def __init__(self, called: Called, ask: Ask) -> None:
        self._called, self._ask = called, ask
        self._said: dict[str, JsonValue] | None = None
        self._fault = ""
        self._asked = 0

    async def hold(self, channel: socket.socket) -> None:
        """Send the request, answer questions, and take the result."""
        reader, writer = await asyncio.open_connection(sock=channel, limit=_LARGEST_LINE)
        called = self._called
        request: dict[str, JsonValue] = {
            "function": called.function,
            "arguments": dict(called.arguments),
            "objects": dict(called.objects),
            "elsewhere": called.elsewhere,
        }
        if not called.language.run(called=True):
            request["code"] = called.code
        try:
            writer.write(_line(request))
            while (line := await self._next(reader)) is not None:
                if "call" not in line:
                    self._said = line
                    return
                writer.write(_line(await self._answer(line)))
        except ConnectionError:
            return
        finally:
            writer.transport.abort()

    async def _next(self, reader: asyncio.StreamReader) -> dict[str, JsonValue] | None:
        """Read one line; None at the end, and after one that is not to be believed."""
        try:
            line = await reader.readline()
        except ValueError:
            self._fault = f"said more than {_LARGEST_LINE} bytes at once"
            return None
        if not line:
            return None
        try:
            return parse(line)
        except ValueError as error:
            self._fault = f"answered with what is no sound JSON: {error}"
            return None

    async def _answer(self, line: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        self._asked += 1
        name, arguments = line["call"], line.get("arguments")
        if self._asked > MOST_QUESTIONS:
            return {"error": f"a function may ask the swarm {MOST_QUESTIONS} times a call"}
        if not isinstance(name, str) or not isinstance(arguments, dict):
            return {"error": "ask with a name and an object of arguments"}
        try:
            return {"value": await self._ask(name, arguments)}
        except SwarmError as error:
            return {"error": str(error)}

    def verdict(self, outcome: Outcome) -> Answered:
        """Join what the sandbox reports, which counts, and what the code has said, which is only its word."""
        told = Answered.model_validate(outcome.model_dump() | {"asked": self._asked})
        if self._fault and outcome.kind in ("ok", "exit", "crash"):  # hung up on, some end with a status of their own
            return told.model_copy(update=_wrong(f"{self._called.function} {self._fault}"))
        if not outcome.ok:
            return told.model_copy(update={"error": outcome.kind})
        error = (self._said or {}).get("error")
        if isinstance(error, dict):
            kind, words, trace = (str(error.get(name, ""))[:8000] for name in ("kind", "message", "trace"))
            line = f"{kind}: {words}".strip().rstrip(":")[:2000]
            named = error.get("family")
            family = tuple(str(each)[:200] for each in named[:20]) if isinstance(named, list) else ()
            said = {"ok": False, "kind": "exception", "error": kind, "message": line, "trace": trace, "family": family}
            return told.model_copy(update=said)
        if self._said is not None and isinstance(encoded := self._said.get("result64"), str):
            try:
                return told.model_copy(update={"value": _decoded(encoded)})
            except ValueError as error:
                words = f"the result of {self._called.function} is not JSON: {error}"
                return told.model_copy(update={"ok": False, "kind": "exception", "error": "result", "message": words})
        if self._said is None or "result" not in self._said:
            return told.model_copy(update=_wrong(f"{self._called.function} ended without a result"))
        return told.model_copy(update={"value": self._said["result"]})


def _wrong(message: str) -> dict[str, object]:
    return {"ok": False, "kind": "exception", "error": "protocol", "message": message}


def _decoded(text: str) -> JsonValue:
    """Return the JSON in a text of base64; raises ValueError for what is none."""
    result = base64.b64decode(text, validate=True) or b"null"
    return parse(b'{"result":' + result + b"}")["result"]


def _line(message: Mapping[str, JsonValue]) -> bytes:
    try:
        return json.dumps(message, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, which only an escape can say
        return json.dumps(message).encode() + b"\n"
