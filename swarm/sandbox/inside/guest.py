"""The first process in the sandbox: hardens itself, starts the command, watches it, reports.

It never runs foreign code in its own process, and the command can neither signal, trace nor read it; so its report
over the socket is what the host believes. It ends when the host does, and everything in the sandbox ends with it.
"""

import base64
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress

from swarm.sandbox.inside.harden import harden, start
from swarm.sandbox.inside.order import Order, Report, frame, receive
from swarm.sandbox.inside.usage import collect, cpu_seconds, is_too_large, memory_kb

# pathlib would cost every run the time of its import
# ruff: noqa: PTH103, PTH120, PTH123, PTH208

_TICK = 0.02


def main() -> None:
    """Take the order from the socket whose number is the first argument, carry it out, report, and end."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(channel.fileno(), False)
    os.closerange(3, channel.fileno())
    os.closerange(channel.fileno() + 1, 4096)
    order = receive(channel)
    try:
        harden(order)
        _place(order)
        channel.sendall(frame({"ready": True}))
        report = Run(order, channel).report()
    except OSError as error:
        report = Report(failed=" ".join(str(part) for part in (error.filename, error.strerror or error) if part))
    channel.sendall(frame(report))
    os._exit(0)


def _place(order: Order) -> None:
    """Write the input files into the private folder and make it the working directory."""
    os.makedirs(order["folder"], exist_ok=True)
    os.chdir(order["folder"])
    for name, content in order["files"].items():
        if "/" in name:
            os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as file:
            file.write(base64.b64decode(content))


class Run:
    """One command and everything it starts."""

    def __init__(self, order: Order, channel: socket.socket) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        self.order, self.limits, self.channel = order, order["limits"], channel
        self.status: int | None = None
        self.started = time.monotonic()
        self.pid = start(order)

    def report(self) -> Report:
        """Wait for the end of the command or of a limit, end what is left, and take out the files."""
        broken = ""
        while self.status is None and not broken:
            signal.sigtimedwait([signal.SIGCHLD], _TICK)
            self._reap()
            broken = self._broken() if self.status is None else ""
            if select.select([self.channel], [], [], 0)[0]:
                os._exit(0)  # the host is gone
        wall = time.monotonic() - self.started
        self._end()
        files, dropped = collect(self.order)
        return Report(status=self.status, broken=broken, wall=wall, cpu=cpu_seconds([]), files=files, dropped=dropped)

    def _reap(self) -> bool:
        """Take in what has ended; False when no child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.pid:
                self.status = status

    def _end(self) -> None:
        """Kill everything but ourselves, again and again until nothing is left to wait for."""
        while True:
            if self.order["namespaces"]:
                with suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
            elif self.status is None:
                os.kill(self.pid, signal.SIGKILL)
            if not self._reap():
                return
            signal.sigtimedwait([signal.SIGCHLD], _TICK)

    def _broken(self) -> str:
        """The name of the limit that is broken now, or nothing."""
        pids = [str(self.pid)]
        if self.order["namespaces"]:
            pids = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
        if time.monotonic() - self.started > self.limits["wall_seconds"]:
            return "wall"
        if cpu_seconds(pids) > self.limits["cpu_seconds"] + 0.5:  # each process has its own exact limit besides
            return "cpu"
        memory = int(self.limits["memory_mb"]) * 1024
        if memory_kb(pids, self.order["mounts"], memory) > memory:
            return "memory"
        return "disk" if not self.order["mounts"] and is_too_large(self.order["folder"], self.limits) else ""
