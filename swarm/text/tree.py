"""Trees: a folder's names and sizes as a listing, counted where there are many."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from swarm.file_names import shown

_MOST_IN_FOLDER = 40


def tree_of(folder: Path, paths: Sequence[Path], most: int) -> str:
    """Return the files below a folder, a line each with its size; a folder with many, or the deepest, is counted.

    At most `most` characters: folders are closed from the deepest up until it fits.
    """
    sizes = {PurePosixPath(shown(path.relative_to(folder).as_posix())): _size(path) for path in paths}
    for depth in (99, 6, 4, 3, 2, 1):
        rows = _rows(sizes, depth)
        if sum(len(row) + 1 for row in rows) <= most:
            return "\n".join(rows)
    return "\n".join(rows)[:most].rsplit("\n", 1)[0] + "\n[... more left out; list a folder ...]"


def _rows(sizes: Mapping[PurePosixPath, int], depth: int) -> list[str]:
    rows: list[str] = []
    closed: dict[str, list[PurePosixPath]] = {}
    in_folder: dict[str, list[PurePosixPath]] = {}
    for name in sizes:
        if len(name.parts) > depth:
            closed.setdefault("/".join(name.parts[:depth]), []).append(name)
        else:
            in_folder.setdefault(name.parent.as_posix(), []).append(name)
    for files in in_folder.values():
        rows += [f"{name.as_posix()} ({shown_size(sizes[name])})" for name in files[:_MOST_IN_FOLDER]]
        if left := files[_MOST_IN_FOLDER:]:
            rows.append(f"{left[0].parent.as_posix()}/ ... and {len(left)} more files")
    for folder, inside in closed.items():
        rows.append(f"{folder}/ ({len(inside)} files, {shown_size(sum(sizes[name] for name in inside))})")
    return rows


def shown_size(size: int) -> str:
    """Write a number of bytes for a person."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1000)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def _size(path: Path) -> int:
    try:
        return path.stat(follow_symlinks=False).st_size
    except OSError:
        return 0
