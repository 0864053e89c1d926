"""Children: known again by pid and time of creation, ended with all they started, never anybody else's."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from swarm.errors import StackError
from swarm.stack import processes
from swarm.stack.home import Home, Remembered

_PARENT = "import subprocess,time; print(subprocess.Popen(['sleep','60']).pid, flush=True); time.sleep(60)"


def _started(home: Home, code: str) -> "subprocess.Popen[bytes]":
    return processes.start(home, "child", [sys.executable, "-c", code], {}, Path("/"))


def test_a_dead_process_is_not_running(tmp_path: Path) -> None:
    """A remembered process that has ended is seen as ended."""
    child = _started(Home(tmp_path).make(), "import time; time.sleep(60)")
    known = processes.remembered(child.pid)
    assert processes.is_running(known)
    child.kill()
    child.wait()
    assert not processes.is_running(known)


def test_a_reused_pid_is_another_process_and_is_left_alone(tmp_path: Path) -> None:
    """The same pid with another time of creation is neither running nor ended by us."""
    child = _started(Home(tmp_path).make(), "import time; time.sleep(60)")
    known = processes.remembered(child.pid)
    stale = Remembered(pid=child.pid, created=known.created - 100)
    assert not processes.is_running(stale)
    processes.stop(stale, 0.1)
    assert processes.is_running(known)
    child.kill()
    child.wait()


def test_what_a_process_started_ends_with_it_even_after_its_own_death(tmp_path: Path) -> None:
    """A child of a killed leader is found by its session."""
    home = Home(tmp_path).make()
    leader = _started(home, _PARENT)
    processes.wait_until(lambda: home.log("child").read_text().count("\n") > 1, leader, 10, "it", home.log("child"))
    orphan = psutil.Process(int(home.log("child").read_text().split()[-1]))
    known = processes.remembered(leader.pid)
    leader.kill()
    leader.wait()
    assert orphan.is_running()
    processes.stop(known, 1)
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_a_deaf_process_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    """SIGTERM that is ignored is followed by SIGKILL."""
    home = Home(tmp_path).make()
    code = (
        "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    child = _started(home, code)
    processes.wait_until(lambda: "deaf" in home.log("child").read_text(), child, 10, "it", home.log("child"))
    known = processes.remembered(child.pid)
    begun = time.monotonic()
    processes.stop(known, 0.3)
    assert not processes.is_running(known)
    assert time.monotonic() - begun < 3
    processes.release(child)


def test_a_child_that_dies_while_starting_is_quoted(tmp_path: Path) -> None:
    """The message carries the last telling line of this start, not of the one before."""
    home = Home(tmp_path).make()
    for words in ("FATAL: old trouble", "new trouble"):
        child = _started(home, f"raise SystemExit('{words}')")
        with pytest.raises(StackError, match=f"exit 1.*: {words}"):
            processes.wait_until(lambda: False, child, 10, "the child", home.log("child"))


def test_a_child_that_never_gets_ready_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    """Every wait has a bound."""
    home = Home(tmp_path).make()
    child = _started(home, "import time; time.sleep(60)")
    with pytest.raises(StackError, match="not ready after 0 s"):
        processes.wait_until(lambda: False, child, 0.2, "the child", home.log("child"))
    child.kill()
    child.wait()


def test_a_child_that_gets_on_is_waited_for_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work on the processor counts, and so do lines in the log; also for one that somebody else has started."""
    home = Home(tmp_path).make()
    monkeypatch.setattr(processes, "_TELL_SECONDS", 0.5)
    ready = tmp_path / "ready"
    code = "import time; end = time.time() + 2\nwhile time.time() < end: pass\nopen({!r}, 'w'); time.sleep(60)"
    child = _started(home, code.format(str(ready)))
    said: list[str] = []
    for process in (child, processes.remembered(child.pid)):
        processes.wait_until(ready.exists, process, 1.0, "it", home.log("child"), said.append)
    assert said and said[0].startswith("it is still starting (")
    child.kill()
    child.wait()
    with pytest.raises(StackError, match="it ended while starting"):
        processes.wait_until(lambda: False, Remembered(pid=child.pid, created=0.0), 10, "it", home.log("child"))
