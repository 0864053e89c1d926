"""The wire: an answer as an OpenAI-compatible endpoint writes it, whole or as a stream, with its oddities."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from swarm.chat import Message, ToolCall

Oddity = Literal[
    "thoughts_in_content",
    "closing_mark_only",
    "thoughts_in_parts",
    "thoughts_in_field",
    "answer_in_thoughts",
    "chatter",
    "event_stream",
    "no_usage",
    "text_usage",
]
"""What an answer looks like at some endpoint: thoughts before it, talk around it, its envelope."""
THOUGHTS = (
    'Let me see. I could say {"situation": "a draft", "action": {"kind": "give_up", "reason": "a draft"}}, but no.'
)
_PIECE = 20
Body = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Said:
    """What the model says: a text, calls of tools, or both; why it ended; how many tokens its thoughts took."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    reason: str = "stop"
    cut_arguments: str = ""
    """What there is of the last call's arguments where `max_tokens` cut them."""


def completion(said: Said, body: Body, oddities: Sequence[Oddity] = (), cached: int = 0) -> tuple[bytes, str]:
    """Return the body of a response and its content type: JSON, or events where the request or an oddity wants them."""
    message = _message(said, oddities)
    reason = "tool_calls" if said.calls and said.reason == "stop" else said.reason
    choice: JsonValue = {"index": 0, "finish_reason": reason, "message": message}
    whole: dict[str, JsonValue] = {**envelope(body), "choices": [choice]}
    usage = _usage(said, body, oddities, cached)
    if body.get("stream") is True or "event_stream" in oddities:
        return b"".join(_events(body, message, reason, usage)), "text/event-stream"
    return json.dumps({**whole, "usage": usage}).encode(), "application/json"


def envelope(body: Body) -> dict[str, JsonValue]:
    """Return what every completion says of itself."""
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.get("model", ""),
    }


def messages_of(body: Body) -> tuple[Message, ...]:
    """Return a request's messages, calls of tools and their results included; raises ValueError for none."""
    listed = body.get("messages")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ValueError("`messages` must be a list of objects")
    return tuple(_read(each) for each in listed if isinstance(each, dict))


def tokens_in(body: Body) -> int:
    """Return about how many tokens a request has, its tools included: one for four characters."""
    tools = len(json.dumps(body["tools"])) if body.get("tools") else 0
    return (len(json.dumps(body.get("messages"))) + tools) // 4


def _read(message: Mapping[str, JsonValue]) -> Message:
    role, content = message.get("role"), message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if not isinstance(content, str | None):
        raise ValueError("a message's content must be a text, a list of parts or null")
    calls = message.get("tool_calls")
    roles: dict[JsonValue, Literal["system", "user", "assistant"]] = {
        "system": "system",
        "developer": "system",
        "user": "user",
        "tool": "user",
        "assistant": "assistant",
    }
    if role not in roles:
        raise ValueError(f"a message has the role {role!r}")
    return Message(
        role=roles[role],
        content=content or "",
        calls=tuple(_read_call(call) for call in calls if isinstance(call, dict)) if isinstance(calls, list) else (),
        answers=str(message.get("tool_call_id") or ""),
    )


def _read_call(call: Mapping[str, JsonValue]) -> ToolCall:
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    arguments = json.loads(str(function.get("arguments") or "{}"))
    if not isinstance(arguments, dict):
        raise ValueError("the arguments of a call must be an object")
    return ToolCall(id=str(call.get("id")), name=str(function.get("name")), arguments=arguments)


def _message(said: Said, oddities: Sequence[Oddity]) -> dict[str, JsonValue]:
    text = said.text
    if "chatter" in oddities and not text.lstrip().startswith("{") and not said.calls:
        text = f"Sure! Here is the file:\n\n```\n{text}\n```\n\nLet me know if you need anything else."
    if "thoughts_in_content" in oddities:
        text = f"<think>\n{THOUGHTS}\n</think>\n\n{text}"
    if "closing_mark_only" in oddities:
        text = f"{THOUGHTS}\n</think>\n\n{text}"
    message: dict[str, JsonValue] = {"role": "assistant", "content": text or None}
    if "thoughts_in_parts" in oddities:
        inner: list[JsonValue] = [{"type": "text", "text": THOUGHTS}]
        message["content"] = [{"type": "thinking", "thinking": inner}, {"type": "text", "text": text}]
    if "thoughts_in_field" in oddities:
        message["reasoning_content"] = THOUGHTS
    if "answer_in_thoughts" in oddities and not said.calls:
        message |= {"content": None, "reasoning_content": text}
    if said.calls:
        message["tool_calls"] = [_call(said, number) for number in range(len(said.calls))]
    return message


def _call(said: Said, number: int) -> JsonValue:
    call = said.calls[number]
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    if said.reason == "length" and number == len(said.calls) - 1:
        arguments = said.cut_arguments
    function: JsonValue = {"name": call.name, "arguments": arguments}
    return {"id": call.id, "type": "function", "function": function}


def _usage(said: Said, body: Body, oddities: Sequence[Oddity], cached: int) -> dict[str, JsonValue] | None:
    read = tokens_in(body)
    wrote = (len(said.text) + sum(len(json.dumps(call.arguments)) for call in said.calls)) // 4
    if "no_usage" in oddities:
        return None
    if "text_usage" in oddities:
        return {"prompt_tokens": f"{read}", "completion_tokens": float(wrote), "total_tokens": None}
    usage: dict[str, JsonValue] = {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
    return usage | ({"prompt_tokens_details": {"cached_tokens": min(cached, read)}} if cached else {})


def _events(
    body: Body, message: Mapping[str, JsonValue], reason: str, usage: dict[str, JsonValue] | None
) -> Iterator[bytes]:
    """Yield a completion in pieces, as streams send it: texts and arguments a few characters at a time."""
    yield _event(body, {"role": "assistant"})
    for name in ("reasoning_content", "content"):
        value = message.get(name)
        if isinstance(value, str):
            for at in range(0, len(value), _PIECE):
                yield _event(body, {name: value[at : at + _PIECE]})
        elif value is not None:
            yield _event(body, {name: value})
    calls = message.get("tool_calls")
    for index, call in enumerate(calls if isinstance(calls, list) else []):
        assert isinstance(call, dict) and isinstance(call["function"], dict)
        arguments = str(call["function"]["arguments"])
        first: JsonValue = {**call, "index": index, "function": {**call["function"], "arguments": ""}}
        yield _event(body, {"tool_calls": [first]})
        for at in range(0, len(arguments), _PIECE):
            piece: JsonValue = {"index": index, "function": {"arguments": arguments[at : at + _PIECE]}}
            yield _event(body, {"tool_calls": [piece]})
    yield _event(body, {}, reason)
    wants = body.get("stream_options")
    if usage is not None and isinstance(wants, dict) and wants.get("include_usage"):
        yield _line({**_chunk(body), "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _event(body: Body, delta: dict[str, JsonValue], reason: str | None = None) -> bytes:
    choice: JsonValue = {"index": 0, "delta": delta, "finish_reason": reason}
    return _line({**_chunk(body), "choices": [choice]})


def _chunk(body: Body) -> dict[str, JsonValue]:
    return {**envelope(body), "object": "chat.completion.chunk"}


def _line(chunk: dict[str, JsonValue]) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"
