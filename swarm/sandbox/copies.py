"""Private copies of a workspace, for machines that mount no layer: made before a command, compared after it."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarm.errors import SandboxUnavailable
from swarm.sandbox.differences import Difference, Entry, deletions, entry_at, is_folder, look, names_in
from swarm.sandbox.hidden import is_hidden

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
                if is_hidden(path, hidden):
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
    """Yield how a copy, opened as `changed`, differs from when it was made; `source` is the workspace itself."""
    todo = [""]
    while todo:
        place = todo.pop()
        try:
            names = names_in(changed, place)
        except OSError as error:
            yield Difference(place, problem=f"it cannot be read ({error.strerror})")
            continue
        prefix = place + "/" if place else ""
        was_there = not place or is_folder(_looked(source, place))
        gone = set(names_in(source, place)) - set(names) if was_there else set()
        folders: list[str] = []
        for name in sorted({*names, *gone}):
            path = prefix + name
            if name in gone:
                if path in copy.made:
                    yield from deletions(source, path)
                continue
            yield from _compare(copy, path, (changed, source), folders)
        todo += reversed(folders)


def _compare(copy: Copy, path: str, sides: tuple[int, int], folders: list[str]) -> Iterator[Difference]:
    changed, source = sides
    held, known = _looked(changed, path), copy.made.get(path)
    if held is None:
        yield Difference(path, problem="it cannot be read")
        return
    before = _looked(source, path) if known else None
    if is_folder(held):
        if before is not None and not is_folder(before):
            yield from deletions(source, path)
        if known is None and not _names(changed, path):
            yield Difference(path, after=entry_at(changed, path, held))
        if path.count("/") < 64:
            folders.append(path)
        else:
            yield Difference(path, problem="it lies too deep")
        return
    if (held.st_size, held.st_ctime_ns) == known:
        return
    if is_folder(before):
        yield from (each for each in deletions(source, path) if each.path != path)
    after = entry_at(changed, path, held)
    old: Entry | None = entry_at(source, path, before) if before is not None and not is_folder(before) else None
    yield Difference(path, old, after, "" if after else "it is not a regular file")


def _looked(folder: int, path: str) -> os.stat_result | None:
    try:
        return look(folder, path)
    except OSError:
        return None


def _names(folder: int, path: str) -> list[str]:
    try:
        return names_in(folder, path)
    except OSError:
        return []


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
