"""Completions: what a chat completion says, read without trust in its shape."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from integrations.llm.refusal import wrapped_refusal
from swarm.answers import find_object, objects_in
from swarm.chat import Request
from swarm.errors import InvalidOutput
from swarm.llm.thoughts import split_thoughts

_CUT = {"length", "max_tokens", "max_output_tokens", "model_length", "token_limit"}
_THOUGHTS = {"thinking", "reasoning", "thought", "reasoning_text", "redacted_thinking"}
_FIELDS = ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details")
# Calls that a server has not taken out of the text: Hermes and Qwen, Mistral, Llama.
_CALLS_IN_TEXT = re.compile(
    r"<tool_call>\s*(\{.*?\})\s*(?:</tool_call>|$)|<function=([\w.-]+)>\s*(\{.*?\})\s*</function>", re.S
)
_MISTRAL_CALLS = re.compile(r"^\s*\[TOOL_CALLS\]\s*(\[.*\])\s*$", re.S)
_SHOWN = 200


@dataclass(frozen=True)
class Reading:
    """What an answer says: its text, whether `max_tokens` ended it, and whether the model thought before it."""

    text: str
    cut: bool = False
    reasons: bool = False
    from_thoughts: bool = False


@dataclass(frozen=True)
class Tokens:
    """What an answer cost: tokens read, of them from the provider's cache, and tokens written."""

    read: int
    wrote: int
    cached: int = 0


@dataclass
class _Parts:
    """The message of a choice, taken apart."""

    text: str = ""
    thoughts: str = ""
    calls: list[Mapping[str, object]] = field(default_factory=list)
    declined: str = ""
    reason: str = ""


def read_completion(body: Mapping[str, object], request: Request, place: str, trusts_thoughts: bool) -> Reading:
    """Return the answer in a completion's body.

    `trusts_thoughts` says that this model is known to put its answers where thoughts belong. Raises InvalidOutput for
    an answer without text or with broken arguments, and Refusal for an error that a gateway wrapped in a 200.
    """
    parts = _parts(body, place)
    answer, inner = split_thoughts(parts.text)
    cut, reasons = parts.reason in _CUT, bool(inner.strip() or parts.thoughts.strip())
    calls = parts.calls or _calls_in(answer, request)
    if calls:
        situation = answer if parts.calls else _before_calls(answer)
        return Reading(_actions(calls, situation.strip(), cut, place), cut, reasons)
    if answer.strip():
        return Reading(answer, cut, reasons)
    if cut:
        return Reading("", True, reasons)
    if taken := _answer_in(parts.thoughts or inner, request, trusts_thoughts):
        return Reading(taken, from_thoughts=True)
    raise InvalidOutput(f"{place} answered without text{_why(parts, reasons)}")


def read_tokens(body: Mapping[str, object], request: Request, text: str) -> Tokens:
    """Return the tokens of an answer; counted as four characters each where the endpoint does not say."""
    usage = body.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    read, wrote = _first(usage, "prompt_tokens", "input_tokens"), _first(usage, "completion_tokens", "output_tokens")
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
    if cached is None:
        cached = _first(usage, "cache_read_input_tokens", "prompt_cache_hit_tokens", "cached_tokens")
        own = _first(usage, "cache_read_input_tokens")
        # Anthropic counts what came from its cache beside the input, not within it.
        if own is not None and read is not None and "input_tokens" in usage:
            read += own + (_first(usage, "cache_creation_input_tokens") or 0)
    read = request.characters // 4 if read is None else read
    return Tokens(read, len(text) // 4 if wrote is None else wrote, min(cached or 0, read))


def _parts(body: Mapping[str, object], place: str) -> _Parts:
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None
    fault = body.get("error") or (choice.get("error") if choice else None)
    if choice is None:
        raise wrapped_refusal(fault) if fault else InvalidOutput(f"{place} answered without a choice")
    reason = str(choice.get("finish_reason") or "").lower()
    if reason == "error":
        raise wrapped_refusal(fault or {"message": "the answer broke off with an error"})
    message = choice.get("message") or choice.get("delta")
    if not isinstance(message, dict):
        message = {"content": choice.get("text")}
    text, thoughts = _texts(message.get("content"))
    said = next((_flat(message[name]) for name in _FIELDS if message.get(name)), "")
    calls = message.get("tool_calls")
    found: list[Mapping[str, object]] = []
    if isinstance(calls, list):
        found = [each for each in calls if isinstance(each, dict)]
    if isinstance(message.get("function_call"), dict):
        found.append({"function": message["function_call"]})
    if fault and not text.strip() and not found:
        raise wrapped_refusal(fault)
    return _Parts(text, "\n".join(filter(None, (thoughts, said))), found, str(message.get("refusal") or ""), reason)


def _texts(content: object) -> tuple[str, str]:
    """Return the text and the thoughts in a message's content: a text, or a list of parts of several types."""
    if isinstance(content, str):
        return content, ""
    text: list[str] = []
    thoughts: list[str] = []
    for part in content if isinstance(content, list) else [content] if isinstance(content, dict) else []:
        if isinstance(part, str):
            text.append(part)
        elif isinstance(part, dict):
            (thoughts if part.get("type") in _THOUGHTS or part.get("thought") is True else text).append(_flat(part))
    return "".join(text), "\n".join(thoughts)


def _flat(value: object, depth: int = 0) -> str:
    """Return the text in a part, wherever it stands in it."""
    if isinstance(value, str):
        return value
    if depth > 4:
        return ""
    if isinstance(value, list):
        return "".join(_flat(each, depth + 1) for each in value)
    if isinstance(value, dict):
        names = ("text", "content", "value", "thinking", "reasoning", "summary")
        return next((_flat(value[name], depth + 1) for name in names if value.get(name)), "")
    return ""


def _calls_in(text: str, request: Request) -> list[Mapping[str, object]]:
    """Return the calls of tools that stand in the text itself, as the model was trained to write them."""
    if not request.tools:
        return []
    names, found = {tool.name for tool in request.tools}, list[Mapping[str, object]]()
    if mistral := _MISTRAL_CALLS.match(text):
        listed = _parsed(mistral.group(1), [])
        texts = [json.dumps(each) for each in listed] if isinstance(listed, list) else []
    else:
        texts = [a or json.dumps({"name": name, "arguments": b}) for a, name, b in _CALLS_IN_TEXT.findall(text)]
    for each in texts or [json.dumps(whole) for whole in _named_objects(text)]:
        call = _parsed(each, {})
        if isinstance(call, dict) and call.get("name") in names:
            given = call.get("arguments", call.get("parameters"))
            found.append({"function": {"name": call["name"], "arguments": given}})
    return found


def _named_objects(text: str) -> list[dict[str, JsonValue]]:
    """Return the objects that say nothing but a name and arguments."""
    try:
        objects = objects_in(text)
    except ValueError:
        return []
    return [o for o in objects if set(o) in ({"name", "arguments"}, {"name", "parameters"})]


def _before_calls(text: str) -> str:
    found = re.search(r"<tool_call>|<function=|\[TOOL_CALLS\]|```|\{", text)
    return text[: found.start()] if found else text


def _actions(calls: list[Mapping[str, object]], situation: str, cut: bool, place: str) -> str:
    """Write calls of tools as the JSON that an endpoint without tools would have been asked for."""
    written: list[str] = []
    for number, call in enumerate(calls):
        function = call.get("function")
        function = function if isinstance(function, dict) else call
        name = str(function.get("name") or "").removeprefix("functions.").strip()
        given = function.get("arguments")
        arguments = given if isinstance(given, dict) else _parsed(str(given or "{}"), None)
        if isinstance(arguments, str):  # encoded twice
            arguments = _parsed(arguments, None)
        if isinstance(arguments, dict):
            written.append(json.dumps({"kind": name, **arguments}, ensure_ascii=False))
        elif cut and number == len(calls) - 1:
            rest = str(given or "").lstrip().removeprefix("{")
            written.append(f'{{"kind": {json.dumps(name)}{", " if rest.strip() else ""}{rest}')
            return _opening(situation) + ", ".join(written)
        else:
            raise InvalidOutput(
                f"{place} called {name or 'a tool'} with arguments that are not a JSON object: "
                f"{_fault(str(given))}; they begin: {' '.join(str(given).split())[:_SHOWN]}"
            )
    return f"{_opening(situation)}{', '.join(written)}]}}"


def _opening(situation: str) -> str:
    return f'{{"situation": {json.dumps(situation, ensure_ascii=False)}, "actions": ['


def _answer_in(thoughts: str, request: Request, trusts: bool) -> str:
    """Return the answer that stands where thoughts belong: it is JSON and JSON was asked for, or it always does."""
    if request.json_schema is None and not request.tools:
        return thoughts if trusts else ""
    try:
        find_object(thoughts)
    except ValueError:
        return ""
    return thoughts


def _why(parts: _Parts, reasons: bool) -> str:
    if parts.declined:
        return f", declining: {' '.join(parts.declined.split())[:300]}"
    if parts.reason == "content_filter":
        return ": its content filter took it"
    if reasons:
        return ": it thought and then said nothing; raise its output limit, or lower SWARM_REASONING_EFFORT"
    return f" (it ended with {parts.reason!r})" if parts.reason not in ("", "stop") else ""


def _fault(text: str) -> str:
    try:
        json.loads(text)
    except RecursionError:
        return "they nest too deep"
    except ValueError as error:
        return str(error)[:100]
    return "another type"


def _parsed(text: str, otherwise: JsonValue) -> JsonValue:
    """Return what a text is as JSON, bare line breaks in its strings allowed."""
    try:
        value: JsonValue = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return otherwise
    return value


def _first(usage: Mapping[str, object], *names: str) -> int | None:
    return next((count for name in names if (count := _count(usage.get(name))) is not None), None)


def _count(value: object) -> int | None:
    """Return a number of tokens, however it is written."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return int(value)
