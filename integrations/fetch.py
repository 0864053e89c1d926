"""Fetching: one bounded, SSRF-proof GET; every hop is checked, and connects only to the address that was checked."""

import asyncio
import fnmatch
import functools
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_network

import httpx
from ssrfguard import Policy, SSRFGuardError
from ssrfguard.httpx import AsyncClient
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from integrations.bodies import ENCODINGS, TooLarge, Undecodable, read_body
from integrations.patience import Transient, pause
from integrations.refusals import blocked, failed_connection, port_of, refused_status, shown
from swarm.errors import SourceError, SourceRefused, SourceUnavailable, SourceUnreadable

MEGABYTE = 1_000_000
HOPS = 5
ATTEMPTS = 3
LONGEST_WAIT = 20.0
"""Seconds; a server that asks for more (`Retry-After`) is given up on."""

_ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_FIRST_PAUSE = 0.5


@dataclass(frozen=True)
class Fetched:
    """What came back: `url` after redirects, `content_type` in lower case without parameters, `charset` as claimed."""

    url: str
    status: int
    content_type: str
    charset: str | None
    body: bytes


async def fetch(
    url: str, *, allow: tuple[str, ...] = (), accept: Mapping[str, int] | None = None, timeout: float = 20.0
) -> Fetched:
    """Get `url`, trying again after transient failures only.

    `allow` names hosts (host or host:port) that may be private; `accept` maps patterns of content types to the most
    bytes of them (decompressed); `timeout` is seconds for one attempt, redirects included.
    Raises SourceNotFound, SourceRefused, SourceUnreadable or SourceUnavailable.
    """
    once = functools.partial(_attempt, url, allow, accept or {"*": 5 * MEGABYTE}, timeout)
    retrying = AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS), wait=_pause, retry=retry_if_exception(_is_worth_it), reraise=True
    )
    try:
        return await retrying(once)
    except Transient as failure:
        raise SourceUnavailable(f"{shown(url)} cannot be read now: {failure}; try again later") from None


def _pause(state: RetryCallState) -> float:
    return pause(state, _FIRST_PAUSE)


def _is_worth_it(failure: BaseException) -> bool:
    return isinstance(failure, Transient) and (failure.after or 0) <= LONGEST_WAIT


async def _attempt(url: str, allow: tuple[str, ...], accept: Mapping[str, int], timeout: float) -> Fetched:
    try:
        async with asyncio.timeout(timeout):
            return await _follow(url, allow, accept, timeout)
    except TimeoutError:
        raise Transient(f"no whole answer within {timeout:g} seconds") from None


async def _follow(url: str, allow: tuple[str, ...], accept: Mapping[str, int], timeout: float) -> Fetched:
    """Walk the redirects by hand, so that what is allowed is decided anew for each hop's host and port."""
    start = url
    for _ in range(HOPS + 1):
        try:
            arrived = await _hop(url, allow, accept, timeout)
        except SourceError as error:
            raise error if url == start else type(error)(f"{shown(start)} redirects: {error}") from None
        if isinstance(arrived, Fetched):
            return arrived
        url = arrived
    raise SourceUnavailable(f"{shown(start)} redirects more than {HOPS} times; give the address it ends at")


async def _hop(url: str, allow: tuple[str, ...], accept: Mapping[str, int], timeout: float) -> Fetched | str:
    """Return what is there, or the address it redirects to."""
    try:
        policy = _policy(url, allow)
        # trust_env: a proxy would look the name up itself, and the checked address would not be the one reached.
        async with (
            AsyncClient(policy=policy, verify=_certificates(), timeout=timeout, trust_env=False) as client,
            client.stream("GET", url, headers=_headers()) as response,
        ):
            if response.next_request is not None:
                return str(response.next_request.url)
            return await _received(response, accept)
    except (SSRFGuardError, httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
        raise blocked(url, error) from None
    except httpx.TransportError as error:
        raise failed_connection(url, error) from None


def _policy(url: str, allow: tuple[str, ...]) -> Policy:
    """Permit this one port, and private addresses only if the person allowed this very host."""
    parsed = httpx.URL(url)
    port = port_of(parsed)
    if parsed.userinfo:
        raise ValueError("it carries a user name or password, which is how addresses are disguised")
    if not 0 < port < 65536:
        raise ValueError(f"{port} is not a port")
    host = parsed.host.rstrip(".").lower()
    names = {host, f"{host}:{port}", f"[{host}]", f"[{host}]:{port}"}
    allowed = any(entry.lower() in names for entry in allow)
    return Policy(allowed_ports=frozenset({port}), allowed_networks=_ANYWHERE if allowed else ())


@functools.cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@functools.cache
def _headers() -> dict[str, str]:
    agent = f"swarm/{version('swarm')} (reads single pages on a person's behalf)"
    accepted = "text/html,application/xhtml+xml,text/*;q=0.9,application/pdf;q=0.9,*/*;q=0.5"
    return {"User-Agent": agent, "Accept": accepted, "Accept-Encoding": ENCODINGS}


async def _received(response: httpx.Response, accept: Mapping[str, int]) -> Fetched:
    url = str(response.url.copy_with(fragment=None))
    if response.status_code != 200:
        raise refused_status(url, response)
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    limit = _limit(url, content_type, accept)
    if int(_digits(response.headers.get("content-length"))) > limit:
        raise _too_large(url, limit)
    try:
        body = await read_body(response.aiter_raw(), response.headers.get("content-encoding", ""), limit)
    except TooLarge:
        raise _too_large(url, limit) from None
    except Undecodable as error:
        raise SourceUnreadable(f"{shown(url)} cannot be decoded: {error}") from None
    return Fetched(url, response.status_code, content_type, response.charset_encoding, body)


def _limit(url: str, content_type: str, accept: Mapping[str, int]) -> int:
    for pattern, limit in accept.items():
        if fnmatch.fnmatchcase(content_type, pattern):
            return limit
    raise SourceUnreadable(
        f"{shown(url)} is {content_type or 'of no stated type'}, not text; give a page, a text or a PDF"
    )


def _too_large(url: str, limit: int) -> SourceRefused:
    return SourceRefused(f"{shown(url)} is larger than {limit / MEGABYTE:g} MB, the most that is read of it")


def _digits(header: str | None) -> str:
    return header if header and header.isascii() and header.isdigit() and len(header) < 16 else "0"
