"""The verdict on one run, from the guest's report and what was printed."""

import base64
import os
import re
import signal

from swarm.sandbox.inside.launch import UNCAUGHT
from swarm.sandbox.inside.order import Report
from swarm.sandbox.limits import BYTES_KEPT, FILES_KEPT, Kind, Limits, Outcome, is_safe_name
from swarm.sandbox.output import Output

_ERROR_LINE = re.compile(r"^[A-Za-z_][\w.]*(: .*|)$")


def judge(report: Report, printed: tuple[Output, Output], limits: Limits, isolation: str) -> Outcome:
    """Name what happened; of the code's own words only files, output and the message are taken over."""
    stdout, stderr = (output.text() for output in printed)
    kind, message = _verdict(report, stderr, limits)
    files, dropped = _files(report)
    return Outcome(
        ok=kind == "ok",
        kind=kind,
        message=message,
        stdout=stdout,
        stderr=stderr,
        truncated=any(output.lost for output in printed),
        files=files,
        dropped=dropped,
        wall_seconds=report.get("wall", 0.0),
        cpu_seconds=report.get("cpu", 0.0),
        isolation=isolation,
    )


def _verdict(report: Report, stderr: str, limits: Limits) -> tuple[Kind, str]:
    if "failed" in report:
        return "sandbox", report["failed"] or f"the sandbox ended before the code: {_last_line(stderr)}"
    broken, status = report.get("broken", ""), report.get("status")
    if broken == "wall":
        return "timeout", f"stopped after {limits.wall_seconds:g} s; make it faster or do less"
    if broken == "cpu" or (status is not None and _ran_out(status, report, limits)):
        return "timeout", f"used up its {limits.cpu_seconds} s of processor time; make it faster or do less"
    if broken == "memory":
        return "memory", f"used more than {limits.memory_mb} MB of memory in all its processes and files"
    if broken == "disk":
        return "memory", f"left more than {limits.disk_mb} MB or {limits.inodes} files in its folder"
    if status is None:
        return "sandbox", "the sandbox reported no status"
    return _ended(status, stderr, limits)


def _ended(status: int, stderr: str, limits: Limits) -> tuple[Kind, str]:
    """The verdict on a command that came to its own end."""
    if os.WIFSIGNALED(status):
        return "crash", f"killed by {_signal(os.WTERMSIG(status))}"
    code = os.WEXITSTATUS(status)
    if code == UNCAUGHT:
        error = _last_line(stderr)
        if error.startswith("MemoryError"):
            return "memory", f"needed more than {limits.memory_mb} MB of memory ({error})"
        return "exception", error
    return ("exit", f"exit status {code}") if code else ("ok", "")


def _ran_out(status: int, report: Report, limits: Limits) -> bool:
    if not os.WIFSIGNALED(status):
        return False
    killed = os.WTERMSIG(status)
    return killed == signal.SIGXCPU or (killed == signal.SIGKILL and report.get("cpu", 0.0) >= limits.cpu_seconds)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_line(text: str) -> str:
    """The line that names the exception, else the last one."""
    lines = [line for line in text.splitlines() if line.strip()]
    named = next((line for line in reversed(lines) if _ERROR_LINE.match(line)), None)
    return (named or (lines[-1] if lines else "it said nothing")).strip()[:500]


def _files(report: Report) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Check again what the guest checked."""
    kept: dict[str, bytes] = {}
    dropped = [line[:300] for line in report.get("dropped", [])[:FILES_KEPT]]
    for name, content in list(report.get("files", {}).items())[:FILES_KEPT]:
        data = base64.b64decode(content)
        if not is_safe_name(name):
            dropped.append(f"{ascii(name)[1:-1]}: not a safe name")
        elif sum(map(len, kept.values())) + len(data) <= BYTES_KEPT:
            kept[name] = data
    return kept, tuple(dropped)
