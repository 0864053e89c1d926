"""Cells: what a backend prepares for one run, whatever it isolates with."""

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from swarm.sandbox.limits import Limits

INSIDE = Path(__file__).parent / "inside"
_BOOT = "import sys; sys.path.insert(0, sys.argv[2]); from swarm.sandbox.inside.guest import main; main()"


@dataclass(frozen=True)
class Cell:
    """How to start the guest, and what it must do to shut the code in; see `inside/order.py` for the fields."""

    start: Callable[[int, int], list[str]]
    """Command line for the guest, given the numbers of its socket and of the pipe that tells its pid."""
    folder: str
    home: str
    namespaces: bool
    filter: bytes
    uid: int = 0
    mounts: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


class Backend(Protocol):
    """A way to isolate; a further one is a further file."""

    @property
    def name(self) -> str: ...

    def cell(self, limits: Limits) -> AbstractContextManager[Cell]:
        """Prepare one run, and leave nothing behind."""
        ...


def python() -> str:
    """The path of the interpreter itself, outside any virtual environment."""
    return os.path.realpath(str(getattr(sys, "_base_executable", None) or sys.executable))


def python_folders() -> list[str]:
    """The folders the interpreter needs: not its whole prefix, which may be somebody's home."""
    prefix = os.path.realpath(sys.base_prefix)
    wanted = {str(Path(python()).parent), *(f"{prefix}/{name}" for name in ("lib", "lib64"))}
    return sorted(folder for folder in wanted if Path(folder).is_dir())


def guest_command(channel: int, inside: str) -> list[str]:
    """Start the guest, the package `swarm.sandbox.inside` lying below the folder `inside`."""
    return [python(), "-I", "-S", "-B", "-c", _BOOT, str(channel), inside]


def private_uid() -> int:
    """A user nobody else is, for a host that is root; 0 for any other."""
    return 0x70000000 + int.from_bytes(os.urandom(3), "big") if os.geteuid() == 0 else 0
