"""What endpoints refuse is learnt from, whatever the status and the words, and the call succeeds all the same."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from swarm.chat import Message, ToolCall
from swarm.errors import ContextExceeded, ModelRefused
from tests.integrations.llm.conftest import PROFILES, Answer, completion, no, odd, request

FASTAPI = {
    "detail": [
        {
            "type": "extra_forbidden",
            "loc": ["body", "response_format"],
            "msg": "Extra inputs are not permitted",
            "input": {},
        }
    ]
}


@pytest.mark.parametrize(
    "refusal",
    [
        (422, FASTAPI),
        no("No endpoints found that can handle the requested parameters: response_format (json_schema).", 404),
        no("response_format is not supported", 405),
        no("Unsupported response_format", 415),
        no("structured output is not implemented", 501),
        no("this server does not support response_format", 500),
        (400, {"detail": "response_format json_schema unsupported"}),
        (400, b"json_schema is not a valid response_format", "text/plain"),
        (400, {"object": "error", "message": "guided decoding is not supported", "code": 400}),
        (400, [{"error": {"code": 400, "message": "response_format of this type is unavailable"}}]),
        (
            400,
            {
                "error": {
                    "message": "Provider returned error",
                    "metadata": {"raw": '{"message": "json_schema unknown"}'},
                }
            },
        ),
        (200, {"error": {"message": "response_format is not supported", "code": 400}}),
    ],
    ids=lambda refusal: str(refusal[0]),
)
async def test_a_format_that_is_refused_by_any_status_is_left_out(refusal: Answer) -> None:
    """The schema then stands in the prompt, and the second call knows at once."""
    with odd(lambda body, n: refusal if "response_format" in body else (200, completion())) as there:
        ask = there.ask()
        assert (await ask(request(schema=True))).text == '{"x": "hi"}'
        first = len(there.asked)
        assert first <= 4
        await ask(request(schema=True, schema_name="another"))
        assert len(there.asked) == first + 1
        assert '"maxLength":9' in there.asked[-1]["messages"][-1]["content"]


@pytest.mark.parametrize("status", [401, 402, 403, 404])
async def test_a_refusal_that_teaches_nothing_is_final(status: int) -> None:
    """A wrong key or model is not asked again with less."""
    with odd(lambda body, n: no("The model `m` does not exist or you have no access to it.", status)) as there:
        with pytest.raises(ModelRefused, match=str(status)):
            await there.ask()(request(schema=True))
        assert len(there.asked) == 1


@pytest.mark.parametrize(
    ("refused", "other", "words"),
    [
        (
            "max_tokens",
            "max_completion_tokens",
            "Unsupported: 'max_tokens'. Use 'max_completion_tokens' instead.",
        ),
        ("max_completion_tokens", "max_tokens", "Unrecognized request argument supplied: max_completion_tokens"),
        ("max_completion_tokens", "max_tokens", "max_completion_tokens is deprecated; use max_tokens instead"),
    ],
)
async def test_the_limits_name_is_learnt_in_both_directions(
    refused: str, other: str, words: str, tmp_path: Path
) -> None:
    """A model that reasons begins with the newer name, any other with the older one."""
    profiles = tmp_path / "p.yaml"
    profiles.write_text(f"m: {{reasons: {'true' if refused == 'max_completion_tokens' else 'false'}}}\n")
    with odd(lambda body, n: no(words) if refused in body else (200, completion())) as there:
        await there.ask(swarm_profiles=profiles)(request(max_tokens=50))
        first, second = there.asked
    assert refused in first and refused not in second and second[other] >= 50


async def test_an_endpoint_that_knows_neither_name_gets_none() -> None:
    """Both are refused; the third request has no limit."""

    def answer(body: dict[str, Any], n: int) -> Answer:
        for name in ("max_tokens", "max_completion_tokens"):
            if name in body:
                return 422, {"detail": [{"loc": ["body", name], "msg": "Extra inputs are not permitted"}]}
        return 200, completion()

    with odd(answer) as there:
        await there.ask()(request())
        assert len(there.asked) == 3


async def test_a_limits_name_that_was_taken_before_is_gone_back_to() -> None:
    """One odd refusal does not cost the limit: of two names that were refused, the one that worked is sent again."""

    def answer(body: dict[str, Any], n: int) -> Answer:
        if "max_completion_tokens" in body:
            return no("Unrecognized request argument supplied: max_completion_tokens")
        return no("Unsupported parameter: 'max_tokens'") if n == 2 else (200, completion())

    with odd(answer) as there:
        ask = there.ask()
        await ask(request())
        await ask(request())
        assert "max_tokens" in there.asked[-1] and len(there.asked) == 4


@pytest.mark.parametrize("code", [400, "1210"])
async def test_an_errors_code_is_not_read_as_a_limit(code: int | str) -> None:
    """Without a number in the words, the refusal is final."""
    with odd(lambda body, n: no("max_tokens is too large", code=code)) as there:
        with pytest.raises(ModelRefused):
            await there.ask()(request(max_tokens=3000))
        assert {body["max_tokens"] for body in there.asked} == {3000}


async def test_a_refusal_about_the_context_says_nothing_about_the_limits_name() -> None:
    """It mentions max_tokens; the number in it is heeded for this call, and the next one asks as before."""
    words = (
        "This model's maximum context length is 4096 tokens. However, you requested 4300 tokens (2700 in the messages, "
        "1600 in the completion). Please reduce the length of the messages or max_tokens."
    )

    def answer(body: dict[str, Any], n: int) -> Answer:
        return no(words) if body["max_tokens"] > 1396 else (200, completion())

    with odd(answer) as there:
        ask = there.ask()
        await ask(request(max_tokens=1600))
        first, second = there.asked
        assert first["max_tokens"] == 1600 and 1300 < second["max_tokens"] <= 1396
        profile = await ask.profile("decide")
        assert (profile.window, profile.origin["window"]) == (4096, "refusal")


@pytest.mark.parametrize(
    ("words", "window", "most"),
    [
        ("'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context length is 8192 tokens and your request has 500 input tokens (9000 > 8192 - 500).", 8192, 7692),
        ("This model's maximum context length is 8192 tokens. However, you requested about 9500 tokens (500 of text input, 9000 in the output).", 8192, 7692),
        ("input length and `max_tokens` exceed context limit: 500 + 9000 > 8192, decrease input length or `max_tokens` and try again", 8192, 7692),
        ("`inputs` tokens + `max_new_tokens` must be <= 8192. Given: 500 `inputs` tokens and 9000 `max_new_tokens`", 8192, 7692),
        ("Requested token count exceeds the model's maximum context length of 8192 tokens. You requested a total of 9500 tokens: 500 tokens from the input messages and 9000 tokens for the completion.", 8192, 7692),
        ("the request exceeds the available context size (8,192 tokens), try increasing it", 8192, 8192),
        ("max_tokens is too large: 9000. This model supports at most 4096 completion tokens, whereas you provided 9000.", None, 4096),
        ("`max_tokens` must be less than or equal to `4096`, the maximum value for `max_tokens` is less than the `context_window` for this model", None, 4096),
        ("max_tokens: 9000 > 4096, which is the maximum allowed number of output tokens for m-2024-08-06", None, 4096),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 4096]", None, 4096),
        ("Invalid 'max_tokens': integer above maximum value. Expected a value <= 4096, but got 9000 instead.", None, 4096),
        ("Range of max_tokens should be [1, 4096]", None, 4096),
        ("The maximum value is 4096 for max_tokens", None, 4096),
        ("max_tokens must be <= 4096", None, 4096),
    ],
)  # fmt: skip
async def test_a_number_in_a_refusal_is_read_and_heeded(
    words: str, window: int | None, most: int, tmp_path: Path
) -> None:
    """The answer gets as much room as the endpoint says there is, and no second refusal comes."""
    path = tmp_path / "table.yaml"
    path.write_text("m: {output: 20000}\n")
    with odd(lambda body, n: no(words) if body["max_tokens"] > most else (200, completion())) as there:
        ask = there.ask(swarm_profiles=path)
        await ask(request(max_tokens=9000))
        assert there.asked[0]["max_tokens"] == 9000
        assert len(there.asked) == 2 and most * 0.9 < there.asked[1]["max_tokens"] <= most
        assert (await ask.profile("decide")).window == (window or 32_768)


@pytest.mark.parametrize(
    ("words", "window"),
    [
        ("This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens.", 4096),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200_000),
        ("The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).", 1_048_576),
        ("Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length", 32_768),
        ("The decoder prompt (length 9000) is longer than the maximum model length of 8192.", 8192),
        ("The prompt is too long: 50000, model maximum context length: 32768", 32_768),
        ("too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.", 4081),
        ("Input is too long for requested model.", None),
        ("Please reduce the length of the messages or completion.", None),
    ],
)  # fmt: skip
async def test_a_prompt_that_does_not_fit_is_a_typed_error_with_the_window(words: str, window: int | None) -> None:
    """ContextExceeded at once: fewer tokens for the answer would not help."""
    with odd(lambda body, n: no(words)) as there:
        with pytest.raises(ContextExceeded) as caught:
            await there.ask()(request(max_tokens=500))
        assert len(there.asked) == 1
    assert caught.value.window == window and "\n" not in str(caught.value)


async def test_llama_cpp_names_the_numbers_in_fields_of_their_own() -> None:
    """`n_ctx` and `n_prompt_tokens` stand beside the message."""
    error = {"code": 400, "message": "the request exceeds the available context size, try increasing it"}
    error |= {"type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 4096}
    with odd(lambda body, n: (400, {"error": error})) as there, pytest.raises(ContextExceeded) as caught:
        await there.ask()(request())
    assert caught.value.window == 4096


@pytest.mark.parametrize(
    "words",
    [
        "System role not supported",
        "Developer instruction is not enabled for models/gemma-3-27b-it",
        "Only user, assistant and tool roles are supported, got system.",
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "'system' is not one of ['user', 'assistant'] - 'messages.0.role'",
        "system messages are not supported by this model",
    ],
)
async def test_without_a_system_role_the_first_user_message_begins_with_it(words: str) -> None:
    """Nothing of it is lost, and the next call knows."""

    def answer(body: dict[str, Any], n: int) -> Answer:
        return no(words) if any(m["role"] == "system" for m in body["messages"]) else (200, completion())

    with odd(answer) as there:
        ask = there.ask()
        await ask(request())
        await ask(request())
        assert len(there.asked) == 3
        assert there.asked[-1]["messages"] == [{"role": "user", "content": "Be brief.\n\nHello?"}]


@pytest.mark.parametrize(
    "words",
    [
        "Conversation roles must alternate user/assistant/user/assistant/...",
        'messages: roles must alternate between "user" and "assistant", but found multiple "user" roles in a row',
        "After the optional system message, conversation roles must alternate",
        "consecutive messages of the same role are not allowed",
    ],
)
async def test_where_roles_must_alternate_neighbours_are_merged(words: str) -> None:
    """An assistant never begins, an empty message is never sent."""

    def answer(body: dict[str, Any], n: int) -> Answer:
        roles = [m["role"] for m in body["messages"] if m["role"] != "system"]
        bad = roles[0] == "assistant" or any(a == b for a, b in pairwise(roles))
        return no(words) if bad else (200, completion())

    said = [("system", "S"), ("assistant", "a"), ("user", "b"), ("assistant", ""), ("user", "c")]
    messages = tuple(Message.model_validate({"role": role, "content": text}) for role, text in said)
    with odd(answer) as there:
        await there.ask()(request(messages=messages))
        sent = there.asked[-1]["messages"]
    assert [m["role"] for m in sent] == ["system", "user", "assistant", "user"] and sent[-1]["content"] == "b\n\nc"


async def test_a_template_that_fails_without_a_reason_gets_neither() -> None:
    """No system role, then one role after the other; by a 500, as template engines answer."""

    def answer(body: dict[str, Any], n: int) -> Answer:
        roles = [m["role"] for m in body["messages"]]
        bad = "system" in roles or any(a == b for a, b in pairwise(roles))
        return no("Error rendering prompt with jinja template: raise_exception", 500) if bad else (200, completion())

    messages = (*request().messages, Message(role="user", content="And?"))
    with odd(answer) as there:
        await there.ask()(request(messages=messages))
        assert there.asked[-1]["messages"] == [{"role": "user", "content": "Be brief.\n\nHello?\n\nAnd?"}]


@pytest.mark.parametrize(
    "words",
    [
        "This model only supports stream mode, please enable the stream parameter",
        "parameter.enable_thinking must be set to false for non-streaming calls",
        "Streaming is required for this model",
        "stream must be true",
    ],
)
async def test_a_model_that_wants_streaming_is_streamed(words: str) -> None:
    """The pieces are put together, with their usage."""
    pieces = [{"role": "assistant"}, {"content": '{"x": '}, {"content": '"hi"}'}]
    chunks: list[dict[str, Any]] = [
        {"model": "m", "choices": [{"index": 0, "delta": each, "finish_reason": None}]} for each in pieces
    ]
    chunks.append({"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
    with odd(lambda body, n: (200, events(chunks), "text/event-stream") if body.get("stream") else no(words)) as there:
        answer = await there.ask()(request(schema=True))
        assert there.asked[-1]["stream_options"] == {"include_usage": True}
    assert answer.text == '{"x": "hi"}' and (answer.usage.tokens_in, answer.usage.tokens_out) == (7, 3)


def events(chunks: list[dict[str, Any]]) -> bytes:
    import json

    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in chunks) + b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("words", "status", "left"),
    [
        ("tool_choice 'required' is not supported; use 'auto'", 400, "auto"),
        ("No endpoints found that support tool use.", 404, None),
        ("m does not support tools", 400, None),
        ("`tools` is not a recognized parameter: Extra inputs are not permitted", 422, None),
        ('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', 400, None),
        ("function calling is not enabled for this model", 400, None),
    ],
)
async def test_tools_that_are_refused_become_a_schema(
    words: str, status: int, left: str | None, tmp_path: Path
) -> None:
    """First another choice, then no tools: the answer's shape is the same."""
    profiles = tmp_path / "p.yaml"
    profiles.write_text(PROFILES)
    call = {"id": "1", "type": "function", "function": {"name": "read", "arguments": '{"x": "a"}'}}

    def answer(body: dict[str, Any], n: int) -> Answer:
        if body.get("tools") and (left is None or body.get("tool_choice") == "required"):
            return no(words, status)
        if body.get("tools"):
            return 200, completion(None, tool_calls=[call])
        return 200, completion('{"situation": "", "actions": [{"kind": "read", "x": "a"}]}')

    with odd(answer) as there:
        ask = there.ask(swarm_profiles=profiles)
        text = (await ask(request(tools=True))).text
        count = len(there.asked)
        assert text == '{"situation": "", "actions": [{"kind": "read", "x": "a"}]}'
        await ask(request(tools=True))
        assert len(there.asked) == count + 1
        assert there.asked[-1].get("tool_choice") == left
        if left is None:
            names = there.asked[-1]["response_format"]["json_schema"]["schema"]["properties"]["actions"]["items"]
            assert [each["properties"]["kind"]["const"] for each in names["anyOf"]] == ["read", "write_file"]


async def test_calls_and_their_answers_travel_as_such(tmp_path: Path) -> None:
    """An assistant's calls, a tool's answers; where the form is JSON, the object and plain messages."""
    profiles = tmp_path / "p.yaml"
    profiles.write_text(PROFILES + "n: {form: json_object}\n")
    calls = (ToolCall(id="a", name="read", arguments={"x": "1"}), ToolCall(id="b", name="read", arguments={"x": "2"}))
    messages = (
        Message(role="system", content="S"),
        Message(role="user", content="Go."),
        Message(role="assistant", content="I read.", calls=calls),
        Message(role="user", content="one", answers="a"),
        Message(role="user", content="", answers="b"),
        Message(role="user", content="And now?"),
    )
    with odd(lambda body, n: (200, completion())) as there:
        await there.ask(swarm_profiles=profiles)(request(tools=True, messages=messages))
        await there.ask(swarm_profiles=profiles, swarm_model="n")(request(tools=True, messages=messages))
        native, plain = (body["messages"] for body in there.asked)
    assert [m["role"] for m in native] == ["system", "user", "assistant", "tool", "tool", "user"]
    assert [call["id"] for call in native[2]["tool_calls"]] == ["a", "b"] == [m["tool_call_id"] for m in native[3:5]]
    assert native[4]["content"]
    assert [m["role"] for m in plain] == ["system", "user", "assistant", "user", "user"]
    assert '{"situation": "I read.", "actions": [{"kind": "read", "x": "1"}' in plain[2]["content"]


async def test_one_call_at_a_time_is_asked_for_where_the_profile_says_so(tmp_path: Path) -> None:
    """`parallel_tool_calls` is sent only then, and dropped where it is refused."""
    profiles = tmp_path / "p.yaml"
    profiles.write_text("m: {form: tools, parallel: false}\n")
    words = "Unsupported parameter: 'parallel_tool_calls' is not supported with this model."
    with odd(lambda body, n: no(words) if "parallel_tool_calls" in body else (200, completion())) as there:
        await there.ask(swarm_profiles=profiles)(request(tools=True))
        assert there.asked[0]["parallel_tool_calls"] is False and "tools" in there.asked[1]


async def test_parameters_of_ones_own_go_along_and_come_first() -> None:
    """SWARM_MODEL_EXTRA is merged into the body; a limit in it replaces ours, `stream` in it streams."""
    extra = '{"max_tokens": 7, "enable_thinking": false, "stream": true, "temperature": 1}'
    chunks = [{"choices": [{"index": 0, "delta": {"content": "ok"}, "finish_reason": "stop"}]}]
    with odd(lambda body, n: (200, events(chunks), "text/event-stream")) as there:
        assert (await there.ask(swarm_model_extra=extra)(request())).text == "ok"
        sent = there.asked[0]
        assert (await there.ask(swarm_model_extra=extra).estimate(request(max_tokens=500))).tokens_out == 7
    assert (sent["max_tokens"], sent["enable_thinking"], sent["stream"], sent["temperature"]) == (7, False, True, 1)
    assert "max_completion_tokens" not in sent


async def test_a_query_in_the_address_goes_with_every_request() -> None:
    """As Azure's api-version; the key goes in the header Azure reads, too."""
    with odd(lambda body, n: (200, completion())) as there:
        base = f"{there.host}/openai/deployments/gpt4?api-version=2024-06-01"
        await there.ask(openai_base_url=base)(request())
        assert there.paths[-1] == "/openai/deployments/gpt4/chat/completions?api-version=2024-06-01"
        assert there.headers[-1]["api-key"] == "sk-odd-123456"


async def test_a_refused_temperature_and_effort_are_left_out(tmp_path: Path) -> None:
    """One refusal each; a model that reasons gets no temperature in the first place."""
    profiles = tmp_path / "p.yaml"
    profiles.write_text("m: {reasons: true, output: 30000}\n")

    def answer(body: dict[str, Any], n: int) -> Answer:
        if "temperature" in body:
            return no("Unsupported value: 'temperature' does not support 0.0 with this model.", param="temperature")
        if "reasoning_effort" in body:
            return no("Unrecognized request argument supplied: reasoning_effort")
        return 200, completion()

    with odd(answer) as there:
        await there.ask()(request())
        assert "temperature" in there.asked[0] and "temperature" not in there.asked[1]
        await there.ask(swarm_profiles=profiles, swarm_reasoning_effort="low")(request(max_tokens=500))
        first, second = there.asked[2:]
    assert "temperature" not in first and first["reasoning_effort"] == "low" and "reasoning_effort" not in second
    assert second["max_completion_tokens"] >= 8500
