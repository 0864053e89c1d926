"""No address, name or redirect leads a fetch to this machine, a private network or a cloud's metadata service.

Every attempt of the process to connect is heard by an audit hook, so that "refused" also means "not tried".
"""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

import integrations.fetch
from integrations.crawl import Crawl
from integrations.fetch import fetch
from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnavailable
from tests.integrations.conftest import Site

# PORT is that of a real server, which must see nothing.
ATTEMPTS = [
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0X7F000001:PORT/",
    "http://0x7f.0x0.0x0.0x1:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://00000177.0.0.1:PORT/",
    "http://017700000001:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://127.000.000.001:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://127.255.255.254:PORT/",
    "http://[::1]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::ffff:0:127.0.0.1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[64:ff9b:1::7f00:1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[2001:0:7f00:1::]:PORT/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:PORT/",
    "http://[fe80::1]:PORT/",
    "http://[fe80::1%25eth0]:PORT/",
    "http://[::1%25lo]:PORT/",
    "http://[fc00::1]:PORT/",
    "http://[fd00:ec2::254]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.254/",
    "http://192.168.0.1/",
    "http://192.168.1.1:8080/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.170.2/v2/credentials",
    "http://100.100.100.200/latest/meta-data/",
    "http://192.0.0.192/opc/v2/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://１２７.0.0.1:PORT/",
    "http://127。0。0。1:PORT/",
    "http://127．0．0．1:PORT/",
    "http://ⓁⓄⒸⒶⓁⒽⓄⓈⓉ:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://localhost%00.e.org:PORT/",
    "http://e.org@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT@127.0.0.1:PORT/",
    "http://e.org%40127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@e.org/",
    "http://user:secret@localhost:PORT/",
    "http://e.org#@127.0.0.1:PORT/@127.0.0.1",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:-1/",
    "http:///127.0.0.1:PORT/",
    "http:127.0.0.1:PORT",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "ftp://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/_GET",
    "dict://127.0.0.1:PORT/",
    "data:text/html,hello",
    "javascript:alert(1)",
    "unix:///run/docker.sock",
    "ws://127.0.0.1:PORT/",
    "jar:http://127.0.0.1:PORT!/",
    "//127.0.0.1:PORT/",
    "127.0.0.1:PORT",
    "localhost:PORT/",
]

# Names as a hostile or a cloud's own name server answers them.
NAMES = {
    "metadata.google.internal": ["169.254.169.254"],
    "metadata": ["169.254.169.254"],
    "loop.example.org": ["127.0.0.1"],
    "loop6.example.org": ["::1"],
    "inside.example.org": ["10.1.2.3"],
    "mixed.example.org": ["93.184.216.34", "127.0.0.1"],
    "mixed-first.example.org": ["192.168.0.9", "93.184.216.34"],
    "mixed6.example.org": ["93.184.216.34", "::ffff:10.0.0.1"],
    "mapped.example.org": ["::ffff:127.0.0.1"],
    "nat64.example.org": ["64:ff9b::7f00:1"],
    "sixtofour.example.org": ["2002:a9fe:a9fe::"],
    "aliyun.example.org": ["100.100.100.200"],
    "shared.example.org": ["100.64.0.7"],
    "zero.example.org": ["0.0.0.0"],
    "127.0.0.1.nip.example.org": ["127.0.0.1"],
}

_heard: list[object] | None = None


def _hear(event: str, given: tuple[object, ...]) -> None:
    if _heard is not None and event == "socket.connect" and isinstance(given[1], tuple):
        _heard.append(given[1])


sys.addaudithook(_hear)


@pytest.fixture
def connected() -> Iterator[list[object]]:
    """Every address a socket was told to connect to."""
    global _heard
    _heard = []
    yield _heard
    _heard = None


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrations.fetch, "_FIRST_PAUSE", 0.01)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """A name server: the answers of each name, one after the other, the last one from then on."""
    answers = {name: [found] for name, found in NAMES.items()}
    real = socket.getaddrinfo

    def answer(host: str | bytes, port: int, *more: object, **named: object) -> list[object]:
        name = host.decode() if isinstance(host, bytes) else host
        if name.rstrip(".") not in answers:
            return list(real(name, port, 0, socket.SOCK_STREAM))
        rounds = answers[name.rstrip(".")]
        found = rounds.pop(0) if len(rounds) > 1 else rounds[0]
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (ip, port, 0, 0))
            if ":" in ip
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))
            for ip in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return answers


def test_there_are_enough() -> None:
    """Forty at least."""
    assert len(ATTEMPTS) + len(NAMES) >= 100


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_an_address_that_is_not_public_is_never_connected_to(
    site: Site, connected: list[object], attempt: str
) -> None:
    """However it is spelled: a typed line, no password in it, no socket, no request."""
    site.page("/", "reached")
    # e.org#... and the like are names, which this machine may or may not be able to look up.
    with pytest.raises((SourceRefused, SourceNotFound, SourceUnavailable)) as refused:
        await fetch(attempt.replace("PORT", site.origin.partition(":")[2]), timeout=3)
    assert connected == [] and site.seen == []
    assert "\n" not in str(refused.value) and "secret" not in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spelled", ["{}", "{}."])
async def test_a_name_that_leads_inside_is_refused(
    site: Site, connected: list[object], names: object, name: str, spelled: str
) -> None:
    """One private answer among public ones is enough: which of them is dialled would be chance."""
    with pytest.raises(SourceRefused, match="not public"):
        await fetch(f"http://{spelled.format(name)}:{site.origin[10:]}/")
    assert connected == [] and site.seen == []


@pytest.mark.parametrize(
    "target",
    [
        *("http://127.1:PORT/in", "http://[::1]:PORT/in", "http://2130706433:PORT/in", "//localhost:PORT/in"),
        *("http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://100.100.100.200/", "http://10.0.0.1/"),
        *("http://metadata.google.internal/", "http://mixed.example.org/", "http://[::ffff:7f00:1]:PORT/in"),
        *("http://user@127.0.0.1:PORT/in", "file:///etc/passwd", "gopher://127.0.0.1:PORT/", "ftp://127.0.0.1:PORT/"),
        "http://127.0.0.1:1/in",
    ],
)
async def test_a_redirect_inside_is_refused(site: Site, connected: list[object], names: object, target: str) -> None:
    """The first hop was allowed by the person; the second is looked at for itself and never dialled."""
    site.page("/in", "reached")
    start = site.redirect("/out", target.replace("PORT", site.origin[10:]))
    with pytest.raises(SourceError, match="/out redirects: "):
        await fetch(start, allow=site.allow)
    assert site.seen == ["/out"]
    assert connected == [("127.0.0.1", int(site.origin[10:]))]


async def test_a_public_address_is_dialled(monkeypatch: pytest.MonkeyPatch, names: object) -> None:
    """The control: of either version, and in its translated forms."""
    dialled = []

    async def dial(remote_host: object, remote_port: int, **more: object) -> None:
        dialled.append(str(remote_host))
        raise OSError("nothing leaves this test")

    monkeypatch.setattr(anyio, "connect_tcp", dial)
    for host in ("93.184.216.34", "[2606:2800:220:1::1]", "[64:ff9b::808:808]", "[::ffff:8.8.8.8]"):
        with pytest.raises(SourceUnavailable, match="cannot connect"):
            await fetch(f"http://{host}/")
    assert len(set(dialled)) == 4


async def test_a_name_that_changes_its_answer_is_dialled_where_it_was_checked(
    names: dict[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebinding: public when it is checked, loopback when it is looked up again; nobody looks it up again."""
    dialled = []

    async def dial(remote_host: object, remote_port: int, **more: object) -> None:
        dialled.append(str(remote_host))
        raise OSError("nothing leaves this test")

    monkeypatch.setattr(anyio, "connect_tcp", dial)
    names["rebind.example.org"] = [["93.184.216.34"], ["127.0.0.1"]]
    with pytest.raises(SourceRefused, match="not public"):  # the second attempt is refused, the first one failed
        await fetch("http://rebind.example.org/")
    assert dialled == ["93.184.216.34"]


async def test_what_was_allowed_once_is_not_had_from_the_cache(site: Site, tmp_path: Path) -> None:
    """A page that a permission let in is not found without that permission, though it lies there fresh."""
    url = site.page("/", "private", Cache_Control="max-age=3600")
    assert (await fetch(url, allow=site.allow, cache=tmp_path)).body == b"private"
    with pytest.raises(SourceRefused):
        await fetch(url, cache=tmp_path)
    with pytest.raises(SourceRefused):
        await fetch(url.replace("127.0.0.1", "localhost"), allow=site.allow, cache=tmp_path)
    assert site.seen == ["/"]


async def test_a_crawl_asks_for_no_rules_where_it_may_not_go(site: Site, connected: list[object]) -> None:
    """robots.txt and sitemaps are fetched by the same door."""
    for way in ("crawl", "sitemap"):
        with pytest.raises(SourceRefused, match="Loopback"):
            await Crawl(f"{way}:{site.url('/')}")("", 3)
    assert connected == []
