"""The scripted model's HTTP server: chat completions on loopback, answered from a script and recorded."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from swarm.chat import Message
from swarm.testing.manners import Manners
from swarm.testing.prefixes import Prefixes
from swarm.testing.replies import Reply, error_reply, models_reply, reply_to
from swarm.testing.script import Script, load_script, parse_script
from swarm.testing.wire import messages_of


class Asked(BaseModel):
    """One request as it arrived; `time` is seconds since the epoch, `body` the request's whole JSON."""

    model_config = ConfigDict(frozen=True)

    node: str
    role: str
    messages: tuple[Message, ...]
    body: dict[str, JsonValue]
    authorization: str
    time: float


ScriptLike = Script | dict[str, JsonValue] | Path | str | Callable[[Asked], object]


class ScriptedModel:
    """A model endpoint that answers from a script; use it as a context manager.

    `script` is a Script, a dictionary of the same shape, a path to a YAML or Python file, or a function from
    Asked to an answer, of an endpoint with these `manners`. `port` 0 takes a free one. Raises UsageError for a script
    that is not one.
    """

    def __init__(
        self, script: ScriptLike, port: int = 0, latency: float | None = None, manners: Manners | None = None
    ) -> None:
        self._script = _read(script)
        self._manners = self._script if isinstance(self._script, Script) else manners or Manners()
        self._port = port
        self._latency = latency if latency is not None else getattr(self._script, "latency", 0.0)
        self._lock = threading.Lock()
        self._given: Counter[tuple[str, str]] = Counter()
        self._in_flight = 0
        self._prefixes = Prefixes()
        self._server: _Server | None = None
        self.requests: list[Asked] = []
        self.max_in_flight = 0

    @property
    def base_url(self) -> str:
        """What OPENAI_BASE_URL is set to."""
        if self._server is None:
            raise RuntimeError("the scripted model is not started; use it in a `with` block")
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def asked(self, node: str | None = None, role: str | None = None) -> list[Asked]:
        """Return the recorded requests of a node, of a role, or of both."""
        with self._lock:
            return [r for r in self.requests if node in (None, r.node) and role in (None, r.role)]

    def start(self) -> Self:
        """Listen on loopback; answers from a thread for each request."""
        self._server = _Server(("127.0.0.1", self._port), _Conversation)
        self._server.scripted = self
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening; a second call does nothing."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reply(self, asked: Asked) -> Reply:
        """Record a request, wait out the latency and return what the script says to it."""
        with self._lock:
            self.requests.append(asked)
            self._in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self._in_flight)
        try:
            time.sleep(self._latency)
            return self._say(asked)
        finally:
            with self._lock:
                self._in_flight -= 1

    def models(self) -> Reply:
        """Answer `GET /models`: one model, the script's."""
        return models_reply(self._script.model if isinstance(self._script, Script) else "scripted", self._manners)

    def _say(self, asked: Asked) -> Reply:
        manners = self._manners
        cached = self._prefixes.cached(asked.body) if manners.cache else 0
        if refused := manners.refusal(asked.body):
            return error_reply(manners.status, refused)
        if not isinstance(self._script, Script):
            return reply_to(self._script(asked), asked.body, manners, cached)
        answers = self._script.find(asked.node, asked.role)
        if answers is None:
            return error_reply(400, f"the script has no answer for node {asked.node!r}, role {asked.role!r}")
        with self._lock:
            turn = self._given[asked.node, asked.role]
            self._given[asked.node, asked.role] += 1
        return reply_to(answers[min(turn, len(answers) - 1)], asked.body, manners, cached)


@contextmanager
def serve_script(script: ScriptLike, port: int = 0) -> Iterator[str]:
    """Serve a script for the length of a `with` block and hand out its base URL."""
    with ScriptedModel(script, port) as model:
        yield model.base_url


def _read(script: ScriptLike) -> Script | Callable[[Asked], object]:
    if isinstance(script, (str, Path)):
        return load_script(Path(script))
    return parse_script(script) if isinstance(script, dict) else script


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    scripted: ScriptedModel

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that went away (a timeout, a test's end) is no news."""


class _Conversation(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        found = urlsplit(self.path).path.rstrip("/").endswith("/models")
        self._send(self.server.scripted.models() if found else error_reply(404, f"no such page: {self.path}"))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not urlsplit(self.path).path.endswith("/chat/completions"):
            return self._send(error_reply(404, f"no such page: {self.path}"))
        try:
            asked = self._asked(raw)
        except ValueError as error:
            return self._send(error_reply(400, f"not a chat request: {' '.join(str(error).split())}"))
        try:
            reply = self.server.scripted.reply(asked)
        except Exception as error:  # noqa: BLE001 - a script's own function may raise anything
            reply = error_reply(400, f"the script failed: {type(error).__name__}: {error}")
        self._send(reply)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal to the person."""

    def _asked(self, raw: bytes) -> Asked:
        body = _BODY.validate_json(raw)
        return Asked(
            node=self.headers.get("x-swarm-node", ""),
            role=self.headers.get("x-swarm-role", ""),
            messages=messages_of(body),
            body=body,
            authorization=self.headers.get("authorization", ""),
            time=time.time(),
        )

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("content-type", reply.kind)
        # A cut answer promises more than it sends and then closes: what a dropped connection looks like.
        self.send_header("content-length", str(len(reply.body) * 2 if reply.cut else len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)


_BODY = TypeAdapter(dict[str, JsonValue])
