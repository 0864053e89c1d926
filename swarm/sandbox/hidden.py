"""Paths of a workspace that no command may see, given by names, paths and patterns."""

import fnmatch
import os
import re
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from swarm.errors import UsageError

MOST = 500
"""Each costs a command a mount."""
_SKIPPED = frozenset((".git", "node_modules", "__pycache__"))
_MOST_ENTRIES = 1_000_000
_NEVER = r"(?!)"


class Hidden:
    """What `patterns` name: one with a slash is a path below the folder, one without the name of anything at any depth.

    `*`, `?` and `[...]` are wild. Names are not looked for in `.git`, `node_modules` and `__pycache__`. What `shown`
    names, in the same way, is not hidden for its name.
    """

    def __init__(self, patterns: Sequence[str], shown: Sequence[str] = ()) -> None:
        self._shown = Hidden(shown) if shown else None
        named = [pattern.removeprefix("./").rstrip("/") for pattern in patterns]
        self._names = _one_of([pattern for pattern in named if pattern and "/" not in pattern])
        self._places = _one_of([pattern.lstrip("/") for pattern in named if "/" in pattern])
        self._is_empty = not any(named)

    @property
    def _key(self) -> str:
        return f"{self._names.pattern}\0{self._places.pattern}\0{self._shown._key if self._shown else ''}"

    def paths(self, folder: Path) -> tuple[str, ...]:
        """Return the relative paths that are there, sorted, none below another; raises UsageError for too many."""
        found = () if self._is_empty else tuple(sorted(self._search(folder)))
        if len(found) > MOST:
            raise UsageError(f"{len(found)} paths of {folder} are to be hidden; at most {MOST} can be: name a folder")
        return found

    def covers(self, path: str) -> bool:
        """Say whether a path, or a folder that it lies in, is to be hidden."""
        if self._is_empty:
            return False
        if self._shown is not None and self._shown.covers(path):
            return False
        parts = path.split("/")
        return any(map(self._names.match, parts)) or any(map(self._places.match, _upwards(parts)))

    def _search(self, folder: Path) -> Iterator[str]:
        """Walk the folder, without recursion; a folder that has not changed since the last walk is not read again."""
        known = _remembered(f"{folder}\0{self._key}")
        todo, seen, now = [""], 0, time.time_ns()
        while todo:
            below = todo.pop()
            try:
                changed = os.stat(f"{folder}/{below}").st_mtime_ns  # noqa: PTH116 - ten times faster
                listing = known.get(below)
                if listing is None or listing.changed_ns != changed:
                    listing = self._list(f"{folder}/{below}", below, changed)
                    if now - changed > _SETTLED_NS:
                        known[below] = listing
            except OSError:
                continue
            seen += listing.size
            yield from listing.found
            todo += listing.folders
            if seen > _MOST_ENTRIES:
                raise UsageError(f"{folder} holds more than {_MOST_ENTRIES} files; work in a folder below it")

    def _list(self, place: str, below: str, changed_ns: int) -> "_Listing":
        found: list[str] = []
        folders: list[str] = []
        size, by_place = 0, self._places.pattern != _NEVER
        with os.scandir(place) as entries:
            for entry in entries:
                size += 1
                if (self._names.match(entry.name) or (by_place and self._places.match(below + entry.name))) and not (
                    self._shown and self._shown.covers(below + entry.name)
                ):
                    found.append(below + entry.name)
                elif entry.is_dir(follow_symlinks=False) and entry.name not in _SKIPPED:
                    folders.append(f"{below}{entry.name}/")
        return _Listing(changed_ns, size, tuple(found), tuple(folders))


class _Listing(NamedTuple):
    """What one folder held when it was last changed."""

    changed_ns: int
    size: int
    found: tuple[str, ...]
    folders: tuple[str, ...]


_walks: OrderedDict[str, dict[str, _Listing]] = OrderedDict()
_MOST_WALKS = 8
_SETTLED_NS = 2_000_000_000
"""A folder may change twice within one tick of its clock; what is older than this cannot."""


def _remembered(walk: str) -> dict[str, _Listing]:
    known = _walks.setdefault(walk, {})
    _walks.move_to_end(walk)
    while len(_walks) > _MOST_WALKS:
        _walks.popitem(last=False)
    return known


def _upwards(parts: list[str]) -> Iterator[str]:
    return ("/".join(parts[:end]) for end in range(len(parts), 0, -1))


def _one_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, patterns)) or _NEVER)
