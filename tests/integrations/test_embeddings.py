"""Embeddings from an endpoint, over real HTTP: order, sizes, refusals and what passes."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from integrations.embeddings import EndpointEmbedder, choose_embedder
from swarm.embedding import LocalEmbedder
from swarm.errors import InvalidOutput, ModelError, ModelRefused, ModelUnavailable
from swarm.settings import Settings


class _Endpoint(ThreadingHTTPServer):
    """Answers with the statuses it is given first, then with what `vector` makes of each text."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handles)
        self.statuses: list[int] = []
        self.asked: list[dict[str, Any]] = []
        self.mangle: Any = lambda data: data


class _Handles(BaseHTTPRequestHandler):
    server: _Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        data = [
            {"object": "embedding", "index": at, "embedding": [float(len(text)), 1.0]}
            for at, text in enumerate(body["input"])
        ]
        told = {"object": "list", "data": self.server.mangle(data[::-1]), "model": "m", "usage": {}}
        said = json.dumps(told if status == 200 else {"error": {"message": "no"}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[_Endpoint]:
    """An endpoint on loopback."""
    server = _Endpoint()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def embedder(endpoint: _Endpoint) -> EndpointEmbedder:
    """Return one that asks this endpoint."""
    url = f"http://127.0.0.1:{endpoint.server_address[1]}/v1"
    settings = Settings(openai_base_url=url, openai_api_key=SecretStr("sk-embed"), swarm_model_timeout=5)
    return EndpointEmbedder(settings, "tiny", first_pause=0.01)


async def test_vectors_come_in_the_order_of_the_texts(endpoint: _Endpoint) -> None:
    """In batches, of length one, whatever order the endpoint answers in; an empty text is sent as a space."""
    found = await embedder(endpoint)(["x" * (at % 7) for at in range(100)])
    assert len(found) == 100
    assert found[3][0] > found[1][0]
    assert found[3] == found[10]
    assert len(endpoint.asked) == 2
    assert endpoint.asked[0]["input"][0] == " "


async def test_what_passes_is_tried_again(endpoint: _Endpoint) -> None:
    """A busy endpoint is asked three times at most."""
    endpoint.statuses = [503, 429]
    assert len(await embedder(endpoint)(["a"])) == 1
    endpoint.statuses = [503] * 3
    with pytest.raises(ModelUnavailable, match="SWARM_EMBEDDINGS=none"):
        await embedder(endpoint)(["a"])


async def test_a_refusal_is_final_and_tells_no_key(endpoint: _Endpoint) -> None:
    """A wrong key is not tried again."""
    endpoint.statuses = [401]
    with pytest.raises(ModelRefused) as caught:
        await embedder(endpoint)(["a"])
    assert "sk-embed" not in str(caught.value)
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize(
    "mangle",
    [
        lambda data: data[:-1],
        lambda data: [*data[:-1], {**data[-1], "embedding": [1.0, 2.0, 3.0]}],
        lambda data: [{**each, "embedding": []} for each in data],
    ],
    ids=["one is missing", "one has another size", "they are empty"],
)
async def test_vectors_that_are_no_set_are_refused(endpoint: _Endpoint, mangle: Any) -> None:
    """Comparing them would mean nothing."""
    endpoint.mangle = mangle
    with pytest.raises((InvalidOutput, ModelError)):
        await embedder(endpoint)(["a", "b"])


def test_the_setting_chooses() -> None:
    """Unset is the model of this machine, `none` is none."""
    assert isinstance(choose_embedder(Settings()), LocalEmbedder)
    assert choose_embedder(Settings(swarm_embeddings="none")) is None
    chosen = choose_embedder(Settings(swarm_embeddings="text-embedding-3-small"))
    assert chosen is not None and chosen.name == "text-embedding-3-small"
