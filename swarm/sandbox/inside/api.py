"""What code in the sandbox may ask the swarm: `from swarm import api`, then `api.retrieve("notes.md")`.

Each call goes to the host, which answers it only as far as the function was granted it; a refusal, and whatever goes
wrong there, is an ApiError. Arguments and results are JSON. At most 100 calls a run, one at a time.
"""

TYPE_CHECKING = False  # typing costs each cold start milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any as Json


class ApiError(Exception):
    """The host refused, or could not do it; the message says why."""


def _nobody(name: str, arguments: "Mapping[str, Json]") -> "Json":
    raise ApiError("the swarm can only be asked from within the sandbox")


ask: "Callable[[str, Mapping[str, Json]], Json]" = _nobody
"""How the host is asked; set by whoever calls the function."""


def break_down_goal(goal: str) -> "list[Json]":
    """Divide a goal into 2 to 5 parts; returns [{"key", "goal", "depends_on"}]. Costs a model call."""
    return list(ask("break_down_goal", {"goal": goal}))


def route_goal(goal: str) -> "Json":
    """Say what should be done next for a goal; returns an action, such as {"kind": "retrieve", ...}. Costs a call."""
    return ask("route_goal", {"goal": goal})


def write_code(task: str) -> str:
    """Have a Python program written for a task; returns its source, which was not run. Costs a model call."""
    return str(ask("write_code", {"task": task}))


def write_text(brief: str, material: str = "") -> str:
    """Have a text written from material; returns it. Costs a model call."""
    return str(ask("write_text", {"brief": brief, "material": material}))


def save(path: str, text: str) -> str:
    """Write a text file into the workspace; returns its path there."""
    return str(ask("save", {"path": path, "text": text}))


def execute(code: str, language: str = "python", files: "Mapping[str, str] | None" = None) -> "Json":
    """Run a program in a sandbox of its own, with these text files beside it; returns {"ok", "stdout", "stderr"}."""
    return ask("execute", {"code": code, "language": language, "files": dict(files or {})})


def retrieve(uri: str, query: str = "", k: int = 8, whole: bool = False) -> "list[Json]":
    """Read a file, folder, web page, PDF or repository; returns at most k passages [{"uri", "text", "page", ...}].

    `uri` is a path in the workspace, https://..., github:OWNER/REPO or memory:; an empty query asks for the beginning.
    `whole` asks for one passage with all of the text as it was sent (JSON, CSV, HTML source), of a folder its paths.
    """
    return list(ask("retrieve", {"uri": uri, "query": query, "k": k, "whole": whole}))


def github(action: str, repository: str, fields: "Mapping[str, Json]") -> "Json":
    """Write to GitHub, once, if it was granted and a person says yes; returns {"url", "number", "is_new"}.

    create_issue: title, body, labels. create_comment: number, body. create_branch: branch, source.
    write_file: branch, path, text, message. create_pull_request: head, title, body, base, draft.
    """
    return ask("github", {"action": action, "repository": repository, "fields": dict(fields)})


def exec_function(name: str, arguments: "Mapping[str, Json]", version: int | None = None) -> "Json":
    """Call a function of the library, with what this one was granted; returns its result."""
    return ask("exec_function", {"name": name, "arguments": dict(arguments), "version": version})


FUNCTIONS = (break_down_goal, route_goal, write_code, write_text, save, execute, retrieve, github, exec_function)
