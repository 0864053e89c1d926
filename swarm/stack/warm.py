"""The warm process: it has imported Prefect once and forks a process for each run, which saves seconds on each.

Started by the worker as `python -P warm.py SOCKET` (as a file, since a module would bring its package), asked by
`knock.py`, ended by the end of its standard input, which is the worker's end. It imports none of our own modules
before a fork, so a run always has the code that is on disk, and it holds no thread, which is what makes forking safe.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypedDict

_IMPORTS = (
    *("prefect.main", "prefect.engine", "prefect.flow_engine", "prefect.task_engine", "prefect.artifacts"),
    *("prefect.client.orchestration", "prefect.filesystems", "prefect.input", "prefect._internal.metrics"),
    *("prefect.events.worker", "prefect.runner.storage", "asyncpg", "openai", "httpx", "pydantic_settings", "yaml"),
)
_READ_SECONDS = 5.0


@contextlib.contextmanager
def kept(environment: Mapping[str, str]) -> Iterator[Path]:
    """Keep a warm process as long as the block lasts; yields its socket."""
    folder = Path(tempfile.mkdtemp(prefix="swarm-"))
    path = folder / "warm"
    argv = [sys.executable, "-P", str(Path(__file__)), str(path)]
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, env=environment)
    try:
        yield path
    finally:
        child.kill()
        child.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def command(path: Path) -> str:
    """Return the command line that starts a run's process through the warm one."""
    return f"{sys.executable} -I -S {Path(__file__).with_name('knock.py')} {path}"


def main() -> None:
    """Serve until the worker ends; in a forked child, be the engine of one run."""
    for name in _IMPORTS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if threading.active_count() > 1:
        sys.exit("the warm process has threads, so it cannot be forked; runs start cold")
    gc.collect()
    gc.freeze()
    if _Forks(Path(sys.argv[1])).serve():
        _be_the_engine()


class _Forks:
    def __init__(self, path: Path) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._runs: dict[socket.socket, int] = {}
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker.fileno())

    def serve(self) -> bool:
        """Fork on each knock; return True in a child and False at the end."""
        while True:
            ready, _, _ = select.select([self._listener, self._woken, sys.stdin, *self._runs], [], [])
            if sys.stdin in ready:
                return False
            if self._woken in ready:
                self._woken.recv(4096)
            self._report_ended()
            for connection in [each for each in self._runs if each in ready]:
                # Whoever knocked is gone, so its run has to go.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._runs[connection], signal.SIGKILL)
                self._drop(connection)
            if self._listener in ready and self._fork():
                return True

    def _fork(self) -> bool:
        connection, _ = self._listener.accept()
        connection.settimeout(_READ_SECONDS)
        try:
            descriptors, asked = _read(connection)
        except (OSError, ValueError):
            connection.close()
            return False
        environment = asked["env"]
        pid = 0 if _relevant(environment) != _relevant(os.environ) else os.fork() or -1
        if pid == -1:
            self._become(descriptors, environment, asked["cwd"])
            return True
        for each in descriptors:
            os.close(each)
        with contextlib.suppress(OSError):
            connection.sendall(pid.to_bytes(4, "big", signed=True))
        if pid:
            self._runs[connection] = pid
        else:
            connection.close()
        return False

    def _become(self, descriptors: list[int], environment: dict[str, str], cwd: str) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for target, descriptor in enumerate(descriptors):
            os.dup2(descriptor, target)
            os.close(descriptor)
        for each in (self._listener, self._woken, self._waker, *self._runs):
            each.close()
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(cwd)
        sys.path[:0] = [cwd, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]

    def _report_ended(self) -> None:
        for connection, pid in list(self._runs.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                with contextlib.suppress(OSError):
                    connection.sendall(code.to_bytes(4, "big", signed=True))
                self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        del self._runs[connection]
        connection.close()


class _Asked(TypedDict):
    env: dict[str, str]
    cwd: str


def _read(connection: socket.socket) -> tuple[list[int], _Asked]:
    head, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    wanted = int.from_bytes(head, "big")
    data = b""
    while len(data) < wanted:
        part = connection.recv(min(65536, wanted - len(data)))
        if not part:
            raise ValueError("the request ended too soon")
        data += part
    asked: _Asked = json.loads(data)
    return descriptors, asked


def _relevant(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what Prefect and Python have read from the environment by now; other values ask for a cold start."""
    return {
        key: value
        for key, value in environment.items()
        if key.startswith(("PREFECT_", "PYTHON")) and not key.startswith(("PREFECT__", "PYTHONPATH"))
    }


def _be_the_engine() -> None:
    import runpy

    sys.argv = [""]
    with warnings.catch_warnings():
        # That the module was imported before it is run is the point of all this.
        warnings.simplefilter("ignore", RuntimeWarning)
        runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
