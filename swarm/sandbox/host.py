"""The host's side of one sandbox: starts the guest, gives it calls, and ends it whatever happens."""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from types import TracebackType

from swarm.errors import LayerUnavailable, SandboxUnavailable
from swarm.sandbox.cells import Backend, Cell, Room, guest_code
from swarm.sandbox.frames import drain, receive, receive_ready
from swarm.sandbox.inside.order import Order, Report, frame
from swarm.sandbox.judge import judge
from swarm.sandbox.limits import Limits, Outcome
from swarm.sandbox.orders import Conversation, Job, call_for, order_for
from swarm.sandbox.output import Output
from swarm.sandbox.proxy import Proxy

_START_SECONDS = 20.0
_GRACE_SECONDS = 3.0  # the guest keeps the clock; this is for one that does not


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
        self.changes: int | None = None
        """A descriptor of the folder with what commands have changed, as long as this is open."""
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
            report, shared = await self._greet(order_for(self._cell, self._room))
            if shared is not None and self._proxy is None:
                self.changes = shared
            if not report.get("ready"):
                refusal = LayerUnavailable if report.get("layerless") else SandboxUnavailable
                raise refusal(report.get("failed") or f"the sandbox did not start: {self._last_words()}")
            self._meet()
            if shared is not None and self._proxy is not None:
                await self._proxy.serve(socket.socket(fileno=shared))
            self._reader, self._writer = await asyncio.open_connection(sock=self._channel)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise SandboxUnavailable(f"the sandbox did not start: {error}") from None
            raise

    async def run(self, job: Job) -> Outcome:
        """Run one call to its end and say what came of it; when cancelled, the sandbox is of no further use."""
        printed = Output(job.limits.output_kb * 1024), Output(job.limits.output_kb * 1024)
        report = await self.report(job, printed)
        return judge(report, printed, job.limits, self._backend.name)

    async def report(self, job: Job, printed: tuple[Output, ...]) -> Report:
        """Run one call to its end and return the guest's report; one `Output` takes both what is printed and errors."""
        self.calls += 1
        try:
            report = await self._call(job, printed)
        except BaseException:
            self.is_fit = False
            raise
        if not report.get("clean") or report.get("broken"):
            self.is_fit = False
        return report

    async def _call(self, job: Job, printed: tuple[Output, ...]) -> Report:
        mine, theirs = socket.socketpair()
        pipes = [os.pipe() for _ in printed]
        try:
            data = frame(call_for(self._cell, self._room, job))
            # Nothing else is on its way to the guest, so these few bytes always fit.
            socket.send_fds(self._channel, [data[:4]], [theirs.fileno(), pipes[0][1], pipes[-1][1]])
            self._writer.write(data[4:])
        except OSError:
            for number in (end for pipe in pipes for end in pipe):
                os.close(number)
            mine.close()
            return Report(failed=f"the sandbox has ended: {self._last_words()}")
        finally:
            theirs.close()
        for _, write in pipes:
            os.close(write)
        talk = asyncio.create_task(_talk(job.converse, mine))
        try:
            async with asyncio.TaskGroup() as group:
                for (read, _), output in zip(pipes, printed, strict=True):
                    group.create_task(drain(read, output))
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
                umask=0o022,  # what it makes inside is for its own user, who is another one
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

    async def _greet(self, order: Order) -> tuple[Report, int | None]:
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
        if self.changes is not None:
            os.close(self.changes)

    def _last_words(self) -> str:
        self._words.seek(0)
        lines = self._words.read()[-2000:].decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it said nothing"


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
