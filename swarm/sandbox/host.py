"""The host's side of one sandbox: starts the guest, gives it calls, and ends it whatever happens."""

import asyncio
import base64
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from types import TracebackType

from swarm.errors import SandboxUnavailable
from swarm.sandbox.cells import PORT, Backend, Cell, Room, guest_code
from swarm.sandbox.frames import drain, receive, receive_ready
from swarm.sandbox.inside.order import Call, Order, Report, frame
from swarm.sandbox.judge import judge
from swarm.sandbox.limits import BYTES_KEPT, FILES_KEPT, Limits, Outcome
from swarm.sandbox.output import Output
from swarm.sandbox.proxy import Proxy

_START_SECONDS = 20.0
_GRACE_SECONDS = 3.0  # the guest keeps the clock; this is for one that does not

Conversation = Callable[[socket.socket], Awaitable[None]]


@dataclass(frozen=True)
class Job:
    """What to run inside the sandbox, and the files that lie in its private folder."""

    command: tuple[str, ...] = ()
    """A command line; empty: a Python function, in a fork of the guest."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    environment: Mapping[str, str] = field(default_factory=dict)
    reserves: bool = False
    converse: Conversation | None = None
    """What to do on the host's end of the call's channel while it runs."""


async def run_in(backend: Backend, job: Job) -> Outcome:
    """Run a job in a fresh sandbox; on return, or when cancelled, nothing of it is left."""
    async with Guest(backend, Room(limits=job.limits)) as guest:
        return await guest.run(job)


class Guest:
    """A sandbox that takes one call after the other. Raises SandboxUnavailable if it does not start.

    The loop's thread starts it, so it may not outlive that thread (PR_SET_PDEATHSIG).
    """

    def __init__(self, backend: Backend, room: Room, proxy: Proxy | None = None) -> None:
        self._backend, self._room, self._proxy = backend, room, proxy
        self._held = ExitStack()
        self._first: int | None = None  # pidfd of the sandbox's pid 1, where there is one
        self.calls = 0
        self.is_fit = True
        """Whether it can take a further call."""

    async def __aenter__(self) -> "Guest":
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def open(self) -> None:
        """Start the guest and have it shut itself in; raises SandboxUnavailable."""
        try:
            self._cell = self._held.enter_context(self._backend.cell(self._room))
            self._start(self._cell)
            report, listening = await self._greet(_order(self._cell, self._room))
            if not report.get("ready"):
                raise SandboxUnavailable(report.get("failed") or f"the sandbox did not start: {self._last_words()}")
            self._meet()
            if listening is not None and self._proxy is not None:
                await self._proxy.serve(listening)
            self._reader, self._writer = await asyncio.open_connection(sock=self._channel)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise SandboxUnavailable(f"the sandbox did not start: {error}") from None
            raise

    async def run(self, job: Job) -> Outcome:
        """Run one call to its end and say what came of it; when cancelled, the sandbox is of no further use."""
        self.calls += 1
        printed = Output(job.limits.output_kb * 1024), Output(job.limits.output_kb * 1024)
        try:
            report = await self._call(job, printed)
        except BaseException:
            self.is_fit = False
            raise
        if not report.get("clean") or report.get("broken"):
            self.is_fit = False
        return judge(report, printed, job.limits, self._backend.name)

    async def _call(self, job: Job, printed: tuple[Output, Output]) -> Report:
        mine, theirs = socket.socketpair()
        out, err = os.pipe(), os.pipe()
        try:
            data = frame(_call(self._cell, self._room, job))
            # Nothing else is on its way to the guest, so these few bytes always fit.
            socket.send_fds(self._channel, [data[:4]], [theirs.fileno(), out[1], err[1]])
            self._writer.write(data[4:])
        except OSError:
            for number in (*out, *err):
                os.close(number)
            mine.close()
            return Report(failed=f"the sandbox has ended: {self._last_words()}")
        finally:
            theirs.close()
        os.close(out[1])
        os.close(err[1])
        talk = asyncio.create_task(_talk(job.converse, mine))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(drain(out[0], printed[0]))
                group.create_task(drain(err[0], printed[1]))
                report = await self._report(job.limits)
                if "wall" not in report or not report.get("clean"):
                    self.end()  # closes the pipes' other ends, so that the two tasks end
                # What it had said before it ended is read; a question it can no longer hear the answer to is not.
                await asyncio.wait([talk], timeout=_GRACE_SECONDS if report.get("status") == 0 else 0.2)
        finally:
            talk.cancel()
            await asyncio.wait([talk])
            mine.close()
        if not talk.cancelled() and (error := talk.exception()):
            raise error
        return report

    async def _report(self, limits: Limits) -> Report:
        longest = limits.wall_seconds + _GRACE_SECONDS
        try:
            async with asyncio.timeout(longest):
                return await receive(self._reader)
        except TimeoutError:
            return Report(status=None, broken="wall", wall=longest)

    def _start(self, cell: Cell) -> None:
        self._channel, theirs = socket.socketpair()
        self._told, tell = os.pipe()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the guest
        try:
            self._process = subprocess.Popen(
                cell.start(theirs.fileno(), tell),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._words,
                env={},
                cwd="/",
                pass_fds=(theirs.fileno(), tell),
                start_new_session=True,
            )
        except OSError:
            for thing in (self._channel, self._words):
                thing.close()
            os.close(self._told)
            raise
        finally:
            theirs.close()
            os.close(tell)
        self._held.callback(self._let_go)

    async def _greet(self, order: Order) -> tuple[Report, socket.socket | None]:
        try:
            async with asyncio.timeout(_START_SECONDS):
                self._channel.setblocking(False)
                loop = asyncio.get_running_loop()
                await loop.sock_sendall(self._channel, guest_code() + frame(order))
                return await receive_ready(self._channel)
        except TimeoutError:
            return Report(failed=f"the sandbox did not start within {_START_SECONDS:g} s"), None

    def _meet(self) -> None:
        """Open a handle to the sandbox's pid 1: with it ends everything inside."""
        import json

        os.set_blocking(self._told, False)
        with suppress(BlockingIOError, ValueError, KeyError, ProcessLookupError):
            self._first = os.pidfd_open(int(json.loads(os.read(self._told, 4096))["child-pid"]))

    def end(self) -> None:
        """Kill the whole tree and wait for it; harmless when called again."""
        self.is_fit = False
        if self._process.returncode is not None:
            return
        if self._first is None:
            self._meet()
        if self._first is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            os.close(self._first)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            _await_group(self._process.pid)

    def close(self) -> None:
        """End it and leave nothing of it behind; harmless when called again."""
        if self._proxy is not None:
            self._proxy.close()
        self._held.close()

    def _let_go(self) -> None:
        self.end()
        if hasattr(self, "_writer"):
            self._writer.transport.abort()  # not close(), which would wait for an unread call to be read
        self._channel.close()
        self._words.close()
        os.close(self._told)

    def _last_words(self) -> str:
        self._words.seek(0)
        lines = self._words.read()[-2000:].decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it said nothing"


def _order(cell: Cell, room: Room) -> Order:
    return Order(
        namespaces=cell.namespaces,
        shut=cell.shut,
        mounts=list(cell.mounts),
        uid=cell.uid,
        filter=cell.filter.hex(),
        read=list(cell.read),
        write=list(cell.write),
        port=PORT if room.network else 0,
        packages=list(cell.packages),
        # Outside of namespaces the guest itself is not shut in, so it loads nothing foreign.
        preload=[name for name in room.preload if cell.namespaces or name.startswith("swarm.")],
        limits=room.limits.model_dump(),
    )


def _call(cell: Cell, room: Room, job: Job) -> Call:
    proxy = f"http://127.0.0.1:{PORT}"
    told = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), proxy) if room.network else {}
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": cell.home,
        "TMPDIR": cell.home,
        "LANG": "C.UTF-8",
        "OPENSSL_CONF": "/dev/null",
    }
    return Call(
        command=list(job.command),
        environment=environment | told | dict(job.environment),
        folder=cell.folder,
        files={name: base64.b64encode(content).decode() for name, content in job.files.items()},
        limits=job.limits.model_dump(),
        reserves=job.reserves,
        files_kept=FILES_KEPT,
        bytes_kept=BYTES_KEPT,
    )


async def _talk(converse: Conversation | None, channel: socket.socket) -> None:
    if converse is not None:
        await converse(channel)


def _await_group(group: int) -> None:
    """Wait until what was killed with the guest is gone: it is no child of ours, so there is nothing else to ask."""
    end = time.monotonic() + 0.5
    with suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < end:
            os.killpg(group, 0)
            time.sleep(0.002)
