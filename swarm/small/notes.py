"""Notes: a source cut into stretches, what is noted of each, and the summary that code puts together from them.

A small model notes a page faithfully and a document badly, so it is shown a page at a time; a machine judges each note
by the figures and names in it, which must stand in the source; and which source says what is never the model's to say.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from swarm.chunks import chunks
from swarm.nodes import Noun
from swarm.small.intent import wants_sources
from swarm.small.judges import COUNTED, number_of
from swarm.tree.briefing import Material

_STRETCH = 700
"""Characters of a stretch at which a small model still notes what stands at its end."""
_MOST_STRETCHES = 14
_SLACK = 1.25
"""How much longer than its share a stretch may be, so that a paragraph stays whole."""
_MOST_POINTS = 20
"""Notes that fill a page."""
_PAGE = re.compile(r"^\[page (\d+)\]$", re.MULTILINE)
_FIGURE = re.compile(r"\d+(?:[.,:/]\d+)*")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NEAR = 0.6
"""Share of a note's longer words that must stand in its stretch."""


class Stretch(Noun):
    """A part of a source that is noted at once: which source, where in it, and its text."""

    source: str
    where: str = ""
    text: str

    @property
    def place(self) -> str:
        """How a note on it is cited: the file's name, with the page."""
        return f"{_name(self.source)}, {self.where}" if self.where else _name(self.source)


class Noted(Noun):
    """What was noted of one stretch."""

    stretch: Stretch
    points: tuple[str, ...] = ()


def stretches(materials: Sequence[Material]) -> list[Stretch]:
    """Cut what was read into stretches, by page and paragraph; where there is too much, into longer ones."""
    for size in (_STRETCH, 1200, 2000, 3200, 5000):
        found = [each for material in materials if material.text.strip() for each in _cut(material, size)]
        if len(found) <= _MOST_STRETCHES:
            break
    return found[:_MOST_STRETCHES] if len(found) <= 2 * _MOST_STRETCHES else _spread(found)


def fault_of_note(point: str, text: str) -> str:
    """Say what in a note does not stand in its source: a figure, or most of its words; empty for a faithful one."""
    there = set(_FIGURE.findall(_plain(text)))
    for figure in _FIGURE.findall(_plain(point)):
        if figure not in there:
            return f"{figure} does not stand in the source"
    words = {word[:5].casefold() for word in _WORD.findall(text)}
    said = [word[:5].casefold() for word in _WORD.findall(point)]
    if said and sum(word in words for word in said) < _NEAR * len(said):
        return "most of its words do not stand in the source"
    return ""


def faithful(points: Sequence[str], stretch: Stretch, before: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the notes that the source bears out, each once and as a sentence."""
    kept: list[str] = []
    for point in points:
        sentence = _sentence(point)
        known = [*before, *kept]
        if sentence and not fault_of_note(sentence, stretch.text) and not any(_same(sentence, each) for each in known):
            kept.append(sentence)
    return tuple(kept)


def quoted(stretch: Stretch, most: int = 2) -> tuple[str, ...]:
    """Return sentences of the source itself, those with figures first: for when no note is faithful."""
    plain = " ".join(line for line in stretch.text.splitlines() if not line.startswith("#"))
    sentences = [_sentence(each) for each in re.split(r"(?<=[.!?])\s+", plain) if len(each) > 20]
    ranked = sorted(sentences, key=lambda each: -len(_FIGURE.findall(each)))[:most]
    return tuple(each for each in sentences if each in ranked and each)[:most]


def points_a_stretch(stretches: int) -> int:
    """Return how many notes each of so many stretches may bring, for a page in all."""
    return min(3, max(1, _MOST_POINTS // max(1, stretches)))


def counted(goal: str, noted: Sequence[Noted]) -> str:
    """Return just as many notes as a goal names, as a list or as sentences; empty where it names no number."""
    found = COUNTED.search(goal)
    if not found:
        return ""
    unit, most = found[2].casefold(), number_of(found[1])
    rounds = max((len(each.points) for each in noted), default=0)
    ordered = [each for at in range(rounds) for each in noted if at < len(each.points)]
    points = [(each, each.points[at]) for at in range(rounds) for each in noted if at < len(each.points)][:most]
    if not ordered or unit in ("paragraph", "line", "step", "reason", "idea", "tip"):
        return ""
    if unit == "sentence":
        return " ".join(point for _, point in points) + "\n"
    cites = wants_sources(goal)
    return "\n".join(f"- {_cited(point, each) if cites else point}" for each, point in points) + "\n"


def summary(opening: str, noted: Sequence[Noted]) -> str:
    """Put a summary together: a title, an opening, the notes by source with their places, and the sources."""
    sources = list(dict.fromkeys(each.stretch.source for each in noted if each.points))
    rows = [f"# {_title(sources)}", ""]
    rows += [opening, ""] if opening else []
    for source in sources:
        rows += [f"## {_name(source)}", ""] if len(sources) > 1 else []
        mine = [each for each in noted if each.stretch.source == source]
        rows += [f"- {_cited(point, each)}" for each in mine for point in each.points]
        rows.append("")
    return "\n".join([*rows, "## Sources", "", *(f"- {source}" for source in sources)]) + "\n"


def _cited(point: str, noted: Noted) -> str:
    return f"{point.rstrip('.')} ({noted.stretch.place})."


def _title(sources: Sequence[str]) -> str:
    """Name what is summarised: the folder, where all lies in one, else up to three sources."""
    folders = {PurePosixPath(source).parent.as_posix() for source in sources}
    if len(sources) > 1 and len(folders) == 1 and folders != {"."} and "://" not in sources[0]:
        return f"Summary of {folders.pop()}/"
    more = f" and {len(sources) - 3} more" if len(sources) > 3 else ""
    return f"Summary of {', '.join(map(_name, sources[:3]))}{more}"


def _name(source: str) -> str:
    return source if "://" in source else PurePosixPath(source).name


def _cut(material: Material, size: int) -> list[Stretch]:
    pages = _PAGE.split(material.text)
    if len(pages) < 3:
        return [Stretch(source=material.place, text=text) for text in _even(material.text, size)]
    numbered = zip(pages[1::2], pages[2::2], strict=True)
    joined: list[tuple[str, str]] = []
    for number, text in numbered:
        if joined and len(joined[-1][1]) + len(text) <= size:
            joined[-1] = (f"{joined[-1][0].partition('-')[0]}-{number}", f"{joined[-1][1]}\n{text.strip()}")
        elif text.strip():
            joined.append((number, text.strip()))
    return [
        Stretch(source=material.place, where=f"page {number}" if "-" not in number else f"pages {number}", text=part)
        for number, text in joined
        for part in _even(text, size)
    ]


def _even(text: str, size: int) -> list[str]:
    """Cut a text at paragraphs, lines and words into parts of about the same length."""
    count = -(-len(text.strip()) // size)
    limit = int(len(text) / max(1, count) * _SLACK) + 1
    return [chunk.text for chunk in chunks(text.strip(), max(limit, size // 2))]


def _spread(found: list[Stretch]) -> list[Stretch]:
    """Choose stretches evenly, so that of each source something is noted."""
    step = len(found) / _MOST_STRETCHES
    return [found[int(at * step)] for at in range(_MOST_STRETCHES)]


def _sentence(text: str) -> str:
    line = " ".join(text.replace("**", "").split()).strip("-*• ")
    if not line or len(line) < 12:
        return ""
    return line if line[-1] in ".!?" else f"{line}."


def _plain(text: str) -> str:
    """Write figures in one way: no thin spaces, and no comma between thousands."""
    return re.sub(r"(?<=\d)[,\u202f\u00a0 ](?=\d{3}\b)", "", text)


def _same(one: str, other: str) -> bool:
    ours, theirs = set(_WORD.findall(one.casefold())), set(_WORD.findall(other.casefold()))
    figures = set(_FIGURE.findall(one)) == set(_FIGURE.findall(other))
    return figures and len(ours & theirs) >= 0.8 * max(1, min(len(ours), len(theirs)))
