"""Paths of a workspace that no command may see, found by names and patterns."""

import fnmatch
import os
import re
from collections.abc import Sequence
from pathlib import Path

from swarm.errors import UsageError

MOST = 500
"""Each costs a command a mount."""
_SKIPPED = frozenset((".git", "node_modules", "__pycache__"))
_MOST_ENTRIES = 1_000_000
_WILD = re.compile(r"[*?\[]")


def hidden_paths(folder: Path, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the relative paths that `patterns` name, sorted; raises UsageError for more than 500.

    A pattern with a slash is a path below the folder; one without is the name of a file or folder at any depth.
    `*`, `?` and `[...]` are wild. Names are not looked for in `.git`, `node_modules` and `__pycache__`.
    """
    places = [pattern.strip("/") for pattern in patterns if "/" in pattern.rstrip("/")]
    names = [pattern.rstrip("/") for pattern in patterns if pattern and "/" not in pattern.rstrip("/")]
    found = {place for place in places if not _WILD.search(place) and _is_there(folder, place)}
    wild = [place for place in places if _WILD.search(place)]
    if names or wild:
        found |= _search(folder, _one_of(names), _one_of(wild))
    if len(found) > MOST:
        raise UsageError(f"{len(found)} paths of {folder} are to be hidden; at most {MOST} can be: name a folder")
    return tuple(sorted(found))


def is_hidden(path: str, hidden: frozenset[str]) -> bool:
    """Say whether a path is one of `hidden`, or below one."""
    if path in hidden:
        return True
    return any(path[:at] in hidden for at, character in enumerate(path) if character == "/")


def _search(folder: Path, name: re.Pattern[str], path: re.Pattern[str]) -> set[str]:
    """Walk the folder, without recursion and without a look at the files."""
    found: set[str] = set()
    todo, seen, by_path = [""], 0, path.pattern != _NEVER
    while todo:
        below = todo.pop()
        try:
            entries = os.scandir(folder / below)
        except OSError:
            continue
        with entries:
            for entry in entries:
                seen += 1
                if name.match(entry.name) or (by_path and path.match(below + entry.name)):
                    found.add(below + entry.name)
                elif entry.is_dir(follow_symlinks=False) and entry.name not in _SKIPPED:
                    todo.append(f"{below}{entry.name}/")
        if seen > _MOST_ENTRIES:
            raise UsageError(f"{folder} holds more than {_MOST_ENTRIES} files; work in a folder below it")
    return found


_NEVER = r"(?!)"


def _one_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, patterns)) or _NEVER)


def _is_there(folder: Path, place: str) -> bool:
    return ".." not in place.split("/") and os.path.lexists(folder / place)
