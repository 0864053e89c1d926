"""Fetching, against a real site on loopback."""

import gzip
import time
import zlib
from http.server import BaseHTTPRequestHandler

import pytest

import integrations.fetch
from integrations.fetch import HOPS, fetch
from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnavailable, SourceUnreadable
from tests.integrations.conftest import Site

# Each stands for this machine, a private network or a metadata service; PORT is the site's.
SPELLINGS = """
http://127.0.0.1:PORT/  http://localhost:PORT/  http://LOCALHOST:PORT/  http://localhost.:PORT/  http://127.1:PORT/
http://127.0.1:PORT/  http://2130706433:PORT/  http://0x7f000001:PORT/  http://0x7f.0x0.0x0.0x1:PORT/
http://0x7f.1:PORT/  http://0177.0.0.1:PORT/  http://017700000001:PORT/  http://127.0.0.1.:PORT/  http://0:PORT/
http://0.0.0.0:PORT/  http://127.255.255.254:PORT/  http://[::1]:PORT/  http://[::]:PORT/
http://[::ffff:127.0.0.1]:PORT/  http://[::ffff:7f00:1]:PORT/  http://[::127.0.0.1]:PORT/
http://[64:ff9b::7f00:1]:PORT/  http://[2002:7f00:1::]:PORT/  http://[fe80::1]:PORT/  http://[fd00::1]:PORT/
http://[::1%25lo]:PORT/  http://①②⑦.0.0.1:PORT/  http://ⓁⓄⒸⒶⓁⒽⓄⓈⓉ:PORT/  http://127。0。0。1:PORT/
http://%31%32%37.0.0.1:PORT/  http://localhost%2e:PORT/
http://example.com@127.0.0.1:PORT/  http://127.0.0.1:PORT@127.0.0.1:PORT/  http://example.com:80@localhost:PORT/
http://127.0.0.1:PORT\\@example.com/  http://user:secret@localhost:PORT/
http://10.0.0.1/  http://172.16.0.1/  http://192.168.0.1/  http://100.64.0.1/  http://169.254.0.1/  http://198.18.0.1/
http://169.254.169.254/latest/meta-data/  http://169.254.170.2/  http://100.100.100.200/  http://[fd00:ec2::254]/
http://192.0.2.1/  http://224.0.0.1/  http://255.255.255.255/  http://240.0.0.1/
http://127.0.0.1:0/  http://127.0.0.1:65536/  http:///  http://
file:///etc/passwd  ftp://127.0.0.1:PORT/  gopher://127.0.0.1:PORT/  data:text/plain,hello  unix:///run/docker.sock
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrations.fetch, "_FIRST_PAUSE", 0.01)


@pytest.mark.parametrize("spelling", SPELLINGS.split())
async def test_no_spelling_of_a_private_address_reaches_it(site: Site, spelling: str) -> None:
    """Every spelling is refused before a request is made, in one line that shows no password."""
    site.page("/", "reached")
    # Whether "localhost." is a name at all depends on the machine's resolver.
    with pytest.raises((SourceRefused, SourceNotFound) if "localhost." in spelling else SourceRefused) as refused:
        await fetch(spelling.replace("PORT", site.origin.partition(":")[2]))
    assert site.seen == []
    assert "\n" not in str(refused.value) and "secret" not in str(refused.value)


@pytest.mark.parametrize("entry", ["{origin}", "127.0.0.1"])
async def test_an_allowed_host_is_fetched_though_private(site: Site, entry: str) -> None:
    """The control: the same site answers once the person allows it, by host or by host and port."""
    got = await fetch(site.page("/", "reached"), allow=(entry.format(origin=site.origin),))
    assert (got.status, got.body, got.content_type) == (200, b"reached", "text/html")


async def test_the_refusal_names_the_address_and_the_setting(site: Site) -> None:
    """A person reads what was refused, why, and which setting would allow it."""
    with pytest.raises(SourceRefused) as refused:
        await fetch(f"http://localhost:{site.origin[10:]}/")
    for part in ("http://localhost:", "127.0.0.1", "Loopback", f"SWARM_ALLOW_PRIVATE=localhost:{site.origin[10:]}"):
        assert part in str(refused.value)


async def test_allowing_one_place_allows_no_other(site: Site) -> None:
    """host:port is that port only, and a host is that name only, wherever other names lead."""
    site.page("/", "reached")
    with pytest.raises(SourceRefused):
        await fetch(site.url("/"), allow=("127.0.0.1:1", "localhost"))
    with pytest.raises(SourceRefused):
        await fetch(site.url("/").replace("127.0.0.1", "localhost"), allow=("127.0.0.1",))


async def test_a_password_in_an_address_is_refused_even_where_the_host_is_allowed(site: Site) -> None:
    """And says why."""
    with pytest.raises(SourceRefused, match="carries a user name or password"):
        await fetch(site.url("/").replace("//", "//user:secret@"), allow=site.allow)


@pytest.mark.parametrize(
    "target", ["http://localhost:PORT/in", "http://169.254.169.254/", "//127.1:PORT/in", "file:///etc/passwd"]
)
async def test_a_redirect_into_a_private_address_is_refused(site: Site, target: str) -> None:
    """Each hop is checked by itself: that the first host was allowed does not help the second."""
    site.page("/in", "reached")
    start = site.redirect("/out", target.replace("PORT", site.origin[10:]))
    with pytest.raises(SourceRefused, match="/out redirects: "):
        await fetch(start, allow=site.allow)
    assert site.seen == ["/out"]


async def test_redirects_are_followed_and_the_last_address_is_told(site: Site) -> None:
    """Relative and absolute targets work."""
    site.redirect("/a", "/b")
    site.redirect("/b", site.page("/c", "end"))
    assert (await fetch(site.url("/a"), allow=site.allow)).url == site.url("/c")


async def test_redirects_are_bounded(site: Site) -> None:
    """A circle ends after the allowed hops."""
    with pytest.raises(SourceUnavailable, match="redirects more than 5 times"):
        await fetch(site.redirect("/a", "/a"), allow=site.allow)
    assert len(site.seen) == HOPS + 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, SourceNotFound),
        (410, SourceNotFound),
        (401, SourceRefused),
        (403, SourceRefused),
        (418, SourceUnavailable),
    ],
)
async def test_a_final_status_is_told_and_not_retried(site: Site, status: int, error: type[SourceError]) -> None:
    """What will not change is asked for once."""
    with pytest.raises(error, match=str(status)):
        await fetch(site.page("/", "no", status=status), allow=site.allow)
    assert len(site.seen) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_passing_failure_is_retried_until_it_passes(site: Site, status: int) -> None:
    """Two failures, then the page."""
    _fail_first(site, 2, status)
    assert (await fetch(site.url("/"), allow=site.allow)).body == b"at last"


async def test_retries_are_bounded(site: Site) -> None:
    """Three attempts, then a clear error."""
    with pytest.raises(SourceUnavailable, match="status 503; try again later"):
        await fetch(site.page("/", "no", status=503), allow=site.allow)
    assert len(site.seen) == 3


async def test_retry_after_is_honoured(site: Site) -> None:
    """The server's wish counts, not our own shorter pause."""
    _fail_first(site, 1, 429, Retry_After="1")
    began = time.monotonic()
    await fetch(site.url("/"), allow=site.allow)
    assert time.monotonic() - began >= 1


async def test_a_server_that_asks_for_too_long_a_wait_is_given_up(site: Site) -> None:
    """Nobody sleeps an hour because a header says so."""
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match="asks to wait"):
        await fetch(site.page("/", "no", status=429, Retry_After="3600"), allow=site.allow)
    assert len(site.seen) == 1 and time.monotonic() - began < 2


async def test_a_slow_site_is_left(site: Site) -> None:
    """The time limit is for the whole answer, so that one byte at a time does not get around it."""
    site.routes["/"] = _drip
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"within 0\.3 seconds"):
        await fetch(site.url("/"), allow=site.allow, timeout=0.3)
    assert time.monotonic() - began < 3


async def test_a_body_that_is_cut_is_no_body(site: Site) -> None:
    """Fewer bytes than announced are a failure, not a short page."""
    site.page("/", "half", Content_Length="4000")
    with pytest.raises(SourceUnavailable, match="the connection broke"):
        await fetch(site.url("/"), allow=site.allow)
    assert len(site.seen) == 3


@pytest.mark.parametrize("announced", [True, False])
async def test_a_huge_body_is_refused(site: Site, announced: bool) -> None:
    """By its announced length, or else as soon as it has grown too large."""
    site.page("/", b"x" * 2_000_000)
    if not announced:
        site.routes["/"] = _endless
    with pytest.raises(SourceRefused, match="larger than 1 MB"):
        await fetch(site.url("/"), allow=site.allow, accept={"*": 1_000_000})


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", lambda data: zlib.compress(data)[2:-4])],
)
async def test_a_compressed_body_is_unpacked(site: Site, encoding: str, pack: type[bytes]) -> None:
    """gzip, zlib and the raw deflate of some servers."""
    site.page("/", pack(b"words " * 1000), Content_Encoding=encoding)
    assert (await fetch(site.url("/"), allow=site.allow)).body == b"words " * 1000


async def test_a_gzip_bomb_is_refused_in_little_memory(site: Site) -> None:
    """Hundreds of megabytes in a few hundred kilobytes: no more than the limit is ever unpacked."""
    import tracemalloc

    bomb = gzip.compress(b"\0" * 300_000_000, compresslevel=9)
    site.page("/", bomb, Content_Encoding="gzip")
    tracemalloc.start()
    with pytest.raises(SourceRefused, match="larger than 5 MB"):
        await fetch(site.url("/"), allow=site.allow)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(bomb) < 1_000_000 and peak < 30_000_000


@pytest.mark.parametrize(
    ("body", "encoding", "error", "said"),
    [
        (b"not gzip", "gzip", SourceUnreadable, "damaged"),
        (b"?", "br", SourceUnreadable, "Content-Encoding is 'br'"),
        (gzip.compress(b"words" * 999, mtime=0)[:40], "gzip", SourceUnavailable, "only a part"),
    ],
)
async def test_a_body_that_cannot_be_unpacked_is_told(
    site: Site, body: bytes, encoding: str, error: type[SourceError], said: str
) -> None:
    """Damaged, unknown or cut: each has its line."""
    site.page("/", body, Content_Encoding=encoding)
    with pytest.raises(error, match=said):
        await fetch(site.url("/"), allow=site.allow)


async def test_a_type_that_is_not_wanted_is_not_read(site: Site) -> None:
    """The type is checked before the body."""
    with pytest.raises(SourceUnreadable, match="is image/png, not text"):
        await fetch(site.page("/", b"\x89PNG", kind="image/png"), allow=site.allow, accept={"text/*": 10})


async def test_a_name_that_does_not_exist_is_not_found() -> None:
    """A typing mistake is told as one, at once."""
    with pytest.raises(SourceNotFound, match="no host of that name"):
        await fetch("http://no-such-host.invalid/")


async def test_a_closed_port_is_unavailable() -> None:
    """Nobody listens: tried again, then told."""
    with pytest.raises(SourceUnavailable, match="cannot connect"):
        await fetch("http://127.0.0.1:9/", allow=("127.0.0.1:9",))


async def test_we_say_who_we_are_and_ignore_proxies(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would look names up itself, past the check of the address."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    await fetch(site.page("/", "x"), allow=site.allow)
    assert site.headers[0]["user-agent"].startswith("swarm/")


def _fail_first(site: Site, times: int, status: int, **headers: str) -> None:
    site.page("/", "not yet", status=status, **headers)
    failing = site.routes["/"]
    site.page("/", "at last")
    working = site.routes["/"]
    site.routes["/"] = lambda request: (failing if len(site.seen) <= times else working)(request)


def _drip(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.end_headers()
    for _ in range(40):
        request.wfile.write(b".")
        request.wfile.flush()
        time.sleep(0.05)


def _endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.end_headers()
    for _ in range(200):
        request.wfile.write(b"x" * 100_000)


async def test_a_page_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    """Who can reach the web through a proxy alone reaches it; what leads inside is asked of nobody."""
    site.page("http://pages.invalid.example/fares", "<p>Fares</p>")
    monkeypatch.setenv("HTTP_PROXY", f"http://{site.origin}")
    for name in ("http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert b"Fares" in (await fetch("http://pages.invalid.example/fares")).body
    assert site.seen == ["http://pages.invalid.example/fares"]
    for inside in ("http://intranet/", "http://router.lan/", "http://metadata.google.internal/", "http://10.0.0.7/"):
        with pytest.raises(SourceRefused):
            await fetch(inside)
    assert len(site.seen) == 1
    own = site.page("/own", "mine", kind="text/plain")
    assert (await fetch(own, allow=site.allow)).body == b"mine"
