"""Fetching: one bounded, SSRF-proof GET; every hop is checked, and connects only to the address that was checked.

Between the check and the connection stand the cache, if there is one, and the turn of a host that others ask as well.
"""

import asyncio
import fnmatch
import functools
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import httpx
from ssrfguard import Policy, SSRFGuardError
from ssrfguard.httpx import AsyncSafeTransport
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from integrations.bodies import ENCODINGS, TooLarge, Undecodable, read_body
from integrations.guard import check_name, policy_for
from integrations.http_cache import cache_key, cached
from integrations.patience import Transient, pause
from integrations.politeness import pace, turn
from integrations.refusals import blocked, failed_connection, refused_status
from swarm.errors import SourceError, SourceRefused, SourceUnavailable, SourceUnreadable
from swarm.proxies import proxy_for
from swarm.text.display_url import display_url

MEGABYTE = 1_000_000
HOPS = 5
ATTEMPTS = 3
LONGEST_WAIT = 20.0
"""Seconds; a server that asks for more (`Retry-After`) is given up on."""

_FIRST_PAUSE = 0.5


@dataclass(frozen=True)
class Fetched:
    """What came back: `url` after redirects, `content_type` in lower case without parameters, `charset` as claimed."""

    url: str
    status: int
    content_type: str
    charset: str | None
    body: bytes


@dataclass(frozen=True)
class Reach:
    """How far a fetch goes: `allow` names hosts (host or host:port) that may be private, `cache` is a folder.

    `timeout` is seconds for one attempt, redirects included; `headers` go to the first host and nowhere else.
    """

    allow: tuple[str, ...] = ()
    timeout: float = 20.0
    cache: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


async def fetch(
    url: str,
    *,
    allow: tuple[str, ...] = (),
    accept: Mapping[str, int] | None = None,
    timeout: float = 20.0,
    cache: Path | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Get `url`, trying again after transient failures only; of the arguments see `Reach`.

    `accept` maps patterns of content types to the most bytes of them (decompressed).
    Raises SourceNotFound, SourceRefused, SourceUnreadable or SourceUnavailable.
    """
    reach = Reach(allow, timeout, cache, headers or {})
    once = functools.partial(_attempt, url, reach, accept or {"*": 5 * MEGABYTE})
    retrying = AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS), wait=_pause, retry=retry_if_exception(_is_worth_it), reraise=True
    )
    try:
        return await retrying(once)
    except Transient as failure:
        raise SourceUnavailable(f"{display_url(url)} cannot be read now: {failure}; try again later") from None


def _pause(state: RetryCallState) -> float:
    return pause(state, _FIRST_PAUSE)


def _is_worth_it(failure: BaseException) -> bool:
    return isinstance(failure, Transient) and (failure.after or 0) <= LONGEST_WAIT


async def _attempt(url: str, reach: Reach, accept: Mapping[str, int]) -> Fetched:
    try:
        async with turn(_host_in(url)), asyncio.timeout(reach.timeout):
            return await _follow(url, reach, accept)
    except TimeoutError:
        raise Transient(f"no whole answer within {reach.timeout:g} seconds") from None


async def _follow(url: str, reach: Reach, accept: Mapping[str, int]) -> Fetched:
    """Walk the redirects by hand, so that what is allowed is decided anew for each hop's host and port."""
    start = url
    for _ in range(HOPS + 1):
        try:
            arrived = await _hop(url, reach if url == start else replace(reach, headers={}), accept)
        except SourceError as error:
            raise error if url == start else type(error)(f"{display_url(start)} redirects: {error}") from None
        if isinstance(arrived, Fetched):
            return arrived
        url = arrived
    raise SourceUnavailable(f"{display_url(start)} redirects more than {HOPS} times; give the address it ends at")


async def _hop(url: str, reach: Reach, accept: Mapping[str, int]) -> Fetched | str:
    """Return what is there, or the address it redirects to."""
    try:
        policy = policy_for(url, reach.allow)
        # What the cache holds is checked as what is not: a literal address that is refused is refused here.
        policy.check_url(str(httpx.URL(url)))
        transport = await _transport(url, policy, reach)
        async with (
            httpx.AsyncClient(transport=transport, timeout=reach.timeout, trust_env=False) as client,
            client.stream(
                "GET", url, headers={**_headers(), **reach.headers}, extensions=_extensions(url, policy)
            ) as said,
        ):
            if said.next_request is not None:
                return str(said.next_request.url)
            return await _received(said, accept)
    except (SSRFGuardError, httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
        raise blocked(url, error) from None
    except httpx.TransportError as error:
        raise failed_connection(url, error) from None


class _Paced(AsyncSafeTransport):
    """The guarded transport, which waits until a public host may be asked again; a person's own need not wait."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.policy.allowed_networks:
            await pace(request.url.host)
        return await super().handle_async_request(request)


class _Proxied(httpx.AsyncHTTPTransport):
    """Through the person's proxy, at the same pace."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await pace(request.url.host)
        return await super().handle_async_request(request)


async def _transport(url: str, policy: Policy, reach: Reach) -> httpx.AsyncBaseTransport:
    """Return what connects: itself, to the very address that was checked, or the person's proxy, if there is one.

    A proxy looks a name up itself; what we can look up is checked before it is asked. A host that the person allowed
    though it is private is his own, and reached without.
    """
    proxy = None if policy.allowed_networks else proxy_for(url)
    if proxy:
        await check_name(policy, httpx.URL(url).host)
        guarded: httpx.AsyncBaseTransport = _Proxied(proxy=proxy, verify=_certificates(), trust_env=False)
    else:
        guarded = _Paced(policy=policy, verify=_certificates(), trust_env=False)
    return cached(guarded, reach.cache) if reach.cache else guarded


def _extensions(url: str, policy: Policy) -> dict[str, object]:
    return {"caching": {"key": cache_key(str(httpx.URL(url)), bool(policy.allowed_networks))}}


def _host_in(url: str) -> str:
    try:
        return httpx.URL(url).host
    except httpx.InvalidURL:
        return ""  # and refused as what it is


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
        raise SourceUnreadable(f"{display_url(url)} cannot be decoded: {error}") from None
    return Fetched(url, response.status_code, content_type, response.charset_encoding, body)


def _limit(url: str, content_type: str, accept: Mapping[str, int]) -> int:
    for pattern, limit in accept.items():
        if fnmatch.fnmatchcase(content_type, pattern):
            return limit
    raise SourceUnreadable(
        f"{display_url(url)} is {content_type or 'of no stated type'}, not text; give a page, a text or a PDF"
    )


def _too_large(url: str, limit: int) -> SourceRefused:
    return SourceRefused(f"{display_url(url)} is larger than {limit / MEGABYTE:g} MB, the most that is read of it")


def _digits(header: str | None) -> str:
    return header if header and header.isascii() and header.isdigit() and len(header) < 16 else "0"
