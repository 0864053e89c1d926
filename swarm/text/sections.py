"""Sections: the lines under a heading or of a definition, found by its name, and the names that come nearest."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from swarm.text.outline import Entry, entries

_NEAREST = 5
_SIMILAR = 0.5
_RECEIVER = re.compile(r"^func\s*\([^)]*\)\s*")
_HEAD = re.compile(r"[(<={:\[]")
_AFTER = re.compile(r"\b(?:extends|implements|for)\b.*")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")


class Section(NamedTuple):
    """First and last line, from 1, and what should be known: that the name is not exactly that, or occurs again."""

    first: int
    last: int
    note: str = ""
    is_exact: bool = True


def section(lines: Sequence[str], name: str, title: str) -> Section | None:
    """Return the part under a heading or of a definition; None if there is none of that name.

    The exact title or name comes first, then `Class.method`, then a name that begins so or has it in it.
    """
    found = entries(lines, name)
    wanted = _plain(title)
    for fits in (_is_titled, _is_named, _is_qualified, _begins, _holds):
        at = [place for place in range(len(found)) if fits(found, place, wanted)]
        if at:
            first = found[at[0]]
            ends = [later.line - 1 for later in found[at[0] + 1 :] if later.level <= first.level]
            more = ", ".join(str(found[place].line) for place in at[1:6])
            is_exact = fits not in (_begins, _holds)
            rows = [] if is_exact else [f"no section is named {title!r}; this is {first.title!r}"]
            rows += [f"also at line {more}"] if more else []
            return Section(first.line, ends[0] if ends else len(lines), "; ".join(rows), is_exact)
    return None


def nearest(lines: Sequence[str], name: str, title: str) -> list[str]:
    """Return the names of sections that come nearest to a title, with their lines, the nearest first."""
    found = entries(lines, name)
    shown = {_qualified(found, at): each.line for at, each in reversed(list(enumerate(found)))}
    folded = {each.casefold(): each for each in shown}
    last = _plain(title).casefold().rpartition(".")[2]
    close = difflib.get_close_matches(_plain(title).casefold(), folded, _NEAREST, _SIMILAR)
    close += [each for each in folded if last and last in each]
    close += [
        each for each in folded if difflib.SequenceMatcher(None, last, each.rpartition(".")[2]).ratio() > _SIMILAR
    ]
    return [f"{folded[each]} (line {shown[folded[each]]})" for each in dict.fromkeys(close)][:_NEAREST]


def _plain(title: str) -> str:
    """Return a title without what surrounds it: the marks of a heading, the brackets of a call."""
    return " ".join(title.split()).strip("# ").removesuffix("()")


def _is_titled(found: Sequence[Entry], at: int, wanted: str) -> bool:
    return _plain(found[at].title).casefold() == wanted.casefold()


def _is_named(found: Sequence[Entry], at: int, wanted: str) -> bool:
    name = _name(found[at].title)
    # Another spelling counts only where none has this one: `Command` and `command` stand in one file.
    exact = any(_name(each.title) == wanted for each in found)
    return name == wanted if exact else bool(name) and name.casefold() == wanted.casefold()


def _is_qualified(found: Sequence[Entry], at: int, wanted: str) -> bool:
    """Say whether `Class.method` is meant; what stands before the class may be a module."""
    parts, name = wanted.split("."), _qualified(found, at).split(".")
    shorter = min(len(parts), len(name))
    return shorter > 1 and parts[-shorter:] == name[-shorter:]


def _begins(found: Sequence[Entry], at: int, wanted: str) -> bool:
    texts = (_plain(found[at].title), _name(found[at].title))
    return bool(wanted) and any(text.casefold().startswith(wanted.casefold()) for text in texts)


def _holds(found: Sequence[Entry], at: int, wanted: str) -> bool:
    return bool(wanted) and wanted.casefold() in found[at].title.casefold()


def _qualified(found: Sequence[Entry], at: int) -> str:
    """Return a definition's name with those it stands in: `Command.invoke`; of a heading its title."""
    name = _name(found[at].title)
    return ".".join([*reversed(list(_above(found, at))), name]) if name else _plain(found[at].title)


def _above(found: Sequence[Entry], at: int) -> Iterator[str]:
    level = found[at].level
    for each in reversed(found[:at]):
        if each.level < level:
            level = each.level
            yield _name(each.title)


def _name(title: str) -> str:
    """Return the name that a line of code defines; empty for a heading of prose."""
    head = _AFTER.sub("", _HEAD.split(_RECEIVER.sub("func ", title), maxsplit=1)[0])
    words = head.split()
    return words[-1] if len(words) > 1 and words[0].islower() and _IDENTIFIER.fullmatch(words[-1]) else ""
