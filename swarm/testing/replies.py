"""Replies: the bytes a scripted answer, fault or refusal becomes on the wire."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from swarm.testing.script import Fault, parse_fault


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; `cut` closes the connection inside the body."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


def reply_to(answer: object, body: Mapping[str, JsonValue]) -> Reply:
    """Turn one scripted answer into a reply to the request `body`; faults are played, delays slept."""
    if isinstance(answer, dict) and "fault" in answer:
        return _play(parse_fault(answer), body)
    return _completion(_content(answer), body)


def error_reply(status: int, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Build an error as OpenAI-compatible endpoints write it."""
    error = {"error": {"message": message, "type": "scripted", "param": None, "code": None}}
    return Reply(json.dumps(error).encode(), status, headers or {})


def models_reply(model: str) -> Reply:
    """Build the answer to `GET /models`."""
    models = [{"id": model, "object": "model", "created": 0, "owned_by": "script"}]
    return Reply(json.dumps({"object": "list", "data": models}).encode())


def refusal(refused: Sequence[str], body: Mapping[str, JsonValue]) -> Reply | None:
    """Return the 400 of an endpoint that does not know what the request uses, or None."""
    wanted = body.get("response_format")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind in refused:
        return error_reply(400, f"Invalid parameter: 'response_format' of type '{kind}' is not supported")
    for name in refused:
        if name in body:
            return error_reply(400, f"Unsupported parameter: '{name}' is not supported with this model")
    return None


def _play(fault: Fault, body: Mapping[str, JsonValue]) -> Reply:
    match fault.fault:
        case "status":
            after = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after}"}
            return error_reply(fault.code, fault.text or f"scripted status {fault.code}", after)
        case "delay":
            time.sleep(fault.seconds)
            return reply_to(fault.then, body)
        case "cut":
            whole = _completion("this answer never arrives whole", body)
            return Reply(whole.body[: len(whole.body) // 2], cut=True)
        case "malformed":
            return Reply(fault.text.encode())
        case "truncate":
            text = fault.text or _content(fault.then)[: len(_content(fault.then)) // 2]
            return _completion(text, body, reason="length")
        case "empty":
            return Reply(json.dumps({**_envelope(body), "choices": []}).encode())


def _content(answer: object) -> str:
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)


def _completion(text: str, body: Mapping[str, JsonValue], reason: str = "stop") -> Reply:
    choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": text}}
    read, wrote = len(json.dumps(body.get("messages"))) // 4, len(text) // 4
    usage = {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
    return Reply(json.dumps({**_envelope(body), "choices": [choice], "usage": usage}).encode())


def _envelope(body: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.get("model", ""),
    }
