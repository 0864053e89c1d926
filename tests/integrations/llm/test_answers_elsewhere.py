"""An answer is found wherever an endpoint puts it, and thoughts are never taken for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from swarm.errors import InvalidOutput, ModelRefused, ModelUnavailable
from tests.integrations.llm.conftest import PROFILES, Answer, completion, no, odd, request

DRAFT = '{"x": "a draft that is much longer than the answer"}'


def call(name: str, arguments: Any, number: int = 0) -> dict[str, Any]:
    return {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


async def said(answer: Answer, **more: Any) -> str:
    with odd(lambda body, n: answer) as there:
        return (await there.ask(**more.pop("settings", {}))(request(**more))).text


@pytest.mark.parametrize(
    "message",
    [
        {"content": f'<think>{DRAFT}</think>\n{{"x": "hi"}}'},
        {"content": f'Okay, {DRAFT}\n</think>\n\n{{"x": "hi"}}'},
        {"content": f'<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>{{"x": "hi"}}'},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]}, {"type": "text", "text": '{"x": "hi"}'}]},
        {"content": [{"type": "reasoning", "text": DRAFT}, '{"x": "hi"}']},
        {"content": '{"x": "hi"}', "reasoning_content": DRAFT},
        {"content": '{"x": "hi"}', "reasoning": {"text": DRAFT}},
        {"content": {"type": "text", "text": '{"x": "hi"}'}},
        {"content": None, "reasoning_content": '{"x": "hi"}'},
        {"content": "", "reasoning": '{"x": "hi"}'},
    ],
    ids=lambda message: str(list(message))[:20] + str(message["content"])[:12],
)  # fmt: skip
async def test_the_answer_is_what_is_not_thought(message: dict[str, Any]) -> None:
    """In the content, in one of its parts, in a field beside it; where nothing else is, in the thoughts' own field."""
    assert (await said((200, completion(**{"text": message.pop("content"), **message})), schema=True)).strip() == (
        '{"x": "hi"}'
    )


async def test_thoughts_alone_are_no_text() -> None:
    """They are not written anywhere; the error says that the model thought and said nothing."""
    with pytest.raises(InvalidOutput, match="thought and then said nothing") as caught:
        await said((200, completion(None, reasoning_content="I wonder what to write.")))
    assert caught.value.usage is not None and caught.value.usage.tokens_in == 100
    with pytest.raises(InvalidOutput, match="thought and then said nothing"):
        await said((200, completion("<think>I wonder, and wonder.")))


async def test_a_model_that_always_answers_in_the_thoughts_field_is_known_to() -> None:
    """After a whole JSON object stood there alone, a text there is an answer too, until one comes in the content."""

    def answer(body: dict[str, Any], n: int) -> Answer:
        text = {1: '{"x": "hi"}', 2: "A text.", 3: "", 4: "Thoughts."}[n]
        return 200, completion("In the content." if n == 3 else None, reasoning_content=text)

    with odd(answer) as there:
        ask = there.ask()
        assert (await ask(request(schema=True))).text == '{"x": "hi"}'
        assert (await ask(request())).text == "A text."
        assert (await ask(request())).text == "In the content."
        with pytest.raises(InvalidOutput):
            await ask(request())


async def test_a_model_that_is_seen_to_think_gets_room_for_it() -> None:
    """Not in any table: from its first thoughts on, answers have 8,000 tokens more, and no temperature."""
    with odd(lambda body, n: (200, completion("<think>hm</think>yes"))) as there:
        ask = there.ask()
        before = await ask.estimate(request(max_tokens=500))
        await ask(request(max_tokens=500))
        await ask(request(max_tokens=500))
        first, second = there.asked
        after, profile = await ask.estimate(request(max_tokens=500)), await ask.profile("decide")
    assert first["max_tokens"] == before.tokens_out == 500 and "temperature" in first
    assert second["max_tokens"] == after.tokens_out >= 8500 and "temperature" not in second
    assert profile.reasons and profile.origin["reasons"] == "answers"


@pytest.mark.parametrize(
    "message",
    [
        {"content": "I look.", "tool_calls": [call("read", '{"x": "a"}'), call("read", {"x": "b"}, 1)]},
        {"content": "<think>hm</think>I look.", "tool_calls": [call("functions.read", '{"x": "a"}'), call("read", '"{\\"x\\": \\"b\\"}"')]},
        {"content": [{"type": "text", "text": "I look."}], "tool_calls": [call("read", '{"x": "a"}'), {"name": "read", "arguments": '{"x": "b"}'}]},
        {"content": 'I look.\n<tool_call>\n{"name": "read", "arguments": {"x": "a"}}\n</tool_call>\n<tool_call>{"name": "read", "arguments": {"x": "b"}}</tool_call>'},
        {"content": 'I look.\n<function=read>{"x": "a"}</function><function=read>{"x": "b"}</function>'},
        {"content": 'I look.\n{"name": "read", "parameters": {"x": "a"}}\n{"name": "read", "parameters": {"x": "b"}}'},
    ],
    ids=range(6),
)  # fmt: skip
async def test_calls_of_tools_become_one_object(message: dict[str, Any], tmp_path: Path) -> None:
    """Arguments as text, as an object or encoded twice; calls that a server left in the text."""
    profiles = tmp_path / "p.yaml"
    profiles.write_text(PROFILES)
    answer = completion(message.pop("content"), "tool_calls", **message)
    text = await said((200, answer), tools=True, settings={"swarm_profiles": profiles})
    actions = [{"kind": "read", "x": "a"}, {"kind": "read", "x": "b"}]
    assert json.loads(text) == {"situation": "I look.", "actions": actions}


async def test_arguments_that_are_no_object_are_said(tmp_path: Path) -> None:
    """Which tool, what is wrong with them, and how they begin."""
    profiles = tmp_path / "p.yaml"
    profiles.write_text(PROFILES)
    answer = completion(None, tool_calls=[call("write_file", '{"path": "a.py", "content": "x = "1""}')])
    with pytest.raises(InvalidOutput, match=r'called write_file with arguments .*delimiter.*"path": "a\.py"'):
        await said((200, answer), tools=True, settings={"swarm_profiles": profiles})


async def test_calls_that_were_cut_are_handed_on_as_far_as_they_go(tmp_path: Path) -> None:
    """`cut`, and the beginning of the object that the whole would have been."""
    profiles = tmp_path / "p.yaml"
    profiles.write_text(PROFILES)
    calls = [call("read", '{"x": "a"}'), call("write_file", '{"path": "a.py", "content": "one\\ntw')]
    with odd(lambda body, n: (200, completion("I write.", "length", tool_calls=calls))) as there:
        answer = await there.ask(swarm_profiles=profiles)(request(tools=True))
    assert answer.cut
    assert answer.text == (
        '{"situation": "I write.", "actions": [{"kind": "read", "x": "a"}, '
        '{"kind": "write_file", "path": "a.py", "content": "one\\ntw'
    )


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + json.dumps(completion()).encode(),
        b"\n\n   \n" * 50 + json.dumps(completion()).encode(),
        b": PROCESSING\n\n: PROCESSING\n\n" + json.dumps(completion()).encode(),
        json.dumps([completion()]).encode(),
        json.dumps({"choices": [{"message": {"content": '{"x": "hi"}'}}]}).encode(),
        json.dumps({"choices": [{"text": '{"x": "hi"}'}]}).encode(),
        b'data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\ndata:{"choices":[{"delta":{"content":"{\\"x\\": \\"hi\\"}"}}]}\n\ndata: [DONE]',
        b'event: message\r\ndata: {"choices":[{"index":0,"delta":{"content":"{\\"x\\": \\"hi\\"}"},"finish_reason":"stop"}]}\r\n\r\n',
        b'data: {"choices":[{"delta":{"content":"{\\"x\\": "}}]}\ndata: {"choices":[{"delta":{"content":"\\"hi\\"}"}}]}\ndata: [DONE]\n',
        b'data: {"choices":[{"finish_reason":"stop","message":{"content":"{\\"x\\": \\"hi\\"}"}}]}\n\ndata: [DONE]\n\n',
    ],
    ids=range(10),
)  # fmt: skip
async def test_bodies_of_every_form_are_read(body: bytes) -> None:
    """With a byte order mark, spaces or comments before it, in a list, without most fields, as events nobody asked for."""
    assert await said((200, body, "application/octet-stream"), schema=True) == '{"x": "hi"}'


async def test_calls_in_a_stream_are_put_together(tmp_path: Path) -> None:
    """By index, or, where that is missing, by the call before; a name that is repeated counts once."""
    profiles = tmp_path / "p.yaml"
    profiles.write_text(PROFILES)
    deltas: list[dict[str, Any]] = [
        {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "read", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"x": '}}]},
        {"tool_calls": [{"function": {"name": "read", "arguments": '"a"}'}}]},
        {"tool_calls": [{"index": 1, "id": "b", "function": {"name": "read", "arguments": '{"x": "b"}'}}]},
    ]
    events = [f"data: {json.dumps({'choices': [{'index': 0, 'delta': each}]})}\n\n" for each in deltas]
    body = "".join([*events, "data: [DONE]\n\n"]).encode()
    text = await said((200, body, "text/event-stream"), tools=True, settings={"swarm_profiles": profiles})
    assert json.loads(text)["actions"] == [{"kind": "read", "x": "a"}, {"kind": "read", "x": "b"}]


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html><body>captive portal login</body></html>", "text/html"),
        (200, {"error": {"message": "Rate limit exceeded upstream", "code": "rate_limit_exceeded"}}),
        (200, {"error": {"message": "Provider returned error", "code": "429"}}),
        (200, {"choices": [{"finish_reason": "error", "message": {"content": ""}, "error": {"code": 502, "message": "x"}}]}),
        (200, {"choices": [{"finish_reason": "error", "message": {"role": "assistant", "content": ""}}]}),
        (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        (200, b'data: {"error": {"message": "upstream broke", "code": 503}}\n\n', "text/event-stream"),
        (200, b'data: {"choices":[{"delta":{"content":"half"}}]}\n\n', "text/event-stream"),
        (200, b"\xff\xfe{}"),
    ],
    ids=range(9),
)  # fmt: skip
async def test_what_may_pass_is_tried_again_and_then_typed(answer: Answer) -> None:
    """Once is waited for; always, it is one line."""
    with odd(lambda body, n: answer if n == 1 else (200, completion())) as there:
        assert (await there.ask()(request())).text
        assert len(there.asked) == 2
    with odd(lambda body, n: answer) as there:
        with pytest.raises((ModelUnavailable, ModelRefused)) as caught:
            await there.ask()(request())
        assert len(there.asked) == 2 and "\n" not in str(caught.value)


async def test_a_refusal_inside_a_200_is_final() -> None:
    """As one by status is: no credit, no such model."""
    with odd(lambda body, n: (200, {"error": {"message": "no credit left", "code": 402}})) as there:
        with pytest.raises(ModelRefused, match="out of credit"):
            await there.ask()(request())
        assert len(there.asked) == 1


@pytest.mark.parametrize(
    ("usage", "read", "wrote", "cached"),
    [
        (None, 3, 2, 0),
        ({"prompt_tokens": "100", "completion_tokens": 20.0, "total_tokens": None}, 100, 20, 0),
        ({"prompt_tokens": 100, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 64}}, 100, 20, 64),
        ({"prompt_tokens": 100, "completion_tokens": 20, "prompt_tokens_details": None}, 100, 20, 0),
        ({"prompt_tokens": 100, "completion_tokens": 20, "prompt_cache_hit_tokens": 90}, 100, 20, 90),
        ({"input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 90}, 100, 20, 90),
        ({"prompt_tokens": 100, "completion_tokens": 20, "cache_read_input_tokens": 400}, 100, 20, 100),
        ({"prompt_tokens": -1, "completion_tokens": float("inf")}, 3, 2, 0),
    ],
)
async def test_usage_is_read_however_it_is_written(usage: Any, read: int, wrote: int, cached: int) -> None:
    """As numbers, texts or nothing, and with what came from the provider's cache."""
    body = {**completion("12345678"), "usage": usage}
    with odd(lambda asked, n: (200, body)) as there:
        found = (await there.ask()(request())).usage
    assert (found.tokens_in, found.tokens_out, found.cached) == (read, wrote, cached)


async def test_the_key_stands_in_no_error() -> None:
    """Not in a refusal that echoes it, nor in what a model says."""
    answers: list[Answer] = [no("bad key sk-odd-123456"), (200, completion(None, refusal="I saw sk-odd-123456"))]
    for answer in answers:
        with pytest.raises((ModelRefused, InvalidOutput)) as caught:
            await said(answer)
        assert "sk-odd-123456" not in str(caught.value) and "***" in str(caught.value)
