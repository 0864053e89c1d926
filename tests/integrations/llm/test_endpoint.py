"""The endpoint, against a scripted model over real HTTP."""

import asyncio
import socket
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from integrations.llm.endpoint import Endpoint
from swarm.chat import Message, Request
from swarm.errors import InvalidOutput, ModelRefused, ModelUnavailable
from swarm.settings import Role, Settings
from swarm.testing import ScriptedModel

KEY = "sk-test-0123456789abcdef"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"x": {"type": "string", "maxLength": 9}},
    "required": ["x"],
    "additionalProperties": False,
}


def request(role: Role = "decide", schema: bool = False, **more: Any) -> Request:
    messages = (Message(role="system", content="Be brief."), Message(role="user", content="Hello?"))
    return Request(role=role, messages=messages, json_schema=SCHEMA if schema else None, **more)


def endpoint(base_url: str, first_pause: float = 0.01, **more: Any) -> Endpoint:
    values: dict[str, Any] = {"openai_base_url": base_url, "openai_api_key": KEY, "swarm_model": "m", **more}
    return Endpoint(Settings(**values), first_pause=first_pause)


def scripted(*answers: Any, **more: Any) -> ScriptedModel:
    return ScriptedModel({"default": {"*": list(answers)}, **more})


async def test_an_answer_comes_with_its_usage_and_seconds() -> None:
    """Text, tokens as the endpoint counted them, no price for an unknown model."""
    with scripted({"x": "hi"}) as model:
        answer = await endpoint(model.base_url)(request())
    assert answer.text == '{"x": "hi"}'
    assert answer.usage.calls == 1 and answer.usage.tokens_in > 0 and answer.usage.tokens_out > 0
    assert answer.usage.usd is None and answer.seconds > 0 and not answer.cut


async def test_an_answer_without_an_end_is_cut_where_nobody_asked_for_more() -> None:
    """Thirty megabytes are no answer to a request for a thousand tokens; it counts as cut."""
    with scripted("word " * 6_000_000) as model:
        answer = await endpoint(model.base_url)(request(max_tokens=1000))
    assert answer.cut and len(answer.text) == 200_000


async def test_a_request_says_who_asks_with_which_key_model_and_temperature() -> None:
    """Node and role travel as headers; model and temperature are those of the role unless the request sets one."""
    with scripted("ok") as model:
        ask = endpoint(model.base_url, swarm_model_write="big", swarm_temperature_write=0.7)
        await ask(request("write", node="0.2.1", max_tokens=77))
        await ask(request("review", temperature=0.1))
        write, review = model.requests
    assert (write.node, write.role, write.authorization) == ("0.2.1", "write", f"Bearer {KEY}")
    assert (write.body["model"], write.body["temperature"], write.body["max_tokens"]) == ("big", 0.7, 77)
    assert (review.body["model"], review.body["temperature"]) == ("m", 0.1)


async def test_a_schema_is_sent_as_response_format() -> None:
    """The schema goes out whole, and strict when it is closed."""
    with scripted({"x": "hi"}) as model:
        await endpoint(model.base_url)(request(schema=True, schema_name="shape"))
        sent = model.requests[0].body["response_format"]
    assert sent == {"type": "json_schema", "json_schema": {"name": "shape", "schema": SCHEMA, "strict": True}}


@pytest.mark.parametrize(
    ("refuse", "kind", "calls"),
    [(["json_schema"], "json_object", 2), (["json_schema", "json_object"], None, 3)],
)
async def test_a_refused_format_is_stepped_down_once_and_remembered(
    refuse: list[str], kind: str | None, calls: int
) -> None:
    """json_schema, then json_object, then the schema in the prompt; the second call knows at once."""
    with scripted({"x": "hi"}, refuse=refuse) as model:
        ask = endpoint(model.base_url)
        await ask(request(schema=True))
        assert len(model.requests) == calls
        await ask(request(schema=True, schema_name="another"))
        last = model.requests[-1]
    assert len(model.requests) == calls + 1
    sent = last.body.get("response_format")
    assert (sent["type"] if isinstance(sent, dict) else None) == kind
    assert '"maxLength":9' in last.messages[-1].content


async def test_a_schema_with_refused_keywords_is_sent_without_bounds_for_that_schema_only() -> None:
    """A strict provider that knows no maxLength still gets a schema; other schemas are not touched."""

    def answer(asked: Any) -> object:
        if "maxLength" in str(asked.body) and asked.body["response_format"]["json_schema"]["name"] == "odd":
            return {"fault": "status", "code": 400, "text": "Invalid schema for response_format 'odd': maxLength"}
        return {"x": "hi"}

    with ScriptedModel(answer) as model:
        ask = endpoint(model.base_url)
        await ask(request(schema=True, schema_name="odd"))
        await ask(request(schema=True, schema_name="fine"))
        formats = [str(r.body["response_format"]) for r in model.requests]
    assert ["maxLength" in f for f in formats] == [True, False, True]
    assert all("json_schema" in f for f in formats)


async def test_refused_parameters_are_left_out_from_then_on() -> None:
    """Newer models take neither `max_tokens` nor a temperature."""
    with scripted("ok", refuse=["max_tokens", "temperature"]) as model:
        await endpoint(model.base_url)(request(max_tokens=50))
        body = model.requests[-1].body
    assert body["max_completion_tokens"] == 50 and not {"max_tokens", "temperature"} & body.keys()


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "status", "code": 500},
        {"fault": "status", "code": 503},
        {"fault": "status", "code": 429},
        {"fault": "cut"},
        {"fault": "malformed", "text": '{"choices": ['},
    ],
    ids=["500", "503", "429", "cut", "malformed"],
)
async def test_what_may_pass_is_tried_again(fault: dict[str, Any]) -> None:
    """Two failures, then an answer: three requests."""
    with scripted(fault, fault, "ok") as model:
        assert (await endpoint(model.base_url)(request())).text == "ok"
        assert len(model.requests) == 3


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
async def test_retry_after_is_honoured(as_date: bool) -> None:
    """The endpoint's wish, in seconds or as a date, is waited for; not our own, much shorter backoff."""
    at = int(time.time()) + 2
    wish = formatdate(at, usegmt=True) if as_date else 0.6
    with scripted({"fault": "status", "code": 429, "retry_after": wish}, "ok") as model:
        await endpoint(model.base_url)(request())
        first, second = (each.time for each in model.requests)
    assert at - 0.1 <= second < at + 1.5 if as_date else 0.6 <= second - first < 1.2


async def test_a_call_that_takes_too_long_is_given_up_in_time() -> None:
    """The timeout bounds each attempt; then ModelUnavailable says how often it was tried."""
    with scripted({"fault": "delay", "seconds": 1.5, "then": "late"}) as model:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="2 attempts: no answer in time"):
            await endpoint(model.base_url, swarm_model_timeout=0.2, swarm_model_retries=1)(request())
    assert time.monotonic() - started < 1.4


async def test_an_answer_that_trickles_is_given_up_in_time_too() -> None:
    """The timeout bounds the whole call, not the pause between two bytes."""
    page = _Trickle.serve()
    try:
        with pytest.raises(ModelUnavailable, match="no answer in time"):
            url = f"http://127.0.0.1:{page.server_address[1]}/v1"
            await endpoint(url, swarm_model_timeout=0.3, swarm_model_retries=0)(request())
    finally:
        page.shutdown()
        page.server_close()


async def test_an_endpoint_that_is_down_is_unavailable() -> None:
    """One line with host, model, attempts and what to do."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ModelUnavailable) as caught:
        await endpoint(f"http://127.0.0.1:{port}/v1", swarm_model_retries=1)(request())
    text = str(caught.value)
    assert f"127.0.0.1:{port} (model m)" in text and "2 attempts" in text and "\n" not in text


@pytest.mark.parametrize(
    ("code", "advice"), [(400, "SWARM_MODEL"), (401, "OPENAI_API_KEY"), (403, "key"), (404, "/v1")]
)
async def test_a_refusal_is_final_and_names_what_to_do(code: int, advice: str) -> None:
    """One request, one line, and the key is not in it even when the endpoint echoes it."""
    with scripted({"fault": "status", "code": code, "text": f"no: {KEY}\nreally"}) as model:
        ask = endpoint(model.base_url)
        with pytest.raises(ModelRefused) as caught:
            await ask(request())
        assert len(model.requests) == 1
    text = str(caught.value)
    assert str(code) in text and advice in text and "model m" in text and "\n" not in text
    assert KEY not in text and KEY not in repr(ask) and KEY not in repr(caught.value.__dict__)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "answer", [{"fault": "empty"}, {"fault": "malformed", "text": '{"choices":[{"message":{}}]}'}, ""]
)
async def test_an_answer_without_text_is_a_typed_error(answer: Any) -> None:
    """No choices, no content, empty content: InvalidOutput, and no retry here; the ladder decides."""
    with scripted(answer) as model:
        with pytest.raises(InvalidOutput, match="without"):
            await endpoint(model.base_url)(request())
        assert len(model.requests) == 1


async def test_a_missing_usage_is_estimated() -> None:
    """Four characters a token; never a crash."""
    text = '{"choices":[{"finish_reason":"stop","message":{"content":"12345678"}}]}'
    with scripted({"fault": "malformed", "text": text}) as model:
        usage = (await endpoint(model.base_url)(request())).usage
    assert (usage.tokens_in, usage.tokens_out) == (3, 2)


async def test_a_page_that_is_no_completion_blames_the_base_url() -> None:
    """A wrong base URL often answers 200 with a web page."""
    page = _Page.serve()
    try:
        with pytest.raises(ModelRefused, match="OPENAI_BASE_URL"):
            await endpoint(f"http://127.0.0.1:{page.server_address[1]}/v1")(request())
    finally:
        page.shutdown()
        page.server_close()


async def test_an_answer_cut_by_max_tokens_says_so() -> None:
    """`finish_reason` length becomes `cut`."""
    with scripted({"fault": "truncate", "then": {"x": "a long answer"}}) as model:
        answer = await endpoint(model.base_url)(request())
    assert answer.cut and answer.text.startswith('{"x"')


async def test_calls_in_flight_are_bounded_across_endpoints() -> None:
    """Two endpoints in one process share the limit."""
    with ScriptedModel({"latency": 0.1, "default": {"*": ["ok"]}}) as model:
        asks = [endpoint(model.base_url, swarm_model_concurrency=3) for _ in range(2)]
        await asyncio.gather(*(asks[i % 2](request()) for i in range(9)))
        assert model.max_in_flight == 3


def test_an_endpoint_may_be_used_from_several_event_loops() -> None:
    """Each flow run may bring its own loop."""
    with scripted("ok") as model:
        ask = endpoint(model.base_url)
        assert [asyncio.run(_text(ask)) for _ in range(2)] == ["ok", "ok"]


async def _text(ask: Endpoint) -> str:
    return (await ask(request())).text


class _Page(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    def log_message(self, format: str, *args: object) -> None:
        pass

    @classmethod
    def serve(cls) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer(("127.0.0.1", 0), cls)
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server


class _Trickle(_Page):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "8")
        self.end_headers()
        for _ in range(8):
            try:
                self.wfile.write(b" ")
            except OSError:
                return
            time.sleep(0.1)
