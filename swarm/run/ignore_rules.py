"""Ignore rules: the patterns of a `.gitignore`, matched in time that grows with the length of a path and no faster.

The grammar is git's (gitignore(5)): the last pattern that matches decides, `!` takes back, a `/` before the end binds a
pattern to its folder, one at the end to folders, `**` stands for any number of them. A star is matched greedily, with
one place to come back to, never by a regular expression that tries all of them: a repository brings its own patterns.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from swarm.run.regular_file import read_regular

_LARGEST = 1_000_000
_MOST_PATTERNS = 2000
_LONGEST = 1000
_TOKEN = re.compile(r"\\(.)|(\*+)|(\?)|(\[[!^]?\]?[^\]]*\])|(.)", re.DOTALL)
_STAR, _ANY = "*", "?"
P = TypeVar("P")
T = TypeVar("T")


class _Glob(NamedTuple):
    """One part of a pattern: tokens that take a character each, and stars."""

    tokens: tuple[str | re.Pattern[str], ...]
    literal: str | None
    """The part itself, where nothing in it is wild."""

    def matches(self, name: str) -> bool:
        if self.literal is not None:
            return name == self.literal
        return _greedy(self.tokens, name, lambda token: token == _STAR, _takes)


@dataclass(frozen=True)
class _Pattern:
    parts: tuple[_Glob | None, ...]
    """None is `**`."""
    folders_only: bool
    takes_back: bool

    def matches(self, names: Sequence[str], is_folder: bool) -> bool:
        if self.folders_only and not is_folder:
            return False
        if len(self.parts) == 2 and self.parts[0] is None:
            return _part_takes(self.parts[1], names[-1])
        return _greedy(self.parts, names, lambda part: part is None, _part_takes)


class IgnoreRules:
    """The patterns of one file, for paths relative to its folder."""

    def __init__(self, lines: Iterable[str]) -> None:
        found = [pattern for line in lines if len(line) <= _LONGEST and (pattern := _pattern(line)) is not None]
        self._patterns = found[-_MOST_PATTERNS:][::-1]
        # Most patterns are a plain name at any depth: those a path has not are not tried.
        self._plain = [_plain_name(pattern) for pattern in self._patterns]

    @classmethod
    def read(cls, file: Path) -> "IgnoreRules | None":
        """Read a file of patterns; None if there is none, or none that can be read."""
        data = read_regular(file, _LARGEST)
        return None if data is None else cls(data.decode("utf-8", "replace").splitlines())

    def decision(self, path: str, is_folder: bool = False) -> bool | None:
        """Say whether a path is left out, or taken back; None where no pattern names it. Not of what lies in it."""
        names = path.strip("/").split("/")
        present = set(names)
        for pattern, plain in zip(self._patterns, self._plain, strict=True):
            if (plain is None or plain in present) and pattern.matches(names, is_folder):
                return not pattern.takes_back
        return None

    def covers(self, path: str) -> bool:
        """Say whether a path, or a folder that it lies in, is left out."""
        names = path.strip("/").split("/")
        folders = ("/".join(names[:end]) for end in range(1, len(names)))
        return any(self.decision(each, is_folder=True) for each in folders) or self.decision(path) is True


def _pattern(line: str) -> _Pattern | None:
    text = re.sub(r"(?<!\\) +$", "", line.rstrip("\r\n"))
    if not text or text.startswith("#"):
        return None
    takes_back, text = text.startswith("!"), text.removeprefix("!")
    folders_only, text = text.endswith("/"), text.rstrip("/")
    if not text:
        return None
    bound, text = "/" in text, text.lstrip("/")
    parts = [None if part == "**" else _glob(part) for part in text.split("/")]
    parts = parts if bound else [None, *parts]
    kept = [part for at, part in enumerate(parts) if part is not None or at == 0 or parts[at - 1] is not None]
    if kept[-1] is None:  # what is inside, not the folder itself
        kept.append(_glob("*"))
    return _Pattern(tuple(kept), folders_only, takes_back)


def _glob(part: str) -> _Glob:
    tokens: list[str | re.Pattern[str]] = []
    literal = True
    for escaped, stars, one, chosen, plain in _TOKEN.findall(part):
        literal = literal and not (stars or one or chosen)
        if chosen and (compiled := _choice(chosen)) is not None:
            tokens.append(compiled)
        elif chosen:
            tokens += [f"={each}" for each in chosen]
        else:
            tokens.append(_STAR if stars else _ANY if one else f"={escaped or plain}")
    return _Glob(tuple(tokens), "".join(str(each)[1:] for each in tokens) if literal else None)


def _choice(text: str) -> re.Pattern[str] | None:
    """Read `[a-z]` or `[!a-z]`; None for what is no choice."""
    inner = text[1:-1]
    negated = inner[:1] in ("!", "^")
    escaped = re.sub(r"([\[\]\\&~|^])", r"\\\1", inner[negated:])
    try:
        return re.compile(f"[{'^' if negated else ''}{escaped}]")
    except re.error:
        return None


def _takes(token: str | re.Pattern[str], character: str) -> bool:
    return bool(token.match(character)) if isinstance(token, re.Pattern) else token in (_ANY, f"={character}")


def _part_takes(part: _Glob | None, name: str) -> bool:
    return part is not None and part.matches(name)


def _greedy(
    pattern: Sequence[P], text: Sequence[T], is_star: Callable[[P], bool], takes: Callable[[P, T], bool]
) -> bool:
    """Match with one place to come back to, the last star: at most the product of both lengths in steps."""
    at, here, back, taken = 0, 0, -1, 0
    while here < len(text):
        if at < len(pattern) and is_star(pattern[at]):
            back, taken, at = at, here, at + 1
        elif at < len(pattern) and takes(pattern[at], text[here]):
            at, here = at + 1, here + 1
        elif back >= 0:
            taken += 1
            at, here = back + 1, taken
        else:
            return False
    return all(map(is_star, pattern[at:]))


def _plain_name(pattern: _Pattern) -> str | None:
    literal = [part.literal for part in pattern.parts if part is not None]
    return next((each for each in literal if each is not None), None)
