"""Baits: things worth reaching for code that wants out."""

import os
import socket
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def laid_out(folder: Path) -> Iterator[dict[str, str]]:
    """Lay out files, listening sockets, a process and an open file, and watch nobody take them."""
    folder.mkdir()
    (folder / "canary").write_text("ESCAPED")
    (folder / "spare").write_text("untouched")
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as path, socket.socket(socket.AF_UNIX) as abstract:
        tcp.bind(("127.0.0.1", 0))
        path.bind(str(folder / "socket"))
        abstract_name = f"swarm-test-{uuid.uuid4()}"
        abstract.bind("\0" + abstract_name)
        for server in (tcp, path, abstract):
            server.listen()
            threading.Thread(target=_greet, args=(server,), daemon=True).start()
        # A process that has the secret in its environment, and is not the host itself.
        victim = subprocess.Popen(["sleep", "60"], cwd=folder, env={**os.environ, "SWARM_CANARY": "ESCAPED"})
        held = os.open(folder / "canary", os.O_RDONLY)
        os.set_inheritable(held, True)
        yield {
            "canary": str(folder / "canary"),
            "spare": str(folder / "spare"),
            "folder": str(folder),
            "port": str(tcp.getsockname()[1]),
            "unix": str(folder / "socket"),
            "abstract": abstract_name,
            "victim": str(victim.pid),
            "host": str(victim.pid),
        }
        os.close(held)
        victim.kill()
        victim.wait()
        for server in (tcp, path, abstract):
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


def state(baits: dict[str, str]) -> tuple[list[str], str]:
    """Return what is in the folder, and what the spare file holds."""
    return sorted(path.name for path in Path(baits["folder"]).iterdir()), Path(baits["spare"]).read_text()


def _greet(server: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            connection.sendall(b"ESCAPED")
            connection.close()
