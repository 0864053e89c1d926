"""Processes: detached children with log files, known again by pid and time of creation, ended as a whole session."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from swarm.errors import StackError
from swarm.private import OTHERS
from swarm.stack.home import FRESH, Home, Remembered

if TYPE_CHECKING:
    import psutil

_PAUSE = 0.05
_LOOK_SECONDS = 0.5
_TELL_SECONDS = 15.0
_LONGEST_SECONDS = 900.0
_REST_SECONDS = 2.0
# Two readings of one process's creation time may differ by a clock tick.
_SAME_TIME = 0.5


def start(home: Home, name: str, argv: list[str], env: Mapping[str, str], cwd: Path) -> "subprocess.Popen[bytes]":
    """Start a child in its own session, its output going to its log file; what it creates is its owner's alone."""
    log = home.open_log(name)
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=env,
            cwd=cwd,
            start_new_session=True,
            umask=OTHERS,
        )
    except OSError as error:
        raise StackError(f"{name} did not start: {argv[0]}: {error.strerror}") from None
    finally:
        os.close(log)


def release(child: "subprocess.Popen[bytes]") -> None:
    """Let go of a child that is meant to outlive us; Popen would warn that it still runs."""
    child.returncode = 0


def remembered(pid: int, made_of: str = "") -> Remembered:
    """Describe a running process so that it can be recognised later; raises StackError when it is gone."""
    import psutil

    try:
        return Remembered(pid=pid, created=psutil.Process(pid).create_time(), made_of=made_of)
    except psutil.NoSuchProcess:
        raise StackError(f"process {pid} ended as soon as it was started") from None


def is_running(process: Remembered | None) -> bool:
    """Say whether that very process runs; a reused pid is another process, and a zombie does not run."""
    return process is not None and _find(process) is not None


def wait_until(
    ready: Callable[[], bool],
    process: "subprocess.Popen[bytes] | Remembered",
    quiet_seconds: float,
    what: str,
    log: Path,
    say: Callable[[str], object] | None = None,
) -> None:
    """Wait until a process that is starting is ready, for as long as it gets on; `say` hears of a long wait.

    It gets on as long as it uses the processor or writes to its log: on a busy machine that takes minutes. Raises
    StackError with its last log line when it dies, does nothing for so many seconds, or works longer than 15 minutes.
    """
    begun = moved = told = time.monotonic()
    looked, seen = 0.0, None
    while not ready():
        if not _is_there(process):
            raise StackError(f"{what} ended while starting{_exit(process)}: {last_line(log)}; see {log}")
        now = time.monotonic()
        # Every process of the machine is looked at for the children: not at each pause, while it is busy starting.
        if now - looked > _LOOK_SECONDS:
            looked, found = now, _progress(process.pid, log)
            if found != seen:
                seen, moved = found, now
        if now - moved > quiet_seconds or now - begun > _LONGEST_SECONDS:
            idle = f", and did nothing for {now - moved:.0f} s" if now - moved > quiet_seconds else ""
            raise StackError(f"{what} was not ready after {now - begun:.0f} s{idle}: {last_line(log)}; see {log}")
        if say and now - told > _TELL_SECONDS:
            told = now
            say(f"{what} is still starting ({now - begun:.0f} s); the machine is busy, or this is its first start")
        time.sleep(_PAUSE)


def _is_there(process: "subprocess.Popen[bytes] | Remembered") -> bool:
    return is_running(process) if isinstance(process, Remembered) else process.poll() is None


def _exit(process: "subprocess.Popen[bytes] | Remembered") -> str:
    return "" if isinstance(process, Remembered) else f" (exit {process.returncode})"


def _progress(pid: int, log: Path) -> object:
    """Return what changes as long as a process or one of its children does something."""
    import psutil

    used = 0.0
    with contextlib.suppress(psutil.Error):
        leader = psutil.Process(pid)
        for each in (leader, *leader.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                used += sum(each.cpu_times()[:2])
    with contextlib.suppress(OSError):
        return round(used, 1), log.stat().st_size
    return round(used, 1), 0


def stop(process: Remembered, seconds: float, gentle: signal.Signals = signal.SIGTERM) -> None:
    """End a process and its whole session: ask, wait so many seconds, then kill; others are never touched."""
    leader = _find(process)
    members = _session(process) + (leader.children(recursive=True) if leader else [])
    if leader is not None:
        _signal(leader, gentle)
        _wait([leader], seconds)
        _signal(leader, signal.SIGKILL)
        _wait([leader], _REST_SECONDS)
    # What was started meanwhile belongs to the session too.
    rest = list({*members, *_session(process)})
    for number in (signal.SIGTERM, signal.SIGKILL):
        for each in rest:
            _signal(each, number)
        _wait(rest, _REST_SECONDS)


def last_line(log: Path) -> str:
    """Return the most telling of the last lines that the newest process wrote; never more than 300 characters."""
    try:
        text = log.read_text(errors="replace").rpartition(FRESH)[2]
    except OSError:
        text = ""
    lines = [line.strip() for line in text[-8000:].splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|PANIC|error:|Error\b|No space", line)]
    return (telling or lines or ["(its log is empty)"])[-1][:300]


def _find(process: Remembered) -> "psutil.Process | None":
    import psutil

    try:
        found = psutil.Process(process.pid)
        return found if abs(found.create_time() - process.created) < _SAME_TIME and _lives(found) else None
    except psutil.Error:
        return None


def _session(process: Remembered) -> "list[psutil.Process]":
    """List what still lives of the session that process led, also after its own death."""
    import psutil

    if _pid_was_reused(process):
        return []
    found = []
    for each in psutil.process_iter():
        try:
            young = each.create_time() >= process.created - _SAME_TIME
            if young and each.pid != process.pid and os.getsid(each.pid) == process.pid:
                found.append(each)
        except (psutil.Error, OSError):
            continue
    return found


def _pid_was_reused(process: Remembered) -> bool:
    import psutil

    try:
        return abs(psutil.Process(process.pid).create_time() - process.created) >= _SAME_TIME
    except psutil.Error:
        return False


def _wait(group: "list[psutil.Process]", seconds: float) -> None:
    end = time.monotonic() + seconds
    while any(_lives(each) for each in group) and time.monotonic() < end:
        time.sleep(_PAUSE)


def _lives(process: "psutil.Process") -> bool:
    """Say whether it runs; a zombie has ended, though whoever should collect it has not done so yet."""
    import psutil

    try:
        if process.ppid() == os.getpid():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal(process: "psutil.Process", number: signal.Signals) -> None:
    import psutil

    try:
        process.send_signal(number)
    except psutil.Error:
        return
