"""Cells: what a backend prepares for one run, whatever it isolates with."""

import functools
import marshal
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Protocol

from swarm.sandbox.inside.order import Layer
from swarm.sandbox.limits import Limits

PORT = 3128
"""Where the host's proxy is to be reached from inside, on the sandbox's own loopback."""
INSIDE = Path(__file__).parent / "inside"
_MODULES = ("", "order", "wiping", "usage", "layer", "harden", "calls", "api", "advice", "elsewhere", "called", "guest")
"""What the guest is made of, each after those it imports."""
_BOOT = """
import marshal, os, sys
number = int(sys.argv[1])
with open(number, "rb", buffering=0, closefd=False) as channel:
    data = bytearray()
    size = int.from_bytes(channel.read(4), "big")
    while len(data) < size:
        data += channel.read(size - len(data))
for name, code in marshal.loads(data):
    module = sys.modules[name] = type(sys)(name)
    parent, _, last = name.rpartition(".")
    module.__dict__.update(__path__=[], __file__=last)
    if code:
        exec(code, module.__dict__)
    if parent:
        setattr(sys.modules[parent], last, module)
sys.modules["swarm.sandbox.inside.guest"].main()
"""


@dataclass(frozen=True)
class Room:
    """What one sandbox is made for: the size of its folders, packages to read, modules to load, a way to the proxy."""

    limits: Limits = field(default_factory=Limits)
    packages: tuple[Path, ...] = ()
    preload: tuple[str, ...] = ()
    network: bool = False


@dataclass(frozen=True)
class Cell:
    """How to start the guest, and what it must do to shut the code in; see `inside/order.py` for the fields."""

    start: Callable[[int, int], list[str]]
    """Command line for the guest, given the numbers of its socket and of the pipe that tells its pid."""
    folder: str
    home: str
    namespaces: bool
    filter: bytes
    shut: bool = True
    packages: tuple[str, ...] = ()
    """Where the packages lie for the code."""
    uid: int = 0
    mounts: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    layer: Layer | None = None
    capabilities: tuple[int, ...] = ()


class Backend(Protocol):
    """A way to isolate; a further one is a further file."""

    @property
    def name(self) -> str: ...

    def cell(self, room: Room) -> AbstractContextManager[Cell]:
        """Prepare one sandbox, and leave nothing behind; raises SandboxUnavailable for what it cannot offer."""
        ...


def python() -> str:
    """The path of the interpreter itself, outside any virtual environment."""
    return os.path.realpath(str(getattr(sys, "_base_executable", None) or sys.executable))


def python_folders() -> list[str]:
    """The folders the interpreter needs: not its whole prefix, which may be somebody's home."""
    prefix = os.path.realpath(sys.base_prefix)
    wanted = {str(Path(python()).parent), *(f"{prefix}/{name}" for name in ("lib", "lib64"))}
    return sorted(folder for folder in wanted if Path(folder).is_dir())


def site_folders() -> list[str]:
    """The folders with packages that somebody has installed for the interpreter, outside of what the system brings."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    prefixes = dict.fromkeys((os.path.realpath(sys.base_prefix), "/usr/local"))
    folders = [f"{prefix}/lib/{version}/{name}" for prefix in prefixes for name in ("site-packages", "dist-packages")]
    return [folder for folder in folders if Path(folder).is_dir()]


def guest_command(channel: int) -> list[str]:
    """Start an interpreter that takes the guest's code (`guest_code`) from a socket: nothing of ours lies inside."""
    return [python(), "-I", "-S", "-B", "-X", "utf8", "-c", _BOOT, str(channel)]


@functools.cache
def guest_code() -> bytes:
    """Return the guest compiled, as one frame: compiling it anew would be a third of a cold start.

    The interpreter inside is the one that runs this, so its bytecode is the same.
    """
    modules: list[tuple[str, CodeType | None]] = [("swarm", None), ("swarm.sandbox", None)]
    for name in _MODULES:
        path = INSIDE / f"{name or '__init__'}.py"
        full = f"swarm.sandbox.inside.{name}".rstrip(".")
        modules.append((full, compile(path.read_text(encoding="utf-8"), full, "exec", dont_inherit=True)))
    data = marshal.dumps(modules)
    return len(data).to_bytes(4, "big") + data


def private_uid() -> int:
    """A user nobody else is, for a host that is root; 0 for any other."""
    return 0x70000000 + int.from_bytes(os.urandom(3), "big") if os.geteuid() == 0 else 0
