"""Points: every durable write has a name and says when it is about to happen and when it has; tests kill there.

`SWARM_POINTS` names a folder, or a test has made one for a run. Each point reached is appended to `reached` in it; if
`kill` holds a point's name, that file is removed and the process killed. For everybody but such a test nothing happens.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_recorded_in: list[Path] = []


def record_in(folder: Path) -> None:
    """Record the points of this process in a folder, if it is there."""
    _recorded_in[:] = [folder] if folder.is_dir() else []


@contextmanager
def durable(name: str) -> Iterator[None]:
    """Stand around one durable write: reaches `NAME before`, and after a write that did not raise `NAME after`."""
    _reach(f"{name} before")
    yield
    _reach(f"{name} after")


def _reach(point: str) -> None:
    folder = _recorded_in[0] if _recorded_in else os.environ.get("SWARM_POINTS")
    if not folder:
        return
    with Path(folder, "reached").open("a", encoding="utf-8") as file:
        file.write(f"{point}\n")
    kill = Path(folder, "kill")
    if kill.exists() and kill.read_text(encoding="utf-8").strip() == point:
        kill.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
