"""Replies: the bytes a scripted answer, fault or refusal becomes on the wire."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from swarm.chat import ToolCall
from swarm.testing.manners import Manners
from swarm.testing.script import Fault, parse_fault
from swarm.testing.wire import Said, completion, envelope

Body = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; `cut` closes the connection inside the body."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    kind: str = "application/json"


def reply_to(answer: object, body: Body, manners: Manners, cached: int = 0) -> Reply:
    """Turn one scripted answer into a reply to the request `body`; faults are played, delays slept."""
    if isinstance(answer, dict) and "fault" in answer:
        return _play(parse_fault(answer), body, manners)
    return _completed(said_by(answer, body), body, manners, cached)


def error_reply(status: int, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Build an error as OpenAI-compatible endpoints write it."""
    error = {"error": {"message": message, "type": "scripted", "param": None, "code": None}}
    return Reply(json.dumps(error).encode(), status, headers or {})


def models_reply(model: str, manners: Manners) -> Reply:
    """Build the answer to `GET /models`; what the script says of window and form stands in it as OpenRouter has it."""
    listed: dict[str, JsonValue] = {"id": model, "object": "model", "created": 0, "owned_by": "script"}
    if manners.window is not None:
        listed["context_length"] = manners.window
    if manners.output is not None:
        listed["top_provider"] = {"max_completion_tokens": manners.output}
    if manners.form is not None:
        takes = ("tools", "structured_outputs", "response_format")
        first = {"tools": 0, "json_schema": 1, "json_object": 2, "text": 3}[manners.form]
        listed["supported_parameters"] = ["max_tokens", *takes[first:]]
    return Reply(json.dumps({"object": "list", "data": [listed]}).encode())


def said_by(answer: object, body: Body) -> Said:
    """Return what the model says: a decision becomes calls where the request offers tools, else JSON of its shape."""
    if not isinstance(answer, dict) or not ({"action", "actions"} & answer.keys()):
        return Said(answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False))
    listed = answer.get("actions", [answer.get("action")])
    actions = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    if body.get("tools") and all("kind" in each for each in actions):
        calls = tuple(_call(each, number, body) for number, each in enumerate(actions))
        return Said(str(answer.get("situation", "")), calls)
    if "actions" not in answer and _wants_actions(body):
        answer = {"situation": answer.get("situation", ""), "actions": actions}
    return Said(json.dumps(answer, ensure_ascii=False))


def _call(action: Mapping[str, JsonValue], number: int, body: Body) -> ToolCall:
    messages = body.get("messages")
    turn = len(messages) if isinstance(messages, list) else 0
    arguments = {name: value for name, value in action.items() if name != "kind"}
    return ToolCall(id=f"call_{turn}_{number}", name=str(action["kind"]), arguments=arguments)


def _wants_actions(body: Body) -> bool:
    """Say whether the schema that is asked for lists actions, where an older script has one."""
    form = body.get("response_format")
    if isinstance(form, dict) and form.get("type") == "json_schema":
        return '"actions"' in json.dumps(form)
    messages = body.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else {}
    content = str(last.get("content")) if isinstance(last, dict) else ""
    return '"actions":' in content.rpartition("JSON schema:")[2]


def _play(fault: Fault, body: Body, manners: Manners) -> Reply:
    match fault.fault:
        case "status":
            after = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after}"}
            return error_reply(fault.code, fault.text or f"scripted status {fault.code}", after)
        case "delay":
            time.sleep(fault.seconds)
            return reply_to(fault.then, body, manners)
        case "cut":
            whole = _completed(Said("this answer never arrives whole"), body, Manners())
            return Reply(whole.body[: len(whole.body) // 2], cut=True)
        case "malformed":
            return Reply(fault.text.encode())
        case "truncate":
            return _completed(_truncated(fault, body), body, manners)
        case "empty":
            return Reply(json.dumps({**envelope(body), "choices": []}).encode())


def _truncated(fault: Fault, body: Body) -> Said:
    """Return the first half of an answer, ended by `max_tokens`; of calls, the last one's arguments are halved."""
    said = Said(fault.text) if fault.text else said_by(fault.then, body)
    if not said.calls:
        return Said(fault.text or said.text[: len(said.text) // 2], reason="length")
    arguments = json.dumps(said.calls[-1].arguments, ensure_ascii=False)
    return Said(said.text, said.calls, "length", arguments[: len(arguments) // 2])


def _completed(said: Said, body: Body, manners: Manners, cached: int = 0) -> Reply:
    written, kind = completion(said, body, manners.oddity, cached)
    return Reply(written, kind=kind)
