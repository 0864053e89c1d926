"""Fetching: one bounded, SSRF-proof GET; every hop is checked, and connects only to the address that was checked."""

import fnmatch
import functools
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

import httpx
import tenacity
from ssrfguard import Policy, SSRFGuardError
from ssrfguard.httpx import AsyncClient

from integrations.bodies import Broken, TooLarge, read_body
from integrations.retries import MOST_PATIENCE, Transient, patient, wait_asked
from swarm.errors import SourceNotFound, SourceRefused, SourceUnavailable, SourceUnreadable

MEGABYTE = 1_000_000
HOPS = 5
_ANYWHERE = ("0.0.0.0/0", "::/0")
_NO_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True)
class Fetched:
    """What came back: `url` after redirects, `content_type` in lower case without parameters, `charset` as claimed."""

    url: str
    status: int
    content_type: str
    charset: str
    body: bytes


async def fetch(
    url: str, *, allow: tuple[str, ...] = (), accept: Mapping[str, int] | None = None, timeout: float = 20.0
) -> Fetched:
    """Get `url`, trying again after transient failures only.

    `allow` names hosts (host or host:port) that may be private; `accept` maps patterns of content types to the most
    bytes of them (decompressed); `timeout` is seconds for one attempt, redirects included.
    Raises SourceNotFound, SourceRefused, SourceUnreadable or SourceUnavailable.
    """
    accept = accept or {"*": 5 * MEGABYTE}
    try:
        async for attempt in patient():
            with attempt:
                return await _attempt(url, allow, accept, timeout)
    except Transient as failure:
        raise SourceUnavailable(f"{_shown(url)} {failure}; try again later") from None
    raise AssertionError("unreachable: tenacity re-raises the last failure")  # pragma: no cover
