"""The host's side of one run: starts the guest, talks to it, and ends it whatever happens."""

import asyncio
import base64
import binascii
import json
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from swarm.sandbox.cells import Backend, Cell
from swarm.sandbox.inside.order import Order, Report, frame
from swarm.sandbox.judge import judge
from swarm.sandbox.limits import BYTES_KEPT, FILES_KEPT, Limits, Outcome
from swarm.sandbox.output import Output

_START_SECONDS = 20.0
_GRACE_SECONDS = 3.0  # the guest keeps the clock; this is for one that does not
_LARGEST_REPORT = 4 * BYTES_KEPT


@dataclass(frozen=True)
class Job:
    """A command line inside the sandbox, and the files that lie in its private folder."""

    command: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


async def run_in(backend: Backend, job: Job) -> Outcome:
    """Run a job in a fresh sandbox; on return, or when cancelled, nothing of it is left."""
    with backend.cell(job.limits) as cell:
        guest = _Guest(cell)
        try:
            report, printed = await guest.converse(_order(cell, job), job.limits)
        finally:
            guest.close()
    return judge(report, printed, job.limits, backend.name)


def _order(cell: Cell, job: Job) -> Order:
    return Order(
        command=list(job.command),
        environment={
            "PATH": "/usr/bin:/bin",
            "HOME": cell.home,
            "TMPDIR": cell.home,
            "LANG": "C.UTF-8",
        },
        folder=cell.folder,
        files={name: base64.b64encode(content).decode() for name, content in job.files.items()},
        namespaces=cell.namespaces,
        mounts=list(cell.mounts),
        uid=cell.uid,
        filter=cell.filter.hex(),
        read=list(cell.read),
        write=list(cell.write),
        limits=job.limits.model_dump(),
        files_kept=FILES_KEPT,
        bytes_kept=BYTES_KEPT,
    )


class _Guest:
    """A started guest. The loop's thread starts it, so it may not outlive that thread (PR_SET_PDEATHSIG)."""

    def __init__(self, cell: Cell) -> None:
        self.channel, theirs = socket.socketpair()
        self.told, tell = os.pipe()
        self.first: int | None = None  # pidfd of the sandbox's pid 1, where there is one
        try:
            self.process = subprocess.Popen(
                cell.start(theirs.fileno(), tell),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env={},
                cwd="/",
                pass_fds=(theirs.fileno(), tell),
                start_new_session=True,
            )
        except OSError:
            self.channel.close()
            os.close(self.told)
            raise
        finally:
            theirs.close()
            os.close(tell)

    async def converse(self, order: Order, limits: Limits) -> tuple[Report, tuple[Output, Output]]:
        """Give the order and wait for the report, reading what is printed meanwhile."""
        printed = Output(limits.output_kb * 1024), Output(limits.output_kb * 1024)
        process, reader, writer = self.process, *await asyncio.open_connection(sock=self.channel)
        assert process.stdout and process.stderr
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_drain(process.stdout, printed[0]))
                group.create_task(_drain(process.stderr, printed[1]))
                report = await self._exchange(reader, writer, order)
                self.end()  # closes the pipes' other ends, so that the two tasks end
        finally:
            writer.transport.abort()  # not close(), which would wait for an unread order to be read
        return report, printed

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, order: Order) -> Report:
        try:
            async with asyncio.timeout(_START_SECONDS):
                writer.write(frame(order))
                report = await _receive(reader)
        except TimeoutError:
            return Report(failed=f"the sandbox did not start within {_START_SECONDS:g} s")
        if not report.get("ready"):
            return report
        self._meet()
        try:
            async with asyncio.timeout(order["limits"]["wall_seconds"] + _GRACE_SECONDS):
                return await _receive(reader)
        except TimeoutError:
            return Report(status=None, broken="wall", wall=order["limits"]["wall_seconds"] + _GRACE_SECONDS)

    def _meet(self) -> None:
        """Open a handle to the sandbox's pid 1: with it ends everything inside."""
        os.set_blocking(self.told, False)
        with suppress(BlockingIOError, ValueError, KeyError, ProcessLookupError):
            self.first = os.pidfd_open(int(json.loads(os.read(self.told, 4096))["child-pid"]))

    def end(self) -> None:
        """Kill the whole tree and wait for it; harmless when called again."""
        if self.process.returncode is not None:
            return
        if self.first is None:
            self._meet()
        if self.first is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.first, signal.SIGKILL)
            os.close(self.first)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            _await_group(self.process.pid)

    def close(self) -> None:
        """End it, and close what no transport of the loop watches any more."""
        self.end()
        os.close(self.told)
        for pipe in (self.channel, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


def _await_group(group: int) -> None:
    """Wait until what was killed with the guest is gone: it is no child of ours, so there is nothing else to ask."""
    end = time.monotonic() + 0.5
    with suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < end:
            os.killpg(group, 0)
            time.sleep(0.002)


async def _receive(reader: asyncio.StreamReader) -> Report:
    """Read one frame; a guest that says nothing readable has failed."""
    try:
        size: int = struct.unpack(">I", await reader.readexactly(4))[0]
        if size > _LARGEST_REPORT:
            return Report(failed=f"the sandbox sent a report of {size} bytes")
        report: Report = json.loads(await reader.readexactly(size))
        for content in report.get("files", {}).values():
            base64.b64decode(content, validate=True)
        return report
    except (asyncio.IncompleteReadError, ConnectionError):
        return Report(failed="")
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        return Report(failed=f"the sandbox sent an unreadable report: {error}")


async def _drain(pipe: IO[bytes], output: Output) -> None:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    try:
        while data := await reader.read(1 << 16):
            output.feed(data)
    finally:
        transport.close()
