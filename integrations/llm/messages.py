"""Messages: a conversation written as one endpoint wants it: its roles, their order, and calls of tools."""

import hashlib
import json
import re
from collections.abc import Sequence

from pydantic import JsonValue

from integrations.llm.dialect import Dialect
from integrations.llm.response_format import BARE_TOOLS, hint
from swarm.chat import Message, Request

_OPENING = "(The conversation so far.)"
_ID = re.compile(r"^[A-Za-z0-9_-]{1,40}$")
Written = dict[str, JsonValue]


def messages_for(request: Request, level: int, dialect: Dialect) -> list[JsonValue]:
    """Return the messages of a request's body; where the endpoint takes no schema, the last one ends with it."""
    is_native = bool(request.tools) and level <= BARE_TOOLS
    written = _written(request.messages, dialect) if is_native else [_as_json(each) for each in request.messages]
    written = [each for each in written if each.get("content") or each.get("tool_calls")]
    if said := hint(request, level):
        written = _with_hint(written, said)
    written = _with_system(written, dialect.system)
    if dialect.alternate:
        written = _alternating(written)
    return list(written)


def _written(messages: Sequence[Message], dialect: Dialect) -> list[Written]:
    """Write calls as calls and their answers as such; calls that are not all answered at once are written as JSON."""
    written: list[Written] = []
    for number, message in enumerate(messages):
        if message.calls and _is_answered(messages, number):
            calls: list[JsonValue] = [_call(call.id, call.name, call.arguments, dialect) for call in message.calls]
            content: JsonValue = message.content or ("Calling tools." if dialect.speaks_blank else None)
            written.append({"role": "assistant", "content": content, "tool_calls": calls})
        elif message.answers and message.answers in _open_calls(messages, number):
            name = _id(message.answers, dialect)
            written.append({"role": "tool", "tool_call_id": name, "content": message.content or "(nothing)"})
        else:
            written.append(_as_json(message))
    return written


def _as_json(message: Message) -> Written:
    if not message.calls:
        return {"role": message.role, "content": message.content}
    actions = [{"kind": call.name, **call.arguments} for call in message.calls]
    return {"role": message.role, "content": _json({"situation": message.content, "actions": actions})}


def _call(name: str, tool: str, arguments: dict[str, JsonValue], dialect: Dialect) -> JsonValue:
    function: JsonValue = {"name": tool, "arguments": _json(arguments)}
    return {"id": _id(name, dialect), "type": "function", "function": function}


def _id(name: str, dialect: Dialect) -> str:
    """Return a call's id as the endpoint takes it: Mistral wants nine letters and digits."""
    if _ID.match(name) and not dialect.short_ids:
        return name
    return hashlib.sha256(name.encode()).hexdigest()[:9]


def _is_answered(messages: Sequence[Message], number: int) -> bool:
    calls = messages[number].calls
    following = messages[number + 1 : number + 1 + len(calls)]
    return len({call.id for call in calls}) == len(calls) and {m.answers for m in following} == {c.id for c in calls}


def _open_calls(messages: Sequence[Message], number: int) -> set[str]:
    """Return the ids that a message at this place may answer: those of the calls before it, if they are written so."""
    at = number
    while at > 0 and messages[at].answers:
        at -= 1
    return {call.id for call in messages[at].calls} if messages[at].calls and _is_answered(messages, at) else set()


def _with_hint(written: list[Written], said: str) -> list[Written]:
    if not written:
        return [{"role": "user", "content": said}]
    last = written[-1]
    if last["role"] == "assistant":
        return [*written, {"role": "user", "content": said}]
    return [*written[:-1], {**last, "content": f"{last['content']}\n\n{said}"}]


def _with_system(written: list[Written], role: str) -> list[Written]:
    """Give the system's message the role the endpoint knows; without one, the first user message begins with it."""
    if role != "user":
        return [{**each, "role": role} if each["role"] == "system" else each for each in written]
    orders = [str(each["content"]) for each in written if each["role"] == "system"]
    rest = [each for each in written if each["role"] != "system"]
    if not orders:
        return rest
    text = "\n\n".join(orders)
    if rest and rest[0]["role"] == "user":
        return [{**rest[0], "content": f"{text}\n\n{rest[0]['content']}"}, *rest[1:]]
    return [{"role": "user", "content": text}, *rest]


def _alternating(written: list[Written]) -> list[Written]:
    """Merge neighbours of one role, let the user begin, and put what a user says after a tool into its answer."""
    merged: list[Written] = []
    for each in written:
        before = merged[-1] if merged else None
        if before is not None and _may_merge(before, each):
            merged[-1] = {**before, "content": f"{before['content']}\n\n{each['content']}"}
        else:
            merged.append(each)
    first = next((number for number, each in enumerate(merged) if each["role"] not in ("system", "developer")), None)
    if first is not None and merged[first]["role"] == "assistant":
        merged.insert(first, {"role": "user", "content": _OPENING})
    return merged


def _may_merge(before: Written, each: Written) -> bool:
    if "tool_calls" in before or "tool_calls" in each or each["role"] == "tool":
        return False
    return before["role"] == each["role"] or (before["role"], each["role"]) == ("tool", "user")


def _json(value: JsonValue | dict[str, JsonValue]) -> str:
    return json.dumps(value, ensure_ascii=False)
