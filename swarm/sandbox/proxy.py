"""The only way from a sandbox to the network: an HTTP proxy on the host that lets through what was granted.

It listens on a socket that the guest made in its own network and handed over, so nothing of it runs in the sandbox.
A granted name is resolved here, and the address that was checked is the one that is connected to.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from swarm.errors import UsageError

_GRANT = re.compile(r"^(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9*._-]+):(?P<port>\d{1,5})$")
_HEAD_BYTES = 32_768
_CONNECTIONS = 16
_CONNECT_SECONDS = 10.0
_IDLE_SECONDS = 60.0
_MOST_BYTES = 100_000_000
"""From and to one sandbox, in all."""


def check_grant(grant: str) -> str:
    """Return a grant `host:port` as it is compared, the host in lower case; raises UsageError for any other form."""
    found = _GRANT.match(grant.strip())
    host, port = (found["host"].lower().rstrip("."), int(found["port"])) if found else ("", 0)
    if not found or not 0 < port < 65536 or "*" in host.removeprefix("*.") or host in ("*.", ""):
        raise UsageError(f"the grant {grant!r} is no host and port; write api.example.org:443 or *.example.org:443")
    return f"{host}:{port}"


class Proxy:
    """Passes on to the granted hosts and ports, and keeps count; `private` names those that may be private addresses.

    An address that is written out in a grant, and `localhost`, is private by a person's own words.
    """

    def __init__(self, grants: Iterable[str], private: Iterable[str] = ()) -> None:
        self.grants = frozenset(map(check_grant, grants))
        self._private = frozenset(name.lower() for name in private)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._left = _MOST_BYTES
        self.refused: list[str] = []
        """What was asked for and not granted, for the function's report."""

    async def serve(self, listening: socket.socket) -> None:
        """Answer on a listening socket until closed."""
        self._server = await asyncio.start_server(self._accept, sock=listening, limit=_HEAD_BYTES)

    def close(self) -> None:
        """Stop, and drop what is open."""
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()

    def allows(self, host: str, port: int) -> bool:
        """Say whether a host and port was granted."""
        host = host.lower().rstrip(".")
        parents = [f"*.{host.split('.', at)[at]}" for at in range(1, host.count(".") + 1)]
        return any(f"{name}:{port}" in self.grants for name in (host, *parents))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            if len(self._open) > _CONNECTIONS:
                await _say(writer, 503, f"more than {_CONNECTIONS} connections at once")
            else:
                await self._serve(reader, writer)
        except (OSError, TimeoutError, ValueError, EOFError, asyncio.LimitOverrunError):
            pass  # the code sees a connection that was closed
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_CONNECT_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        line, _, rest = head.partition(b"\r\n")
        method, target, _ = line.decode("ascii").split(" ")
        host, port, path = _place(method, target)
        if not self.allows(host, port):
            self.refused.append(f"{host}:{port}")
            return await _say(writer, 403, f"{host}:{port} is not granted to this function")
        try:
            address = await self._address(host, port)
            async with asyncio.timeout(_CONNECT_SECONDS):
                theirs, ours = await asyncio.open_connection(address, port)
        except PermissionError as error:
            self.refused.append(f"{host}:{port}")
            return await _say(writer, 403, str(error))
        except (OSError, TimeoutError) as error:
            return await _say(writer, 502, f"{host}:{port} cannot be reached: {error}")
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 granted\r\n\r\n")
            else:  # one request a connection, so that a second one cannot name another host
                ours.write(f"{method} {path} HTTP/1.1\r\n".encode() + _without_hops(rest))
            await self._relay((reader, ours), (theirs, writer))
        finally:
            ours.transport.abort()

    async def _address(self, host: str, port: int) -> str:
        """Resolve a host to the address to connect to; raises PermissionError if it is private, and was not meant."""
        bare = host.strip("[]")
        with suppress(ValueError):
            return str(ipaddress.ip_address(bare))
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(bare, port, type=socket.SOCK_STREAM)
        addresses = [str(info[4][0]) for info in found]
        meant = {bare, f"{bare}:{port}"} & (self._private | {"localhost"})
        if not meant and not all(ipaddress.ip_address(each.partition("%")[0]).is_global for each in addresses):
            raise PermissionError(f"{host} is a private address; grant the address itself if that is meant")
        return addresses[0]

    async def _relay(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        done, rest = await asyncio.wait(
            [asyncio.create_task(self._pour(*way)) for way in ways], return_when=asyncio.ALL_COMPLETED
        )
        for task in (*done, *rest):
            task.cancel()

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError):
            while self._left > 0:
                async with asyncio.timeout(_IDLE_SECONDS):
                    data = await reader.read(1 << 16)
                    if not data:
                        break
                    self._left -= len(data)
                    writer.write(data)
                    await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()


def _place(method: str, target: str) -> tuple[str, int, str]:
    """Return host, port and path of a request; raises ValueError for one that is not for a proxy."""
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        return host, int(port), ""
    parts = urlsplit(target)
    if parts.scheme != "http" or not parts.hostname or parts.username is not None:
        raise ValueError(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.hostname, parts.port or 80, path


def _without_hops(head: bytes) -> bytes:
    rows = [row for row in head.split(b"\r\n") if row and not row.lower().startswith((b"proxy-", b"connection:"))]
    return b"\r\n".join([*rows, b"Connection: close", b"", b""])


async def _say(writer: asyncio.StreamWriter, status: int, words: str) -> None:
    body = f"{words}\n".encode()
    head = f"HTTP/1.1 {status} refused\r\nContent-Length: {len(body)}\r\nContent-Type: text/plain; charset=utf-8\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
    await writer.drain()
