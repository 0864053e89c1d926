"""One call in the sandbox: started in a process of its own, watched, ended with all it started, and cleaned away."""

import binascii
import os
import select
import signal
import socket
import time
from contextlib import suppress

from swarm.sandbox.inside.harden import start
from swarm.sandbox.inside.order import Call, Order, Report
from swarm.sandbox.inside.usage import Shared, collect, cpu_seconds, is_too_large, memory_kb
from swarm.sandbox.inside.wiping import wipe

# pathlib would cost every run the time of its import
# ruff: noqa: PTH103, PTH120, PTH123, PTH208

_TICK = 0.02
_WATCHING = 10
"""A tick is at least as many times longer than looking at what the processes use takes."""


class Run:
    """One command, or one function in a fork of the guest, and everything it starts."""

    def __init__(self, order: Order, call: Call, channel: socket.socket, fds: list[int]) -> None:
        self.order, self.call, self.limits, self.channel = order, call, call["limits"], channel
        self.status: int | None = None
        self.peak_kb = 0
        self.before = cpu_seconds([])
        self.shared = _shared(order)
        self.started = time.monotonic()
        self.next_look = 0.0
        try:
            _place(call)
            self.pid = start(order, call, fds, channel)
        finally:
            for number in fds:
                os.close(number)

    def report(self) -> Report:
        """Wait for the end of the command or of a limit, end what is left, take out the files and wipe the rest."""
        broken = ""
        while self.status is None and not broken:
            signal.sigtimedwait([signal.SIGCHLD], _TICK)
            self._reap()
            broken = self._broken() if self.status is None and time.monotonic() >= self.next_look else ""
            if select.select([self.channel], [], [], 0)[0]:
                os._exit(0)  # the host is gone: it sends nothing while a call runs
        wall = time.monotonic() - self.started
        self._end()
        broken = broken or self._disk_over()  # what was written faster than anybody looked
        files, dropped = collect(self.call) if self.call["files_kept"] else ({}, [])
        cpu = cpu_seconds([]) - self.before
        clean = self.call["keeps_folder"] or wipe([*self.order["mounts"], self.call["folder"]])
        report = Report(status=self.status, broken=broken, wall=wall, cpu=cpu, files=files, dropped=dropped)
        return {**report, "peak_kb": self.peak_kb, "clean": clean}

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
            with suppress(ProcessLookupError):
                if self.order["namespaces"]:
                    os.kill(-1, signal.SIGKILL)
                elif not self.order["shut"]:
                    os.killpg(self.pid, signal.SIGKILL)
                elif self.status is None:
                    os.kill(self.pid, signal.SIGKILL)
            if not self._reap():
                return
            signal.sigtimedwait([signal.SIGCHLD], _TICK)

    def _broken(self) -> str:
        """The name of the limit that is broken now, or nothing."""
        began = time.monotonic()
        found = self._limit_over()
        ended = time.monotonic()
        self.next_look = ended + _WATCHING * (ended - began)
        return found

    def _limit_over(self) -> str:
        pids = [str(self.pid)]
        if self.order["namespaces"]:
            pids = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
        if time.monotonic() - self.started > self.limits["wall_seconds"]:
            return "wall"
        if cpu_seconds(pids) - self.before > self.limits["cpu_seconds"] + 0.5:  # each process has an exact one besides
            return "cpu"
        limit = int(self.limits["memory_mb"]) * 1024
        used = memory_kb(pids, self.order["mounts"], limit)
        self.peak_kb = max(self.peak_kb, used)
        if used > limit:
            return "memory"
        if self.shared and self.shared.excess(limit):
            return "memory"
        return self._disk_over()

    def _disk_over(self) -> str:
        is_watched = not self.order["mounts"] and not self.call["keeps_folder"]
        return "disk" if is_watched and is_too_large(self.call["folder"], self.limits) else ""


def _shared(order: Order) -> Shared | None:
    """Watch, for commands, the memory that no process shows; what the layer holds is known and bounded."""
    layer = order["layer"]
    return Shared([*order["mounts"], *([layer["place"]] if layer["in_memory"] else [])]) if layer else None


def _place(call: Call) -> None:
    """Write the input files into the private folder and make it the working directory."""
    os.makedirs(call["folder"], exist_ok=True)
    if call["keeps_folder"]:
        os.makedirs(call["environment"]["HOME"], exist_ok=True)
    os.chdir(call["folder"])
    for name, content in call["files"].items():
        if "/" in name:
            os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as file:
            file.write(binascii.a2b_base64(content))
