"""Isolation without namespaces: one process under Landlock and the system call filter, in a folder on the host's disk.

Weaker than bubblewrap, and said so: no second process, memory and disk are watched, not bounded, and code can learn
whether a file outside exists, though not read it.
"""

import ctypes
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swarm.errors import SandboxUnavailable
from swarm.sandbox import seccomp
from swarm.sandbox.cells import Cell, Room, guest_command, private_uid, python_folders

PREFIX = "swarm-sandbox-"
_STALE_SECONDS = 60.0  # younger ones may not be locked yet
_READ = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom")


@dataclass(frozen=True)
class Landlock:
    """The kernel's own file rules, for one process."""

    name: str = "landlock"

    @contextmanager
    def cell(self, room: Room) -> Iterator[Cell]:
        """Prepare one sandbox in a temporary folder, which goes afterwards; folders of killed hosts go too."""
        if room.network:
            raise SandboxUnavailable("network grants need bubblewrap; here Landlock would let code reach any host")
        with private_folder() as root:
            yield _cell(root, tuple(map(str, room.packages)))


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a temporary folder that goes afterwards, whatever was put into it."""
    sweep()
    root = Path(tempfile.mkdtemp(prefix=PREFIX))
    held = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(held, fcntl.LOCK_EX)  # says to others' sweeps that somebody lives here
    try:
        yield root
    finally:
        remove(root)
        os.close(held)


def is_there() -> bool:
    """Say whether the kernel has Landlock (5.13 and later, unless it is switched off)."""
    return int(ctypes.CDLL(None).syscall(444, None, 0, 1)) >= 1


def sweep() -> None:
    """Remove the folders of hosts that were killed before they could."""
    for root in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        try:
            held = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue  # another user's, or gone
        try:
            known = os.fstat(held)  # as root, never touch what another user may be changing under us
            if known.st_uid == os.geteuid() and time.time() - known.st_mtime > _STALE_SECONDS:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(root)
        except OSError:
            continue
        finally:
            os.close(held)


def remove(root: Path) -> None:
    """Remove a folder of any depth and any modes: its subfolders are moved up, for recursion could be made to fail."""
    todo, count = [root], 0
    while todo:
        folder = todo.pop()
        folder.chmod(0o700)
        with os.scandir(folder) as entries:
            listed = list(entries)
        for entry in listed:
            if not entry.is_dir(follow_symlinks=False):
                Path(entry).unlink()
                continue
            Path(entry).chmod(0o700)  # or it could not be moved
            count += 1
            todo.append(Path(entry).rename(root / f"{PREFIX}{os.getpid()}-{count}"))
        if folder != root:
            folder.rmdir()
    root.rmdir()


def furnished(root: Path) -> Path:
    """Lay out a private folder: returns where the code works."""
    work = root / "work"
    work.mkdir()
    root.chmod(0o711)
    return work


def _cell(root: Path, packages: tuple[str, ...]) -> Cell:
    work = furnished(root)
    folders = [*python_folders(), *packages]
    uid = (
        private_uid() if all(map(_is_open_to_all, [*folders, str(root.parent)])) else 0
    )  # else root, but without its powers
    if uid:
        os.chown(work, uid, uid)
    return Cell(
        start=lambda channel, _: guest_command(channel),
        folder=str(work),
        home=str(work),
        namespaces=False,
        filter=seccomp.program(seccomp.SHARED_RULES),
        packages=packages,
        uid=uid,
        read=(*_READ, *folders),
        write=(str(work), "/dev/null"),
    )


def _is_open_to_all(path: str) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (Path(path), *Path(path).parents))
