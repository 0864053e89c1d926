"""Private copies of a workspace, for machines that mount no layer: made before a command, compared after it."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarm.errors import SandboxUnavailable
from swarm.sandbox.differences import DEEPEST, Difference, deletions, entry_at, in_order, is_folder, look, names_in

MOST_BYTES = 4_000_000_000
MOST_ENTRIES = 200_000


@dataclass(frozen=True)
class Copy:
    """A copy in `folder`: when each of its entries was last changed, so that a later change is seen."""

    folder: Path
    made: dict[str, tuple[int, int]]
    """Path to size and time of change in nanoseconds."""


def copy_workspace(source: Path, target: Path, hidden: frozenset[str]) -> Copy:
    """Copy a workspace without what is hidden; raises SandboxUnavailable for one that is too large."""
    made: dict[str, tuple[int, int]] = {}
    todo, size = [""], 0
    target.mkdir()
    while todo:
        below = todo.pop()
        with os.scandir(source / below) as entries:
            for entry in entries:
                path = below + entry.name
                if path in hidden:
                    continue
                size += entry.stat(follow_symlinks=False).st_size
                if size > MOST_BYTES or len(made) >= MOST_ENTRIES:
                    raise SandboxUnavailable(
                        f"no layer can be mounted here, and {source} is too large to be copied for each command "
                        f"({MOST_BYTES:,} bytes, {MOST_ENTRIES:,} files at most); work in a folder below it"
                    )
                if _copy_entry(entry, target / path):
                    todo.append(path + "/")
                held = os.lstat(target / path) if os.path.lexists(target / path) else None
                made[path] = (held.st_size, held.st_ctime_ns) if held else (0, 0)
    return Copy(target, made)


def copy_differences(copy: Copy, changed: int, source: int) -> Iterator[Difference]:
    """Return how a copy, opened as `changed`, differs from when it was made; `source` is the workspace itself."""
    return in_order("", lambda folder: _inside(copy, folder, changed, source))


def _inside(copy: Copy, folder: str, changed: int, source: int) -> Iterator[str | Difference]:
    prefix = folder + "/" if folder else ""
    try:
        names = set(names_in(changed, folder))
        if is_folder(look(source, folder) if folder else os.fstat(source)):
            names |= {name for name in names_in(source, folder) if prefix + name in copy.made}
    except OSError as error:
        yield Difference(folder, problem=f"it cannot be read ({error.strerror})")
        return
    for name in sorted(names):
        try:
            yield from _compare(copy, prefix + name, changed, source)
        except OSError as error:
            yield Difference(prefix + name, problem=f"it cannot be read ({error.strerror})")


def _compare(copy: Copy, path: str, changed: int, source: int) -> Iterator[str | Difference]:
    held = look(changed, path)
    before = look(source, path) if path in copy.made else None
    was_folder = is_folder(before)
    if held is None:
        if before is not None:
            yield from deletions(source, path)
    elif is_folder(held):
        if before is not None and not was_folder:
            yield from deletions(source, path)
        if path.count("/") >= DEEPEST:
            yield Difference(path, problem=f"it lies deeper than {DEEPEST} folders")
        elif not was_folder and not names_in(changed, path):
            yield Difference(path, after=entry_at(changed, path, held))
        else:
            yield path
    elif (held.st_size, held.st_ctime_ns) != copy.made.get(path):
        if was_folder:
            yield from (gone for gone in deletions(source, path) if gone.path != path)
        after = entry_at(changed, path, held)
        known = entry_at(source, path, before) if before is not None and not was_folder else None
        yield Difference(path, known, after, "" if after else "it is not a regular file")


def _copy_entry(entry: "os.DirEntry[str]", target: Path) -> bool:
    """Copy one entry; True for a folder, whose content is still to be copied. Pipes, sockets and devices stay out."""
    if entry.is_symlink():
        target.symlink_to(Path(entry).readlink())
    elif entry.is_dir(follow_symlinks=False):
        target.mkdir()
        return True
    elif entry.is_file(follow_symlinks=False):
        shutil.copyfile(entry.path, target)
        shutil.copymode(entry.path, target)
    return False
