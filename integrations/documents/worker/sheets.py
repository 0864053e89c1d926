"""Excel workbooks, read as a stream: values with their formulas, merged cells, comments, hidden sheets, charts."""

import io
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import NamedTuple

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.formula.translate import Translator, TranslatorError
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from integrations.documents.worker.charts import chart_text
from integrations.documents.worker.package import (
    Element,
    Package,
    attribute,
    below,
    child,
    children,
    local,
    on_one_line,
    texts,
)

_MOST_ROWS = 50_000
_MOST_CELLS = 2_000_000
_MOST_TRANSLATED = 20_000
_MOST_MERGED = 20_000
_MOST_WIDE = 200
"""Columns in which a merged cell is told."""
_LONGEST_REPEATED = 100
"""Characters of a merged cell that are told in each of its columns; in each of its rows they are in any case."""

Cells = dict[int, str]
"""The texts of a row by their columns, from 1."""


class Sheet(NamedTuple):
    """A sheet: its rows by their numbers, and what else it says."""

    rows: dict[int, Cells]
    merged: list[tuple[int, int, int, int]]
    is_cut: bool


def sheet_parts(data: bytes) -> list[dict[str, object]]:
    """Return the sheets of a workbook, each with its rows, then its charts and text boxes."""
    package = Package(data)
    book = Workbook(package)
    parts: list[dict[str, object]] = []
    for name, part, kind in book.sheets():
        if kind != "chartsheet":
            parts.append({"title": name, "rows": book.rows(part)})
        if drawn := "\n\n".join(book.drawn(part)):
            parts.append({"title": name, "text": drawn})
    return parts


class Workbook:
    """A workbook that is being read."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.part = package.main()
        self.root = package.xml(self.part)
        self.left = _MOST_ROWS
        self.cells_left = _MOST_CELLS
        self.translated = 0
        is_1904 = attribute(child(self.root, "workbookPr"), "date1904") in ("1", "true")
        self.epoch = CALENDAR_MAC_1904 if is_1904 else CALENDAR_WINDOWS_1900
        self.strings = [_string(each) for each in children(self._related("sharedStrings"), "si")]
        self.formats = _formats(self._related("styles"))
        people = below(self._related("person"), "person")
        self.people = {attribute(each, "id"): attribute(each, "displayName") for each in people}

    def _related(self, kind: str) -> Element | None:
        return next((self.package.xml(part) for part in self.package.related(self.part, kind)), None)

    def sheets(self) -> Iterator[tuple[str, str, str]]:
        """Yield the name, the part and the kind of each sheet; of one that is hidden the name says so."""
        relations = self.package.relations(self.part)
        for each in below(self.root, "sheet"):
            target = relations.get(attribute(each, "id"))
            if target is not None and self.package.has(target.target):
                is_hidden = attribute(each, "state") in ("hidden", "veryHidden")
                yield attribute(each, "name") + " (hidden sheet)" * is_hidden, target.target, target.kind

    def rows(self, part: str) -> list[tuple[int, list[str]]]:
        """Return the rows of a sheet that say anything, with their numbers."""
        sheet = self._sheet(part)
        _spread(sheet)
        for place, text in self._comments(part):
            column, row = coordinate_from_string(place)
            cells = sheet.rows.setdefault(row, {})
            at = column_index_from_string(column)
            cells[at] = f"{cells.get(at, '')} {text}".strip()
        found = [(number, _listed(cells)) for number, cells in sorted(sheet.rows.items()) if any(cells.values())]
        if sheet.is_cut:
            last = found[-1][0] if found else 0
            found.append((last + 1, [f"[from row {last + 1} on the sheet is not read, it is too long]"]))
        return found

    def _sheet(self, part: str) -> Sheet:
        sheet, shared = Sheet({}, [], False), dict[str, tuple[str, str]]()
        number = 0
        stream = io.BytesIO(self.package.bytes(part))
        for _, element in etree.iterparse(
            stream, events=("end",), tag=("{*}row", "{*}mergeCell"), resolve_entities=False, no_network=True
        ):
            if local(element) == "mergeCell" and len(sheet.merged) < _MOST_MERGED:
                sheet.merged.extend(_range(attribute(element, "ref")))
            elif local(element) == "row":
                number = int(attribute(element, "r") or number + 1)
                cells = self._cells(element, number, shared)
                if any(cells.values()):
                    if not self.left or self.cells_left < len(cells):
                        return sheet._replace(is_cut=True)
                    sheet.rows[number] = cells
                    self.left -= 1
                    self.cells_left -= len(cells)
            _forget(element)
        return sheet

    def _cells(self, row: Element, number: int, shared: dict[str, tuple[str, str]]) -> Cells:
        cells: Cells = {}
        at = 0
        for cell in children(row, "c"):
            place = attribute(cell, "r")
            at = column_index_from_string(coordinate_from_string(place)[0]) if place else at + 1
            value, formula = self._value(cell), self._formula(cell, place or f"A{number}", shared)
            told = value if not formula else f"{value} ({formula})" if value else f"{formula} (not computed)"
            if told:
                cells[at] = told
        return cells

    def _value(self, cell: Element) -> str:
        kind, value = attribute(cell, "t", "n"), texts(child(cell, "v"), "v")
        if kind == "inlineStr":
            return _string(child(cell, "is"))
        if kind == "s":
            return self.strings[int(value)] if value.isdigit() and int(value) < len(self.strings) else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        if kind != "n" or not value:
            return value
        try:
            return self._number(float(value), value, attribute(cell, "s", "0"))
        except (ValueError, OverflowError):
            return value

    def _number(self, number: float, text: str, style: str) -> str:
        shown = self.formats[int(style)] if style.isdigit() and int(style) < len(self.formats) else ""
        if shown and is_date_format(shown):
            when = from_excel(number, self.epoch, timedelta=is_timedelta_format(shown))
            if isinstance(when, datetime | time | timedelta):
                return str(when)
        return text if len(text) < 16 else str(int(number) if number.is_integer() and abs(number) < 1e15 else number)

    def _formula(self, cell: Element, place: str, shared: dict[str, tuple[str, str]]) -> str:
        """Return the formula of a cell, also of one that shares it with others."""
        element = child(cell, "f")
        if element is None:
            return ""
        text, group = (element.text or "").strip(), attribute(element, "si")
        if text and group:
            shared[group] = (text, place)
        if not text and group in shared and self.translated < _MOST_TRANSLATED:
            self.translated += 1
            formula, origin = shared[group]
            try:
                return str(Translator(f"={formula}", origin).translate_formula(place))
            except (TranslatorError, ValueError, IndexError):
                return ""
        return f"={text}" if text else ""

    def _comments(self, part: str) -> Iterator[tuple[str, str]]:
        related = self.package.related(part, "threadedComment")
        threads = [each for name in related for each in below(_xml(self, name), "threadedComment")]
        for each in threads:
            who = self.people.get(attribute(each, "personId"), "")
            yield attribute(each, "ref"), _comment(who, texts(child(each, "text"), "text"), attribute(each, "dT"))
        told = {attribute(each, "ref") for each in threads}
        for name in self.package.related(part, "comments"):
            root = _xml(self, name)
            authors = [each.text or "" for each in below(root, "author")]
            for each in below(root, "comment"):
                number = attribute(each, "authorId")
                who = authors[int(number)] if number.isdigit() and int(number) < len(authors) else ""
                if attribute(each, "ref") not in told:
                    yield attribute(each, "ref"), _comment(who, texts(each), "")

    def drawn(self, part: str) -> Iterator[str]:
        """Yield the charts and the text boxes of a sheet."""
        for drawing in self.package.related(part, "drawing"):
            relations = self.package.relations(drawing)
            for each in below(_xml(self, drawing), "chart", "txBody", "cNvPr"):
                target = relations.get(attribute(each, "id")) if local(each) == "chart" else None
                if target is not None:
                    yield chart_text(_xml(self, target.target))
                elif local(each) == "txBody" and (text := on_one_line(texts(line) for line in children(each, "p"))):
                    yield text
                elif told := attribute(each, "descr"):
                    yield f"[picture: {on_one_line([told])}]"


def _xml(book: Workbook, part: str) -> Element | None:
    return book.package.xml(part)


def _comment(who: str, text: str, when: str) -> str:
    by = ", ".join(filter(None, (who, when)))
    return f"[comment{f' by {by}' if by else ''}: {on_one_line([text])}]"


def _string(element: Element | None) -> str:
    """Return a string with all its runs, without its phonetic reading."""
    if element is None:
        return ""
    runs = [each for each in element if local(each) in ("t", "r")]
    return "".join(each.text or "" if local(each) == "t" else texts(each) for each in runs)


def _formats(styles: Element | None) -> list[str]:
    """Return the number format of each style of cells."""
    known = dict(BUILTIN_FORMATS)
    for each in below(child(styles, "numFmts"), "numFmt"):
        known[int(attribute(each, "numFmtId", "0"))] = attribute(each, "formatCode")
    return [known.get(int(attribute(each, "numFmtId", "0")), "") for each in children(child(styles, "cellXfs"), "xf")]


def _range(place: str) -> list[tuple[int, int, int, int]]:
    """Return left, top, right and bottom of a range; nothing for what is none."""
    try:
        left, top, right, bottom = range_boundaries(place)
    except (ValueError, TypeError):
        return []
    return [(left, top, min(right, left + _MOST_WIDE), bottom)] if left and top and right and bottom else []


def _spread(sheet: Sheet) -> None:
    """Tell a merged cell in each of its rows, and if it is short in each of its columns, but for a title over all."""
    for left, top, right, bottom in sheet.merged:
        text = sheet.rows.get(top, {}).get(left, "")
        if not text:
            continue
        is_title = not any(each < left or each > right for each in sheet.rows[top])
        last = left if is_title or len(text) > _LONGEST_REPEATED else right
        rows = range(top, bottom + 1)
        for number in rows if len(rows) < len(sheet.rows) else [each for each in sheet.rows if each in rows]:
            for column in range(left, last + 1) if number in sheet.rows else ():
                sheet.rows[number].setdefault(column, text)


def _listed(cells: Cells) -> list[str]:
    return [cells.get(at, "") for at in range(1, max(cells) + 1)]


def _forget(element: Element) -> None:
    """Drop what has been read, so that a long sheet takes no more memory than a short one."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
