"""Search through files, line by line, by a regular expression that cannot run for ever."""

import time
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


class SearchFault(ValueError):
    """The search cannot be made; the message says why."""


@dataclass(frozen=True)
class Hits:
    """Lines that match, as `path:line: text`, or names of files; `total` counts those beyond what is kept, too."""

    rows: tuple[str, ...]
    places: tuple[str, ...]
    total: int
    what: str

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
        more = self.total - len(kept)
        return "\n".join([*kept, f"[... {more} more left out; narrow the pattern or `files` ...]"] if more else kept)


def search_files(root: Path, paths: Sequence[Path], pattern: str, files: str) -> Hits:
    """Return the lines of files below `root` that match; with an empty pattern the files' names. Raises SearchFault."""
    chosen = [path for path in paths if _is_wanted(shown(path.relative_to(root).as_posix()), files)]
    if not pattern:
        names = tuple(shown(path.relative_to(root).as_posix()) for path in chosen[:_MOST])
        return Hits(names, (), len(chosen), f"no file is named like {files or 'that'}")
    try:
        compiled = regex.compile(pattern)
    except regex.error:
        compiled = regex.compile(regex.escape(pattern))
    rows, places, total, until = list[str](), dict[str, None](), 0, time.monotonic() + _SECONDS
    for path in chosen:
        name = shown(path.relative_to(root).as_posix())
        for number, line in _lines(path):
            if time.monotonic() > until:
                raise SearchFault(f"the search took longer than {_SECONDS:g} s; narrow it with `files`")
            try:
                if not compiled.search(line[:_LONGEST_LINE], timeout=_LINE_SECONDS):
                    continue
            except TimeoutError:
                raise SearchFault(
                    f"the pattern {pattern!r} takes too long on {name}:{number}; write a simpler one"
                ) from None
            total += 1
            if len(rows) < _MOST:
                rows.append(f"{name}:{number}: {redact(line.strip())[:_SHOWN]}")
                places[name] = None
    nothing = f"nothing matches {pattern!r} in {len(chosen)} files{f' of {files}' if files else ''}"
    return Hits(tuple(rows), tuple(places), total, nothing)


def _is_wanted(name: str, files: str) -> bool:
    wanted = files.strip().removeprefix("./").rstrip("/")
    if wanted in ("", ".", "*", "**"):
        return True
    if name == wanted or name.startswith(f"{wanted}/"):
        return True
    # `**/` may stand for no folder at all.
    forms = {wanted, wanted.replace("**/", "")}
    return any(fnmatch(name, form) or ("/" not in form and fnmatch(Path(name).name, form)) for form in forms)


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
            return []
        data = path.read_bytes()
    except OSError:
        return []
    if b"\0" in data[:8192]:
        return []
    return list(enumerate(data.decode("utf-8", "replace").split("\n"), 1))
