"""An endpoint on loopback whose every answer a test decides: status, body and content type."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from integrations.llm.endpoint import Endpoint
from swarm.chat import Message, Request, Tool
from swarm.settings import Settings

Answer = tuple[int, Any] | tuple[int, Any, str]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"x": {"type": "string", "maxLength": 9}},
    "required": ["x"],
    "additionalProperties": False,
}
TOOLS = (
    Tool(name="read", description="Read a file.", parameters=SCHEMA),
    Tool(name="write_file", description="Write a file.", parameters={"type": "object", "properties": {}}),
)
PROFILES = "m: {form: tools, window: 100000, output: 20000}\n"


class Odd:
    """What was asked, and how to reach it."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.host = f"http://127.0.0.1:{server.server_port}"
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []

    def ask(self, **more: Any) -> Endpoint:
        values: dict[str, Any] = {"openai_base_url": f"{self.host}/v1", "openai_api_key": "sk-odd-123456", **more}
        usual: dict[str, Any] = {"swarm_model": "m", "swarm_model_retries": 1}
        return Endpoint(Settings(**usual | values), first_pause=0.01)


@contextmanager
def odd(answer: Callable[[dict[str, Any], int], Answer], pages: dict[str, Any] | None = None) -> Iterator[Odd]:
    """Serve an endpoint: `answer` gets each chat request and its number; `pages` are other paths and their JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.paths.append(self.path)
            found = (pages or {}).get(self.path.partition("?")[0])
            self._send((200, found) if found is not None else (404, {"error": "no such page"}))

        def do_POST(self) -> None:
            here.paths.append(self.path)
            here.headers.append({name.lower(): value for name, value in self.headers.items()})
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if "chat/completions" not in self.path:
                found = (pages or {}).get(self.path)
                return self._send((200, found) if found is not None else (404, {}))
            here.asked.append(body)
            self._send(answer(body, len(here.asked)))

        def _send(self, sent: Answer) -> None:
            data = sent[1] if isinstance(sent[1], bytes) else json.dumps(sent[1]).encode()
            self.send_response(sent[0])
            self.send_header("content-type", sent[2] if len(sent) > 2 else "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Odd(server)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()


def request(schema: bool = False, tools: bool = False, **more: Any) -> Request:
    """Return a small request: in plain text, for JSON, or with tools."""
    messages = (Message(role="system", content="Be brief."), Message(role="user", content="Hello?"))
    given: dict[str, Any] = {"messages": messages, "json_schema": SCHEMA if schema else None} | more
    return Request(role="decide", tools=TOOLS if tools else (), **given)


def completion(text: Any = '{"x": "hi"}', reason: str = "stop", **message: Any) -> dict[str, Any]:
    """Return a completion as endpoints send it."""
    said = {"role": "assistant", "content": text, **message}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return {
        "id": "x",
        "model": "m",
        "choices": [{"index": 0, "finish_reason": reason, "message": said}],
        "usage": usage,
    }


def no(message: str, status: int = 400, **more: Any) -> Answer:
    """Return a refusal as OpenAI writes it."""
    return status, {"error": {"message": message, "type": "invalid_request_error", **more}}
