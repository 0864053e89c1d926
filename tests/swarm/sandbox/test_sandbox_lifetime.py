"""Nothing outlives a run: no process, no folder, whatever becomes of the caller."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from swarm.sandbox import Limits, choice, run_python
from swarm.sandbox.bubblewrap import Bubblewrap, binaries
from swarm.sandbox.cells import Backend
from swarm.sandbox.landlock import Landlock, is_there, remove, sweep
from tests.swarm.sandbox.offspring import alive, children, started_since

BACKENDS = [Bubblewrap(binary) for binary in binaries()[:1]] + [Landlock()] * is_there()
HOST = """
import asyncio, sys
from swarm.sandbox import Limits, choice, run_python
from swarm.sandbox.bubblewrap import Bubblewrap, binaries
from swarm.sandbox.landlock import Landlock
backend = Landlock() if sys.argv[1] == "landlock" else Bubblewrap(binaries()[0])
choice.chosen = lambda: (backend, ())
asyncio.run(run_python("import time; time.sleep(60)", limits=Limits(wall_seconds=60)))
"""


@pytest.fixture(params=BACKENDS, ids=lambda backend: str(backend.name))
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Backend:
    """Each way to isolate, in turn."""
    chosen: Backend = request.param
    monkeypatch.setattr(choice, "chosen", lambda: (chosen, ()))
    return chosen


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A place for temporary folders where nobody else makes any; its name is short, as a socket's must be."""
    with tempfile.TemporaryDirectory(prefix="sw") as place:
        monkeypatch.setattr(tempfile, "tempdir", place)
        yield


def _sleepers(tree: list[psutil.Process]) -> bool:
    """The code itself runs: it is the one that was started with our launcher."""
    return any("main.py" in " ".join(process.cmdline()) for process in tree)


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("swarm-sandbox-*"))


async def test_cancelling_kills_the_whole_tree(backend: Backend) -> None:
    """When the awaiting task is cancelled the code is dead before the cancellation arrives."""
    folders, before, code = _folders(), children(), "import time; time.sleep(60)"
    task = asyncio.create_task(run_python(code, limits=Limits(wall_seconds=60)))
    while not _sleepers(tree := started_since(before)):  # noqa: ASYNC110 - what happens in another process sets no event
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert alive(tree) == []
    assert _folders() <= folders


async def test_cancelling_at_any_moment_leaves_nothing(backend: Backend) -> None:
    """Cancelled while it starts, runs or ends, a run leaves no process, folder or descriptor."""
    folders, before, descriptors = _folders(), children(), _descriptors()
    for delay in (0, 0.001, 0.005, 0.02, 0.05, 0.1):
        task = asyncio.create_task(run_python("pass"))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.wait([task])
    await asyncio.sleep(0)
    assert started_since(before) == []
    assert _folders() <= folders
    assert _descriptors() == descriptors


def test_when_the_host_is_killed_the_code_dies(backend: Backend, tmp_path: Path) -> None:
    """SIGKILL gives the host no chance to clean up, and still nothing runs on."""
    command, env = [sys.executable, "-c", HOST, backend.name], {**os.environ, "TMPDIR": str(tmp_path)}
    host = subprocess.Popen(command, cwd=Path(__file__).parents[3], env=env)
    try:
        while not _sleepers(tree := psutil.Process(host.pid).children(recursive=True)):
            assert host.poll() is None
            time.sleep(0.02)
    finally:
        host.send_signal(signal.SIGKILL)
        host.wait()
    gone, left = psutil.wait_procs(tree, timeout=3)
    assert alive(left) == []
    assert len(gone) >= 2


@pytest.mark.skipif(not is_there(), reason="the kernel has no Landlock")
def test_folders_of_killed_hosts_are_swept() -> None:
    """An old folder nobody holds goes, whatever its depth and modes; a fresh one stays."""
    old, fresh = (Path(tempfile.mkdtemp(prefix="swarm-sandbox-")) for _ in range(2))
    (old / "a" / "b").mkdir(parents=True)
    (old / "a" / "b" / "c").write_text("x")
    (old / "a").chmod(0o300)
    os.utime(old, (0, 0))
    sweep()
    assert (old.exists(), fresh.exists()) == (False, True)
    remove(fresh)


def test_it_runs_in_the_loop_of_a_thread_that_ends() -> None:
    """The first run of a process, in a short-lived thread, does not spoil those that follow."""
    for _ in range(2):
        done: list[str] = []
        thread = threading.Thread(target=lambda done=done: done.append(asyncio.run(run_python("print(1)")).stdout))
        thread.start()
        thread.join()
        assert done == ["1\n"]
