"""What a Word paragraph is by its style and its numbering: a heading of a level, an entry of a list with its label."""

from collections import defaultdict
from typing import NamedTuple

from integrations.documents.worker.package import Element, attribute, below, child, children

_DEEPEST = 20
_BULLETS = {"bullet", "none"}


class _Style(NamedTuple):
    name: str
    parent: str
    level: int | None
    number: tuple[str, int] | None


class _Level(NamedTuple):
    kind: str
    text: str
    start: int


class Styles:
    """The styles of a document; it counts the entries of its lists, so paragraphs have to be asked for in order."""

    def __init__(self, styles: Element | None, numbering: Element | None) -> None:
        self._styles = {attribute(each, "styleId"): _style(each) for each in children(styles, "style")}
        self._levels = {attribute(each, "abstractNumId"): _levels(each) for each in children(numbering, "abstractNum")}
        self._lists = {attribute(each, "numId"): each for each in children(numbering, "num")}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._begun: set[tuple[str, int]] = set()

    def mark(self, paragraph: Element) -> str:
        """Return what stands before a paragraph in Markdown: `## `, `- `, `  1. `, `## 2.1 `."""
        properties = child(paragraph, "pPr")
        style = attribute(child(properties, "pStyle"), "val")
        level = self._heading(properties, style)
        number = self._number(properties, style)
        label = self._label(*number) if number else ""
        if level is not None:
            return "#" * min(level + 1, 6) + " " + (f"{label} " if label and label != "-" else "")
        return "  " * number[1] + f"{label} " if number and label else ""

    def _heading(self, properties: Element | None, style: str) -> int | None:
        """Return the level of a heading, from 0."""
        own = child(properties, "outlineLvl")
        if own is not None and attribute(own, "val").isdigit():
            return int(attribute(own, "val")) if int(attribute(own, "val")) < 9 else None
        return next((each.level for each in self._lineage(style) if each.level is not None), None)

    def _number(self, properties: Element | None, style: str) -> tuple[str, int] | None:
        """Return the list and the level, from 0."""
        own = _numbered(properties)
        inherited = next((each.number for each in self._lineage(style) if each.number), None)
        list_, level = own or inherited or ("0", 0)
        return None if list_ == "0" else (list_ or (inherited or ("0", 0))[0], level)

    def _lineage(self, style: str) -> list[_Style]:
        found: list[_Style] = []
        while style in self._styles and len(found) < _DEEPEST:
            found.append(self._styles[style])
            style = found[-1].parent
        return found

    def _label(self, list_: str, level: int) -> str:
        numbered = self._lists.get(list_)
        if numbered is None:
            return "-"
        abstract = attribute(child(numbered, "abstractNumId"), "val")
        levels = self._levels.get(abstract, {})
        counts = self._counts[abstract]
        self._restart(list_, level, numbered, counts)
        shown = levels.get(level, _Level("bullet", "", 1))
        counts[level] = counts[level] + 1 if level in counts else shown.start
        for deeper in [each for each in counts if each > level]:
            del counts[deeper]
        if shown.kind in _BULLETS:
            return "-" if shown.kind == "bullet" else ""
        label = shown.text
        for at in range(9):
            here = levels.get(at, _Level("decimal", "", 1))
            label = label.replace(f"%{at + 1}", _numeral(counts.get(at, here.start), here.kind))
        return label

    def _restart(self, list_: str, level: int, numbered: Element, counts: dict[int, int]) -> None:
        """Begin anew where a list says so, once."""
        for each in children(numbered, "lvlOverride"):
            start = attribute(child(each, "startOverride"), "val")
            if start.isdigit() and attribute(each, "ilvl") == str(level) and (list_, level) not in self._begun:
                counts[level] = int(start) - 1
        self._begun.add((list_, level))


def _style(element: Element) -> _Style:
    name = attribute(child(element, "name"), "val").casefold()
    properties = child(element, "pPr")
    outline = attribute(child(properties, "outlineLvl"), "val")
    level = int(outline) if outline.isdigit() and int(outline) < 9 else None
    if name == "title":
        level = 0
    elif level is None and name.startswith("heading ") and name[8:].isdigit():
        level = int(name[8:]) - 1
    return _Style(name, attribute(child(element, "basedOn"), "val"), level, _numbered(properties))


def _numbered(properties: Element | None) -> tuple[str, int] | None:
    held = child(properties, "numPr")
    if held is None:
        return None
    level = attribute(child(held, "ilvl"), "val", "0")
    return attribute(child(held, "numId"), "val"), int(level) if level.isdigit() else 0


def _levels(abstract: Element) -> dict[int, _Level]:
    found = {}
    for each in below(abstract, "lvl"):
        start, level = attribute(child(each, "start"), "val", "1"), attribute(each, "ilvl", "0")
        kind, text = attribute(child(each, "numFmt"), "val", "decimal"), attribute(child(each, "lvlText"), "val")
        if level.isdigit():
            found[int(level)] = _Level(kind, text, int(start) if start.isdigit() else 1)
    return found


def _numeral(number: int, kind: str) -> str:
    if kind in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        numeral = _roman(number)
        return numeral if kind == "upperRoman" else numeral.lower()
    return f"{number:02}" if kind == "decimalZero" else str(number)


def _roman(number: int) -> str:
    written = ""
    for value, sign in (
        *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
        *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
    ):
        written += sign * (number // value)
        number %= value
    return written
