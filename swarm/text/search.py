"""Search through files, line by line, by a regular expression that cannot run for ever."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import regex

from swarm.file_names import shown
from swarm.text.redaction import redact

_LARGEST = 5_000_000
_LONGEST_LINE = 2000
_LINE_SECONDS = 0.5
_SECONDS = 20.0
_MOST = 2000
_SHOWN = 300
_MOST_FORMS = 64
"""Globs that the braces of one may stand for."""
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_GAP = "--"
_MOST_CONTEXT = 5


class SearchFault(ValueError):
    """The search cannot be made; the message says why."""


@dataclass(frozen=True)
class Hits:
    """Lines that match, as `path:line:text`, or names of files; `total` counts those beyond what is kept, too."""

    rows: tuple[str, ...]
    places: tuple[str, ...]
    total: int
    what: str
    """What is said where nothing was found."""
    around: frozenset[int] = frozenset()
    """Places, from 0, of rows that only stand around a hit."""

    def shown(self, most: int) -> str:
        """Return the rows that fit in so many characters, with what is left out."""
        if not self.rows:
            return self.what
        kept, left = list[str](), most
        for row in self.rows:
            left -= len(row) + 1
            if left < 0:
                break
            kept.append(row)
        more = self.total - sum(at not in self.around for at in range(len(kept)))
        return "\n".join([*kept, f"[... {more} more left out; narrow the pattern or `files` ...]"] if more else kept)


def search_files(root: Path, paths: Sequence[Path], pattern: str, files: str, context: int = 0) -> Hits:
    """Return the lines of files below `root` that match, each with so many lines around it; with an empty pattern the
    files' names. Raises SearchFault, for files that are not there, too.
    """
    names = {path: shown(path.relative_to(root).as_posix()) for path in paths}
    forms = _expanded(files.strip().removeprefix("./").rstrip("/"))
    chosen = [path for path, name in names.items() if any(_is_wanted(name, form) for form in forms)]
    if not chosen and names:
        raise SearchFault(f"no file is named like {files}; there are: {_kinds(list(names.values()))}")
    if not pattern:
        return Hits(tuple(names[path] for path in chosen[:_MOST]), (), len(chosen), "the workspace has no files")
    try:
        compiled = regex.compile(pattern)
    except regex.error:
        compiled = regex.compile(regex.escape(pattern))
    rows, places, total, until = list[tuple[str, bool]](), dict[str, None](), 0, time.monotonic() + _SECONDS
    for path in chosen:
        lines = _lines(path)
        found = _matching(lines, compiled, names[path], until)
        total += len(found)
        if found and len(rows) < _MOST:
            rows += _shown(names[path], lines, found, min(context, _MOST_CONTEXT))
            places[names[path]] = None
    nothing = f"nothing matches {pattern!r} in {len(chosen)} files{f' of {files}' if files else ''}"
    around = frozenset(at for at, (_, hit) in enumerate(rows[:_MOST]) if not hit)
    return Hits(tuple(row for row, _ in rows[:_MOST]), tuple(places), total, nothing, around)


def _matching(lines: Sequence[str], pattern: "regex.Pattern[str]", name: str, until: float) -> list[int]:
    """Return the numbers, from 0, of the lines that match; raises SearchFault where that takes too long."""
    found: list[int] = []
    for number, line in enumerate(lines):
        if time.monotonic() > until:
            raise SearchFault(f"the search took longer than {_SECONDS:g} s; narrow it with `files`")
        try:
            if pattern.search(line[:_LONGEST_LINE], timeout=_LINE_SECONDS):
                found.append(number)
        except TimeoutError:
            text = f"the pattern {pattern.pattern!r} takes too long on {name}:{number + 1}; write a simpler one"
            raise SearchFault(text) from None
    return found


def _shown(name: str, lines: Sequence[str], found: Sequence[int], context: int) -> list[tuple[str, bool]]:
    """Return lines as grep does, and whether each is a hit: `path:line:text`, `path-line-text` for those around."""
    hits, rows, last = set(found), list[tuple[str, bool]](), -1
    for number in sorted({near for at in found for near in range(at - context, at + context + 1)}):
        if not 0 <= number < len(lines):
            continue
        if context and rows and number > last + 1:
            rows.append((_GAP, False))
        mark, last = ":" if number in hits else "-", number
        rows.append((f"{name}{mark}{number + 1}{mark}{_cut(redact(lines[number].rstrip()))}", number in hits))
    return rows


def _cut(line: str) -> str:
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]} …"


def _expanded(glob: str) -> list[str]:
    """Return the globs that one with braces stands for: `*.{py,md}` is `*.py` and `*.md`."""
    found = [glob]
    while len(found) < _MOST_FORMS and (braced := next((each for each in found if _BRACES.search(each)), None)):
        at = _BRACES.search(braced)
        assert at is not None
        found.remove(braced)
        found += [f"{braced[: at.start()]}{part.strip()}{braced[at.end() :]}" for part in at[1].split(",")]
    return found


def _kinds(names: Sequence[str]) -> str:
    """Say what files there are: the folders at the top and the kinds of files, or their names where they are few."""
    if len(names) <= 12:
        return ", ".join(names)
    folders = sorted({f"{name.split('/', 1)[0]}/" for name in names if "/" in name})
    kinds = Counter(Path(name).suffix or Path(name).name for name in names).most_common(8)
    rows = [f"{count} {kind}" for kind, count in kinds]
    return f"{', '.join(rows)}{' in ' if folders else ''}{', '.join(folders[:12])}{' ...' if len(folders) > 12 else ''}"


def _is_wanted(name: str, files: str) -> bool:
    wanted = files.rstrip("/")
    if wanted in ("", ".", "*", "**"):
        return True
    if name == wanted or name.startswith(f"{wanted}/"):
        return True
    # `**/` may stand for no folder at all.
    forms = {wanted, wanted.replace("**/", "")}
    return any(fnmatch(name, form) or ("/" not in form and fnmatch(Path(name).name, form)) for form in forms)


def _lines(path: Path) -> list[str]:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
            return []
        data = path.read_bytes()
    except OSError:
        return []
    if b"\0" in data[:8192]:
        return []
    return data.decode("utf-8", "replace").split("\n")
