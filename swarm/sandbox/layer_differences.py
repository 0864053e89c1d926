"""What a command has changed, read from the upper folder of its overlay: only what was touched lies there.

The kernel writes a whiteout, a character device 0:0, where something is gone, and marks as opaque a folder that
replaced one; see Documentation/filesystems/overlayfs.rst.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from swarm.sandbox.differences import DEEPEST, Difference, deletions, entry_at, is_folder, look, names_in

_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")


@dataclass(frozen=True)
class _Folder:
    """A folder of the layer: whether one was there before, and whether the layer's replaces it whole."""

    path: str
    was_there: bool
    is_opaque: bool


def layer_differences(upper: int, lower: int) -> Iterator[Difference]:
    """Yield the differences that a layer makes, in the order of their paths; both are open folders."""
    open_folders = [_inside(_Folder("", True, False), upper, lower)]
    while open_folders:
        found = next(open_folders[-1], None)
        if found is None:
            open_folders.pop()
        elif isinstance(found, Difference):
            yield found
        else:
            open_folders.append(_inside(found, upper, lower))


def _inside(folder: _Folder, upper: int, lower: int) -> Iterator[_Folder | Difference]:
    path = folder.path
    try:
        names = names_in(upper, path)
        if folder.is_opaque and folder.was_there:  # what is not in the layer is gone
            names = sorted({*names, *names_in(lower, path)})
    except OSError as error:
        yield Difference(path, problem=f"it cannot be read ({error.strerror})")
        return
    for name in names:
        path = f"{folder.path}/{name}" if folder.path else name
        try:
            yield from _compare(path, upper, lower, folder)
        except OSError as error:
            yield Difference(path, problem=f"it cannot be read ({error.strerror})")


def _compare(path: str, upper: int, lower: int, parent: _Folder) -> Iterator[_Folder | Difference]:
    held = look(upper, path)
    before = look(lower, path) if parent.was_there else None
    was_folder = is_folder(before)
    if held is None or (stat.S_ISCHR(held.st_mode) and held.st_rdev == 0):
        if before is not None:
            yield from deletions(lower, path)
    elif stat.S_ISDIR(held.st_mode):
        if before is not None and not was_folder:
            yield from deletions(lower, path)
        if path.count("/") >= DEEPEST:
            yield Difference(path, problem=f"it lies deeper than {DEEPEST} folders")
        elif not was_folder and not names_in(upper, path):
            yield Difference(path, after=entry_at(upper, path, held))
        else:
            yield _Folder(path, was_folder, parent.is_opaque or _is_opaque(upper, path))
    else:
        if was_folder:
            yield from (gone for gone in deletions(lower, path) if gone.path != path)
        after = entry_at(upper, path, held)
        known = entry_at(lower, path, before) if before is not None and not was_folder else None
        yield Difference(path, known, after, "" if after else "it is not a regular file")


def _is_opaque(upper: int, path: str) -> bool:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=upper)
    try:
        return any(_attribute(handle, name) == b"y" for name in _OPAQUE)
    finally:
        os.close(handle)


def _attribute(handle: int, name: str) -> bytes:
    try:
        return os.getxattr(handle, name)
    except OSError:
        return b""
