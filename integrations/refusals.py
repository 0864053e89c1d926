"""Refusals: what a fetch that did not come off means, as one clear line of the error tree."""

import socket

import httpx
from ssrfguard import BlockedAddressError, BlockedURLError

from integrations.patience import Transient, retry_after
from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnavailable
from swarm.text.display_url import display_url

_NO_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}


class NotOpen(SourceRefused):
    """The site itself turned us away; stays in this package, and is a SourceRefused outside of it."""


def blocked(url: str, error: Exception) -> SourceRefused:
    """Explain why an address is not fetched, and which setting would allow it."""
    if isinstance(error, BlockedAddressError):
        reason = f"it leads to {error.address}, which is not public ({_short(error.reason)})"
    elif isinstance(error, BlockedURLError):
        reason = _short(error.reason)
    else:
        return SourceRefused(
            f"{display_url(url)} is not fetched: {_short(str(error))}; give a plain http or https address"
        )
    if isinstance(error, BlockedAddressError) or isinstance(error.__cause__, BlockedAddressError):
        reason += f"; to allow this one, set SWARM_ALLOW_PRIVATE={_origin(url)}"
    return SourceRefused(f"{display_url(url)} is not fetched: {reason}")


def failed_connection(url: str, error: httpx.TransportError) -> Exception:
    """Tell a name that does not exist from a connection that may come off next time."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror) and cause.errno in _NO_NAME:
            return SourceNotFound(f"{display_url(url)}: there is no host of that name; check the spelling")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return Transient("no answer in time")
    if isinstance(error, httpx.ConnectError):
        return Transient("cannot connect")
    return Transient(f"the connection broke ({_short(str(error)) or type(error).__name__})")


def refused_status(url: str, response: httpx.Response) -> SourceError | Transient:
    """Turn a status other than 200 into what it means here."""
    status = response.status_code
    if status in (404, 410):
        return SourceNotFound(f"{display_url(url)} does not exist (status {status}); check the address")
    if status in (401, 402, 403, 407, 451):
        return NotOpen(f"{display_url(url)} is not open to us (status {status}); give a public address")
    if status in _TRANSIENT:
        after = retry_after(response.headers.get("retry-after"))
        asks = f" and asks to wait {after:.0f} seconds" if after else ""
        return Transient(f"it answers with status {status}{asks}", after)
    return SourceUnavailable(f"{display_url(url)} answers with status {status} and no page; check the address")


def port_of(url: httpx.URL) -> int:
    """Return the port, the scheme's own if none is written."""
    return url.port if url.port is not None else 80 if url.scheme == "http" else 443


def _origin(url: str) -> str:
    parsed = httpx.URL(url)
    return f"[{parsed.host}]:{port_of(parsed)}" if ":" in parsed.host else f"{parsed.host}:{port_of(parsed)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:199]}…"
