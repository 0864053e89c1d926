"""A Python function in the sandbox: takes the request from descriptor 3, calls it, and writes what came of it there.

Each message is one line of JSON. What stands in it is the code's own word, and the host takes it for no more than that.
"""

import _thread
import contextlib
import json
import os
import sys

from swarm.sandbox.inside import api

TYPE_CHECKING = False  # typing costs each cold start milliseconds
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType
    from typing import Any, TextIO

_dumps = json.dumps  # the code may patch the module, to its own loss
_MESSAGE = 2000
_TRACE = 8000
_THREAD_STACK = 1 << 20  # the default, 8 MB a thread, would eat the memory limit


def main() -> None:
    """Serve the one call of this process, and end it."""
    _thread.stack_size(_THREAD_STACK)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with open(3, encoding="utf-8", closefd=False) as requests, open(3, "w", encoding="utf-8", closefd=False) as answers:
        request = json.loads(requests.readline())
        said = _said(request, requests, answers)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        try:
            answers.write(_dumps(said, allow_nan=False) + "\n")
            answers.flush()
        except MemoryError:
            answers.write(_dumps({"error": _error("MemoryError", "the result is too large")}) + "\n")
            answers.flush()
        finally:
            os._exit(0)


def _said(request: "Mapping[str, Any]", requests: "TextIO", answers: "TextIO") -> "dict[str, Any]":
    file = f"{request['function']}.py"
    try:
        if request.get("elsewhere"):
            from swarm.sandbox.inside.elsewhere import move

            move()
        module = _module(request["code"], file, requests, answers)
        value = _call(module, request)
        try:
            _dumps(value, allow_nan=False).encode()
        except RecursionError:
            raise TypeError("the result is nested too deeply to be JSON") from None
        except (TypeError, ValueError, OverflowError) as error:
            from swarm.sandbox.inside.advice import instead

            raise TypeError(f"the result is not JSON: {instead(value) or error}") from None
        return {"result": value}
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt of the code, too
        told = _error(type(error).__name__, _words(error), _trace(error, file, request["code"]))
        return {"error": told | {"family": [each.__name__ for each in type(error).__mro__[:-1]][:20]}}


def _module(code: str, file: str, requests: "TextIO", answers: "TextIO") -> "ModuleType":
    """Run the code as a module of its own, with `from swarm import api` at its disposal."""

    one_at_a_time = _thread.allocate_lock()

    def ask(name: str, arguments: "Mapping[str, Any]") -> "Any":
        with one_at_a_time:
            answers.write(_dumps({"call": name, "arguments": dict(arguments)}, allow_nan=False) + "\n")
            answers.flush()
            told = json.loads(requests.readline())
        if "error" in told:
            raise api.ApiError(told["error"])
        return told["value"]

    api.ask = ask
    sys.modules["swarm.api"] = api
    swarm = sys.modules["swarm"]
    swarm.api = api  # type: ignore[attr-defined]  # a namespace package inside: nothing of the host's is there
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - pathlib would cost each call milliseconds
    module = sys.modules["swarm_function"] = type(sys)("swarm_function")
    exec(compile(code, file, "exec", dont_inherit=True), module.__dict__)
    return module


def _call(module: "ModuleType", request: "Mapping[str, Any]") -> "Any":
    function = getattr(module, request["function"], None)
    if not callable(function):
        raise TypeError(f"the code defines no function {request['function']}")
    arguments = dict(request["arguments"])
    for name, of in request["objects"].items():  # JSON that builds an object: its keys are the constructor's arguments
        if arguments.get(name) is not None:
            arguments[name] = getattr(module, of)(**arguments[name])
    value = function(**arguments)
    if hasattr(value, "__await__"):
        import asyncio

        value = asyncio.run(value)
    return value


def _error(kind: str, message: str, trace: str = "") -> "dict[str, Any]":
    return {"kind": kind[:200], "message": message[:_MESSAGE], "trace": trace[-_TRACE:]}


def _words(error: "BaseException") -> str:
    try:
        return str(error).encode("utf-8", "replace").decode()
    except BaseException:  # noqa: BLE001 - the code's own exception class may do anything
        return "(not printable)"


def _trace(error: "BaseException", file: str, code: str) -> str:
    """The traceback from the first frame of the code on: ours says nothing."""
    import linecache
    import traceback

    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename != file:
        trace = trace.tb_next
    try:
        told = "".join(traceback.format_exception(type(error), error, trace, limit=-20))
        return told.encode("utf-8", "replace").decode()
    except BaseException:  # noqa: BLE001 - as above
        return ""
