"""Documents: one text in its own order, of which a part is shown, and what is left out is said."""

import re
from dataclasses import dataclass

from swarm.text.outline import outline
from swarm.text.sections import nearest, section

_LONGEST_LINE = 4000
_HEAD = 0.7
"""Of what fits, the share that shows the beginning."""
_RANGE = re.compile(r"^\s*(\d+)\s*(?:-|–|to|:|,)?\s*(\d*)\s*$")


@dataclass(frozen=True)
class TextDocument:
    """A text by lines, and the line, from 0, at which each of its pages begins, where it has pages."""

    place: str
    lines: tuple[str, ...]
    pages: tuple[int, ...] = ()
    version: str = ""
    """Of a file in the workspace."""


@dataclass(frozen=True)
class Part:
    """A stretch of a document: its text, where it stands, and what was left out."""

    text: str
    where: str


def parse_range(text: str, most: int) -> tuple[int, int] | None:
    """Read `210-600`, `210-` or `210` as first and last within `most`; None for what is no range."""
    found = _RANGE.match(text)
    if not found:
        return None
    first = max(1, int(found[1]))
    open_end = re.search(r"(-|–|to|:|,)\s*$", text)
    last = int(found[2]) if found[2] else most if open_end else first
    return first, min(max(last, first), most)


def lines_of(document: TextDocument, first: int, last: int, most: int) -> Part:
    """Return lines `first` to `last`, from 1, in at most `most` characters: a cut stands in the middle and says so."""
    chosen = [_shortened(line) for line in document.lines[first - 1 : last]]
    total = len(document.lines)
    where = f"lines {first}-{last} of {total}" if (first, last) != (1, total) else f"{total} lines"
    if sum(len(line) + 1 for line in chosen) <= most:
        return Part("\n".join(chosen), where)
    head = _fitting(chosen, int(most * _HEAD))
    tail = _fitting(chosen[head:][::-1], most - int(most * _HEAD))
    out_first, out_last = first + head, last - tail
    gap = (
        f"[... lines {out_first:,}-{out_last:,} of {total:,} left out; "
        f'read {document.place} with lines "{out_first}-{out_last}", a section, a query, or its outline ...]'
    )
    return Part("\n".join([*chosen[:head], gap, *(chosen[-tail:] if tail else [])]), where)


def cut_middle(text: str, most: int) -> str:
    """Return a text in at most about `most` characters: its beginning and its end, and how much is missing between."""
    if len(text) <= most:
        return text
    head = int(most * _HEAD)
    return f"{text[:head]}\n[... {len(text) - most:,} characters left out ...]\n{text[-(most - head) :]}"


def cut_front(text: str, most: int) -> str:
    """Return a text in at most about `most` characters: its end, and how much is missing before it."""
    if len(text) <= most:
        return text
    return f"[... {len(text) - most:,} characters left out ...]\n{text[-most:]}"


def pages_of(document: TextDocument, first: int, last: int, most: int) -> Part:
    """Return pages `first` to `last`, from 1."""
    starts = (*document.pages, len(document.lines))
    part = lines_of(document, starts[first - 1] + 1, starts[last], most)
    return Part(part.text, f"pages {first}-{last} of {len(document.pages)}")


def section_of(document: TextDocument, title: str, most: int) -> Part | None:
    """Return the text under a heading or of a definition; None if there is none of that name."""
    found = section(document.lines, document.place, title)
    if found is None:
        return None
    part = lines_of(document, found.first, found.last, most)
    return Part(f"[{found.note}]\n{part.text}" if found.note else part.text, part.where)


def sections_near(document: TextDocument, title: str) -> str:
    """Name the sections that come nearest to one that is not there, each with its line; empty for none."""
    return ", ".join(nearest(document.lines, document.place, title))


def outline_of(document: TextDocument, most: int) -> Part:
    """Return the document's outline; where it has none, that is said."""
    found = outline(document.lines, document.place) or "it has no headings or definitions"
    if len(found) > most:
        kept = found[:most].rsplit("\n", 1)[0]
        found = (
            f"{kept}\n[... {found.count(chr(10)) - kept.count(chr(10))} more entries left out; find names in it ...]"
        )
    pages = f", {len(document.pages)} pages" if document.pages else ""
    return Part(found, f"outline of {len(document.lines)} lines{pages}")


def _fitting(lines: list[str], most: int) -> int:
    """Return how many of the first lines fit."""
    size = 0
    for number, line in enumerate(lines):
        size += len(line) + 1
        if size > most:
            return number
    return len(lines)


def _shortened(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    return f"{line[:_LONGEST_LINE]} [... {len(line) - _LONGEST_LINE:,} more characters in this line ...]"
