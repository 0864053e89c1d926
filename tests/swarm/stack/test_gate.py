"""The gate: whose requests are answered, by host and origin; what every answer carries; the login's own pages."""

import base64
import json

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from swarm.stack.gate import Gate
from swarm.stack.login import make_key
from swarm.stack.web_app import LoginPages

LOGIN = "swarm:0123456789abcdefghij"
OWN = "http://127.0.0.1:4711"
SOCKET = "ws://127.0.0.1:4711/ws"
ORIGINS = [OWN, "http://localhost:4711"]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _client() -> TestClient:
    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse("inside")

    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("inside")

    inner = Starlette(routes=[WebSocketRoute("/ws", talk), Route("/{path:path}", answer, methods=list(METHODS))])
    return TestClient(Gate(LoginPages(inner, LOGIN), ORIGINS), base_url=OWN)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4711", "127.0.0.1.evil.example", "0.0.0.0:4711", "[::1]", ""]
)
@pytest.mark.parametrize("method", METHODS)
def test_a_name_that_leads_here_is_not_answered(method: str, host: str) -> None:
    """DNS rebinding: the browser takes the page for one of evil.example's own, but the header says so."""
    assert _client().request(method, "/api/flow_runs/filter", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:4712", "https://127.0.0.1:4711", ""]
)
@pytest.mark.parametrize("method", METHODS)
def test_another_origin_is_not_answered(method: str, origin: str) -> None:
    """Neither to change anything nor to read, nor when it only asks whether it may."""
    answer = _client().request(method, "/api/x", headers={"Origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_that_another_site_sends_without_an_origin_is_not_answered(site: str) -> None:
    """Following a link from there is; that is how a person comes here."""
    headers = {"Sec-Fetch-Site": site}
    assert _client().post("/api/x", headers=headers).status_code == 403
    assert _client().get("/runs/flow-run/7", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Origin": OWN}, {"Origin": ORIGINS[1]}, {"Host": "localhost:4711"}])
@pytest.mark.parametrize("method", METHODS)
def test_our_own_page_and_programs_are_answered(method: str, headers: dict[str, str]) -> None:
    """A program sends no origin; the page may be opened under both names."""
    assert _client().request(method, "/api/x", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 400),
    ],
)
def test_a_websocket_of_another_page_is_not_opened(headers: dict[str, str], status: int) -> None:
    """Browsers let any page open one to any address, so the server has to look."""
    with pytest.raises(WebSocketDenialResponse) as caught, _client().websocket_connect(SOCKET, headers=headers):
        pass
    assert caught.value.status_code == status


def test_our_own_websocket_is_opened() -> None:
    """From our page, and from a program."""
    for headers in ({"Origin": OWN}, {}):
        with _client().websocket_connect(SOCKET, headers=headers) as socket:
            assert socket.receive_text() == "inside"


@pytest.mark.parametrize(
    ("path", "headers"), [("/", {}), ("/api/x", {}), ("/swarm/login", {}), ("/", {"Host": "evil.example"})]
)
def test_every_answer_lets_a_browser_load_pictures_from_here_only(path: str, headers: dict[str, str]) -> None:
    """What a model wrote may name a picture elsewhere, and asking for it would tell that server what stands in it."""
    answer = _client().get(path, headers=headers)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["img-src"] == "'self' data:"
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"].split() == ["'self'", *ORIGINS, "ws://127.0.0.1:4711", "ws://localhost:4711"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_key_is_traded_for_the_login_once() -> None:
    """What the page keeps is the login as Prefect's page sends it; the second time the key is worth nothing."""
    client, key = _client(), make_key(LOGIN, 4_000_000_000)
    first, second = (client.post("/swarm/login", content=key, headers={"Origin": OWN}) for _ in range(2))
    assert base64.b64decode(first.json()["password"]).decode() == LOGIN
    assert first.headers["cache-control"] == "no-store"
    assert (second.status_code, "password" in second.json()) == (403, False)


@pytest.mark.parametrize("body", [b"", b"x", b"\xff\xfe", b"1.2.3", json.dumps({"key": "x"}).encode()])
def test_what_is_no_key_gets_no_login(body: bytes) -> None:
    """Nor an error of ours."""
    assert _client().post("/swarm/login", content=body).status_code == 403


def test_a_key_without_end_is_not_read_to_its_end() -> None:
    """A few hundred bytes are enough for any key."""
    assert _client().post("/swarm/login", content=b"x" * 5000).status_code == 413
    assert _client().put("/swarm/login").status_code == 405


def test_the_page_has_no_script_in_it_and_no_secret() -> None:
    """The policy forbids scripts in a page; and both files are the same for everybody."""
    client = _client()
    page, script = client.get("/swarm/login").text, client.get("/swarm/login.js").text
    assert "<script src=" in page and page.count("<script") == 1
    assert LOGIN not in page + script
    assert (
        client.get("/swarm/login.js").headers["content-type"].startswith(("text/javascript", "application/javascript"))
    )
