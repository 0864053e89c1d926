"""What comes out of a sandbox, read as from an enemy: the guest's frames, and what the code prints."""

import asyncio
import base64
import binascii
import json
import os
import socket
import struct

from swarm.sandbox.inside.order import Report
from swarm.sandbox.limits import BYTES_KEPT
from swarm.sandbox.output import Output

_LARGEST = 4 * BYTES_KEPT


async def receive(reader: asyncio.StreamReader) -> Report:
    """Read one report; a guest that says nothing readable has failed."""
    try:
        size: int = struct.unpack(">I", await reader.readexactly(4))[0]
        if size > _LARGEST:
            return Report(failed=f"the sandbox sent a report of {size} bytes")
        return _read(await reader.readexactly(size))
    except (asyncio.IncompleteReadError, ConnectionError):
        return Report(failed="the sandbox ended before it reported")


async def receive_ready(channel: socket.socket) -> tuple[Report, int | None]:
    """Read the guest's first report, and the descriptor that may come with it: a stream would lose that one."""
    loop, data = asyncio.get_running_loop(), bytearray()
    shared: int | None = None
    while len(data) < 4 or len(data) < 4 + struct.unpack(">I", data[:4])[0]:
        await _readable(loop, channel)
        try:
            more, fds, _, _ = socket.recv_fds(channel, 65536, 1)
        except ConnectionError:
            more, fds = b"", []
        shared = fds[0] if fds else shared
        if not more or len(data) > _LARGEST:
            return Report(failed=""), shared
        data += more
    return _read(bytes(data[4:])), shared


async def drain(pipe: int, output: Output) -> None:
    """Read a pipe to its end, and close it."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    file = os.fdopen(pipe, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, file)
    try:
        while data := await reader.read(1 << 16):
            output.feed(data)
    finally:
        transport.close()


def _read(data: bytes) -> Report:
    try:
        report: Report = json.loads(data)
        for content in report.get("files", {}).values():
            base64.b64decode(content, validate=True)
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        return Report(failed=f"the sandbox sent an unreadable report: {error}")
    return report


async def _readable(loop: asyncio.AbstractEventLoop, channel: socket.socket) -> None:
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(channel, wake)
    try:
        await ready
    finally:
        loop.remove_reader(channel)
