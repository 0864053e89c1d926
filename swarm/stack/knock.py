"""Stand in for one run's process: have the warm process fork it, pass signals on, end as it ends.

`python -I -S knock.py SOCKET`. Where the warm process cannot serve, this becomes the ordinary, slower engine.
Only the standard library, and little of it: this file's start is on the way of every run.
"""

import json
import os
import signal
import socket
import sys
from types import FrameType

_WAIT_SECONDS = 10.0


def main(path: str) -> None:
    """Knock, wait, end."""
    try:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_WAIT_SECONDS)
        connection.connect(path)
        request = json.dumps({"env": dict(os.environ), "cwd": os.getcwd()}).encode()  # noqa: PTH109  pathlib is slow to import
        socket.send_fds(connection, [len(request).to_bytes(4, "big")], [0, 1, 2])
        connection.sendall(request)
        pid = _read_number(connection)
    except OSError:
        pid = None
    if pid is None or pid <= 0:
        os.execv(sys.executable, [sys.executable, "-m", "prefect.engine"])

    def pass_on(number: int, _: FrameType | None) -> None:
        os.kill(pid, number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)
    connection.settimeout(None)
    _end_as(_read_number(connection))


def _read_number(connection: socket.socket) -> int | None:
    data = b""
    while len(data) < 4:
        part = connection.recv(4 - len(data))
        if not part:
            return None
        data += part
    return int.from_bytes(data, "big", signed=True)


def _end_as(status: int | None) -> None:
    """End as the run did: with its exit code, or by its signal; with 1 when the warm process is gone."""
    if status is not None and status < 0:
        signal.signal(-status, signal.SIG_DFL) if -status != signal.SIGKILL else None
        os.kill(os.getpid(), -status)
    sys.exit(1 if status is None else status)


if __name__ == "__main__":
    main(sys.argv[1])
