"""Proxies of the environment: who takes them, and which ones nobody can take."""

import httpx
import pytest

from swarm.errors import UsageError
from swarm.proxies import is_loopback, proxy_for, spare_this_machine


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of whoever runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    "proxy", ["http://10.0.0.1:3128", "socks5://10.0.0.1:1080", "socks://10.0.0.1:1080", "10.0.0.1:80"]
)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
async def test_this_machine_is_reached_without_one(monkeypatch: pytest.MonkeyPatch, name: str, proxy: str) -> None:
    """Whatever the environment names, in any spelling, and what the person had listed stays listed."""
    monkeypatch.setenv(name, proxy)
    monkeypatch.setenv("no_proxy", "intranet.example, .corp.example")
    spare_this_machine()
    async with httpx.AsyncClient() as client:
        for own in ("http://127.0.0.1:4200/api", "http://localhost:4200/api", "http://[::1]:4200/api"):
            assert client._transport_for_url(httpx.URL(own)) is client._transport
            assert proxy_for(own) is None
        assert client._transport_for_url(httpx.URL("http://models.example/v1")) is not client._transport
    assert proxy_for("http://intranet.example/") is None
    assert proxy_for("http://pages.example/") is not None


@pytest.mark.parametrize(
    "proxy", ["socks4://10.0.0.1:1080", "ftp://10.0.0.1", "http://", "http://10.0.0.1:99999", "http://[::1"]
)
def test_one_that_nobody_can_use_is_said(proxy: str) -> None:
    """One line that names the variable, and not what it holds."""
    with pytest.raises(UsageError, match=r"^HTTPS_PROXY names no proxy") as caught:
        spare_this_machine({"HTTPS_PROXY": proxy})
    assert proxy not in str(caught.value)


def test_no_proxy_for_all_stays_for_all() -> None:
    """A star means every host, with ours behind it."""
    environ = {"NO_PROXY": "*"}
    spare_this_machine(environ)
    assert environ["NO_PROXY"] == environ["no_proxy"] == "*,127.0.0.1,localhost,::1"


@pytest.mark.parametrize(
    ("host", "own"), [("127.0.0.1", True), ("127.8.8.8", True), ("[::1]", True), ("127.evil.example", False)]
)
def test_this_machine_is_an_address_of_it(host: str, own: bool) -> None:
    """A name that begins like one is somebody else's."""
    assert is_loopback(f"http://{host}:1/v1") == own
