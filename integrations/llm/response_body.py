"""Bodies of responses: the completion in them, sent whole or as a stream of events, asked for or not."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from integrations.llm.refusal import wrapped_refusal
from integrations.patience import Transient
from swarm.errors import ModelRefused

MOST_BYTES = 64_000_000
_FIELDS = ("reasoning_content", "reasoning", "thinking", "refusal")


def completion_in(raw: bytes, place: str) -> Mapping[str, object]:
    """Return the completion that a body holds.

    Raises Transient for one that is not whole, and for a page of HTML, which may be a gateway's or a captive portal's;
    Refusal for an error that came as an event; ModelRefused for JSON that is something else.
    """
    try:
        text = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise Transient("an answer that is not UTF-8") from None
    if text.startswith("<"):
        wrong = f"{place} sent a page instead of a chat completion; check OPENAI_BASE_URL"
        raise Transient("a page instead of an answer", final=ModelRefused(wrong))
    if text.startswith(("data:", "event:", "id:", "retry:", ":")) and (events := list(_events(text))):
        return _assembled(events)
    body_text = "\n".join(line for line in _lines(text) if not line.startswith(":")) if text[:1] == ":" else text
    try:
        body = json.loads(body_text)
    except (ValueError, RecursionError):
        raise Transient("an answer that is not whole JSON") from None
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, dict) or not {"choices", "error"} & body.keys():
        if isinstance(body, dict) and (said := body.get("detail") or body.get("message")):
            raise wrapped_refusal({"message": said, **body})
        raise ModelRefused(f"{place} sent something that is not a chat completion; check OPENAI_BASE_URL")
    return body


def is_over(tail: bytes) -> bool:
    """Say whether a stream has said that it is over, though its connection may stay open."""
    return tail.rstrip().endswith(b"[DONE]")


def _events(text: str) -> Iterator[object]:
    """Yield what the events of a stream hold as JSON (HTML standard, server-sent events)."""
    lines: list[str] = []
    for line in [*_lines(text), ""]:
        if line.startswith("data:"):
            lines.append(line.removeprefix("data:").removeprefix(" "))
        elif not line.strip() and lines:
            yield from _parsed(lines)
            lines = []


def _lines(text: str) -> list[str]:
    """Split at line ends only; `splitlines` would also split inside JSON's strings."""
    return re.split(r"\r\n|\r|\n", text)


def _parsed(lines: list[str]) -> Iterator[object]:
    """Yield the event that these lines are, or, where a server leaves out the empty lines, one for each line."""
    try:
        yield json.loads("\n".join(lines))
        return
    except (ValueError, RecursionError):
        pass
    for line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            yield {"done": True} if line.strip() == "[DONE]" else None


@dataclass
class _Stream:
    """A completion as far as its stream has come."""

    text: list[str] = field(default_factory=list)
    parts: list[object] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)
    calls: dict[object, dict[str, object]] = field(default_factory=dict)
    message: dict[str, object] | None = None
    reason: object = None
    usage: object = None
    model: object = None
    done: bool = False


def _assembled(events: list[object]) -> Mapping[str, object]:
    stream = _Stream()
    for event in events:
        if not isinstance(event, dict):
            continue
        if event.get("error"):
            raise wrapped_refusal(event["error"])
        stream.done = stream.done or event.get("done") is True
        stream.usage = event.get("usage") or stream.usage
        stream.model = event.get("model") or stream.model
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if isinstance(choice, dict) and choice.get("index") in (0, None):
                _take(stream, choice)
    if not stream.done and stream.reason is None:
        raise Transient("a stream that broke off")
    return _whole(stream)


def _take(stream: _Stream, choice: Mapping[str, object]) -> None:
    if choice.get("error"):
        raise wrapped_refusal(choice["error"])
    stream.reason = choice.get("finish_reason") or stream.reason
    if isinstance(choice.get("message"), dict):
        stream.message = dict(choice["message"])  # type: ignore[call-overload]  # checked in the line above
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        if isinstance(choice.get("text"), str):
            stream.text.append(str(choice["text"]))
        return
    content = delta.get("content")
    if isinstance(content, str):
        stream.text.append(content)
    elif isinstance(content, list):
        stream.parts += content
    for name in _FIELDS:
        if isinstance(delta.get(name), str):
            stream.fields.setdefault(name, []).append(delta[name])
    calls = delta.get("tool_calls")
    for call in calls if isinstance(calls, list) else []:
        if isinstance(call, dict):
            _take_call(stream, call)
    if isinstance(delta.get("function_call"), dict):
        _take_call(stream, {"index": 0, "function": delta["function_call"]})


def _take_call(stream: _Stream, delta: Mapping[str, object]) -> None:
    """Add to the call with this index, or this id; what names neither belongs to the last one."""
    key = delta.get("index")
    if key is None:
        key = delta.get("id") or next(reversed(stream.calls), 0)
    function = delta.get("function")
    function = function if isinstance(function, dict) else {}
    call = stream.calls.setdefault(key, {"id": delta.get("id"), "name": "", "arguments": ""})
    name, arguments = str(function.get("name") or ""), function.get("arguments")
    if name != call["name"]:  # some repeat it with each piece
        call["name"] = f"{call['name']}{name}"
    if isinstance(arguments, str):
        call["arguments"] = f"{call['arguments']}{arguments}"
    elif arguments is not None:
        call["arguments"] = json.dumps(arguments)


def _whole(stream: _Stream) -> Mapping[str, object]:
    content: object = "".join(stream.text) or None
    if stream.parts:
        content = [*stream.parts, *([{"type": "text", "text": content}] if content else [])]
    message: dict[str, object] = {"role": "assistant", "content": content}
    message |= {name: "".join(pieces) for name, pieces in stream.fields.items()}
    if stream.calls:
        message["tool_calls"] = [
            {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
            for call in stream.calls.values()
        ]
    if stream.message is not None and not content and not stream.calls:
        message = stream.message
    choice = {"index": 0, "finish_reason": stream.reason or "stop", "message": message}
    return {"model": stream.model, "usage": stream.usage, "choices": [choice]}
