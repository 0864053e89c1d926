"""The network of a function: what was granted by host and port, through a proxy that looks at each connection."""

import asyncio
import contextlib
import http.server
import random
import socket
import threading
from collections.abc import Iterator, Mapping

import pytest
from pydantic import JsonValue

from swarm.errors import SandboxUnavailable, UsageError
from swarm.sandbox.bubblewrap import Bubblewrap, binaries
from swarm.sandbox.calling import Answered, Called, call
from swarm.sandbox.cells import Room
from swarm.sandbox.host import Guest
from swarm.sandbox.landlock import Landlock
from swarm.sandbox.languages import language
from swarm.sandbox.proxy import Proxy, check_grant

pytestmark = pytest.mark.skipif(not binaries(), reason="there is no bubblewrap here")

GET = """
import urllib.error, urllib.request
def f(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as page:
            return page.read().decode()
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode()}"
    except OSError as error:
        return f"failed {error}"
"""
RAW = """
import socket
def f(text, port=3128):
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.settimeout(5)
        s.sendall(text.encode())
        said = b""
        while more := s.recv(4096):
            said += more
    return said.decode()
"""


class _Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"page {self.path} for {self.headers['Host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """A web server on loopback."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


async def nothing(_: str, __: Mapping[str, JsonValue]) -> JsonValue:
    """Answer nothing."""
    return None


async def reach(code: str, grants: tuple[str, ...], private: tuple[str, ...] = (), **arguments: JsonValue) -> Answered:
    """Call a function that has these grants."""
    room = Room(preload=("swarm.sandbox.inside.called",), network=bool(grants))
    async with Guest(Bubblewrap(binaries()[0]), room, Proxy(grants, private) if grants else None) as guest:
        return await call(guest, Called(language("python"), code, "f", arguments), nothing)


async def test_a_granted_host_is_reached_and_no_other(port: int) -> None:
    """By host and port: another port, another name of the same host and another host are refused, with the reason."""
    granted = (f"127.0.0.1:{port}",)
    assert (await reach(GET, granted, url=f"http://127.0.0.1:{port}/a?b")).value == f"page /a?b for 127.0.0.1:{port}"
    for other in (f"http://127.0.0.1:{port + 1}/", f"http://127.0.0.2:{port}/", "http://169.254.169.254/latest/"):
        said = (await reach(GET, granted, url=other)).value
        assert str(said).startswith("403") and "is not granted to this function" in str(said)


async def test_without_a_grant_there_is_no_network(port: int) -> None:
    """Not even a socket."""
    assert str((await reach(GET, (), url=f"http://127.0.0.1:{port}/")).value).startswith("failed")
    straight = await reach(RAW, (f"127.0.0.1:{port}",), text="GET / HTTP/1.0\r\n\r\n", port=port)
    assert not straight.ok, "the host's own loopback was reached past the proxy"


ATTEMPTS = {
    "a second request on the connection": "GET http://127.0.0.1:{port}/1 HTTP/1.1\r\nHost: x\r\n\r\n"
    "GET http://127.0.0.1:{other}/2 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a name with credentials": "GET http://127.0.0.1:{port}@127.0.0.1:{other}/ HTTP/1.1\r\n\r\n",
    "another port by CONNECT": "CONNECT 127.0.0.1:{other} HTTP/1.1\r\n\r\n",
    "an address in other words": "CONNECT 2130706433:{port} HTTP/1.1\r\n\r\n",
    "an address in hexadecimal": "CONNECT 0x7f.1:{port} HTTP/1.1\r\n\r\n",
    "an IPv6 form": "CONNECT [::ffff:127.0.0.1]:{port} HTTP/1.1\r\n\r\n",
    "a name below": "CONNECT 127.0.0.1.example.org:{port} HTTP/1.1\r\n\r\n",
    "a file": "GET file:///etc/passwd HTTP/1.1\r\n\r\n",
    "a path without a host": "GET /etc/passwd HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
    "no HTTP": "\x16\x03\x01 hello\r\n\r\n",
    "an endless head": "GET http://127.0.0.1:{port}/ HTTP/1.1\r\n" + "X: y\r\n" * 20_000,
    "a port that is no number": "CONNECT 127.0.0.1:x HTTP/1.1\r\n\r\n",
}


def _bind(other: socket.socket) -> None:
    """Bind below the ports that the system gives out, where a client of another test may still be knocking."""
    for port in random.sample(range(20_000, 30_000), 50):
        with contextlib.suppress(OSError):
            return other.bind(("127.0.0.1", port))
    raise AssertionError("no port is free")


@pytest.mark.parametrize("what", ATTEMPTS)
async def test_the_proxy_cannot_be_talked_into_more(what: str, port: int) -> None:
    """What names another place, or is no request for a proxy, reaches nothing but the granted page."""
    with socket.socket() as other:
        _bind(other)
        other.listen()
        other.setblocking(False)
        text = ATTEMPTS[what].replace("{port}", str(port)).replace("{other}", str(other.getsockname()[1]))
        answered = await reach(RAW, (f"127.0.0.1:{port}",), text=text)
        said = str(answered.value) if answered.ok else ""
        assert "root:" not in said
        assert "/2" not in said
        with pytest.raises(BlockingIOError):
            other.accept()


async def test_a_name_that_means_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """A granted name is resolved by the host; where it leads to a private network, only if a person has said so."""
    loop = asyncio.get_running_loop()

    async def private(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(loop, "getaddrinfo", private)
    url = f"http://inside.example.org:{port}/"
    said = (await reach(GET, (f"inside.example.org:{port}",), url=url)).value
    assert "is a private address" in str(said)
    meant = await reach(GET, (f"*.example.org:{port}",), (f"inside.example.org:{port}",), url=url)
    assert meant.value == f"page / for inside.example.org:{port}"


@pytest.mark.parametrize(
    "grant", ["", "host", "host:", ":1", "host:0", "host:99999", "*:80", "a*b:80", "http://a:80", "a b:80"]
)
def test_what_is_no_grant_is_refused(grant: str) -> None:
    """The message says how to write one."""
    with pytest.raises(UsageError, match=r"write api\.example\.org:443"):
        check_grant(grant)


async def test_landlock_alone_grants_no_network() -> None:
    """There a port could be opened, but not one host only: so it refuses."""
    with pytest.raises(SandboxUnavailable, match="network grants need bubblewrap"):
        async with Guest(Landlock(), Room(network=True), Proxy(("127.0.0.1:80",))):
            pass
