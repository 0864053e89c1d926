"""How a workspace differs after a command: one `Difference` for each path, read without following any link.

Everything is read after the last process inside has ended, so nothing changes under the reader; still names, kinds
and sizes are an enemy's.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Mode = Literal["file", "executable", "link", "folder"]
"""A link's content is where it leads to; a folder has none, and stands for itself only where it is empty or gone."""

DEEPEST = 64
_CHUNK = 1 << 20
_MOST_LISTED = 100_000


@dataclass(frozen=True)
class Entry:
    """What lies at a path at one time: found below an open folder."""

    folder: int
    path: str
    mode: Mode
    size: int
    changed_ns: int

    def read(self) -> bytes:
        """Return its content; raises OSError."""
        if self.mode == "link":
            return os.fsencode(os.readlink(self.path, dir_fd=self.folder))
        return b"".join(self._chunks())

    def digest(self) -> str:
        """Return the SHA-256 of its content, however large; raises OSError."""
        total = hashlib.sha256(self.read() if self.mode == "link" else b"")
        for chunk in self._chunks() if self.mode != "link" else ():
            total.update(chunk)
        return total.hexdigest()

    def _chunks(self) -> Iterator[bytes]:
        handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self.folder)
        with os.fdopen(handle, "rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                yield chunk


@dataclass(frozen=True)
class Difference:
    """One path: what lay there before and what lies there now, None for nothing; or why it cannot be said."""

    path: str
    before: Entry | None = None
    after: Entry | None = None
    problem: str = ""


def entry_at(folder: int, path: str, held: os.stat_result) -> Entry | None:
    """Return the entry that `held` describes; None for a pipe, a socket or a device."""
    mode = _mode(held.st_mode)
    return Entry(folder, path, mode, held.st_size, held.st_ctime_ns) if mode else None


def look(folder: int, path: str) -> os.stat_result | None:
    """Return what lies at a path, without following a link there, or None for nothing; raises other OSErrors."""
    try:
        return os.stat(path, dir_fd=folder, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_folder(held: os.stat_result | None) -> bool:
    """Say whether it is a folder, not a link to one."""
    return held is not None and stat.S_ISDIR(held.st_mode)


def names_in(folder: int, path: str) -> list[str]:
    """Return the names in a folder, sorted; raises OSError."""
    handle = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        return sorted(os.listdir(handle))  # noqa: PTH208 - a descriptor, so that no link is followed
    finally:
        os.close(handle)


def deletions(folder: int, path: str) -> Iterator[Difference]:
    """Yield what was at `path` and below it, for it is gone: files first, each folder after what it held."""
    folders: list[Difference] = []
    todo = [path]
    while todo:
        place = todo.pop()
        try:
            held = look(folder, place)
            entry = entry_at(folder, place, held) if held else None
            if not is_folder(held):
                yield Difference(place, before=entry, problem="" if entry else "it was not a regular file")
                continue
            if len(folders) == _MOST_LISTED or place.count("/") >= DEEPEST:
                yield Difference(place, problem="it was in too large or too deep a folder")
                continue
            todo += [f"{place}/{name}" for name in reversed(names_in(folder, place))]
            folders.append(Difference(place, before=entry))
        except OSError as error:
            yield Difference(place, problem=f"it could not be read ({error.strerror})")
    yield from reversed(folders)


def _mode(bits: int) -> Mode | None:
    if stat.S_ISREG(bits):
        return "executable" if bits & 0o100 else "file"
    if stat.S_ISLNK(bits):
        return "link"
    return "folder" if stat.S_ISDIR(bits) else None
