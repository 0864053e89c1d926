"""Word, Excel and PowerPoint before 2007: their text, as far as it can be had without the program that wrote it."""

import io
import struct
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from integrations.documents.worker.package import on_one_line

_MOST_ROWS = 50_000
_PIECE_TABLE = 0x01
_STORIES = ("", "footnotes", "page headers and footers", "", "comments", "endnotes", "text boxes", "text boxes")
_DEEPEST = 20
_CONTROLS = {"\r": "\n\n", "\x07": " | ", "\x0b": "\n", "\x0c": "\n\n", "\x1e": "-", "\x1f": ""}
_TEXTS = {0x0FA0: "utf-16-le", 0x0FA8: "cp1252"}
_SLIDE, _NOTES, _SLIDE_LIST = 0x03EE, 0x03F0, 0x0FF0


def _stream(file: Any, *names: str) -> bytes:
    for name in names:
        if file.exists(name):
            return bytes(file.openstream(name).read())
    raise ValueError(f"it has no stream {names[0]}")


def doc_parts(data: bytes) -> list[dict[str, object]]:
    """Return the text of a Word file ([MS-DOC], 2.4.1): body, notes, headers and comments in this order."""
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(io.BytesIO(data)) as file:
        main = _stream(file, "WordDocument")
        flags = struct.unpack_from("<H", main, 0x0A)[0]
        if flags & 0x0100:
            raise ValueError("it is encrypted")
        table = _stream(file, "1Table" if flags & 0x0200 else "0Table")
    lengths = struct.unpack_from("<8i", main, 0x4C)
    start, size = struct.unpack_from("<II", main, 0x01A2)
    text = "".join(_pieces(main, table[start : start + size]))
    parts: list[dict[str, object]] = []
    at = 0
    for name, length in zip(_STORIES, lengths, strict=True):
        if told := _readable(text[at : at + max(0, length)]):
            parts.append({"title": name, "text": told})
        at += max(0, length)
    return parts


def _pieces(main: bytes, clx: bytes) -> Iterator[str]:
    at = 0
    while at < len(clx) and clx[at] == _PIECE_TABLE:
        at += 3 + int(struct.unpack_from("<H", clx, at + 1)[0])
    if at >= len(clx) or clx[at] != 2:
        raise ValueError("its table of pieces is missing")
    size = struct.unpack_from("<I", clx, at + 1)[0]
    table = clx[at + 5 : at + 5 + size]
    count = (len(table) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", table)
    for number in range(count):
        place = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * number + 2)[0]
        letters = ends[number + 1] - ends[number]
        if place & 0x40000000:
            begin = (place & 0x3FFFFFFF) // 2
            yield main[begin : begin + letters].decode("cp1252", "replace")
        else:
            yield main[place : place + 2 * letters].decode("utf-16-le", "replace")


def _readable(text: str) -> str:
    """Return text with its control characters as what they mean; of fields their results alone."""
    told, hidden = list[str](), 0
    for letter in text:
        if letter == "\x13":
            hidden += 1
        elif letter in "\x14\x15":
            hidden = max(0, hidden - 1) if letter == "\x14" or hidden else 0
        elif not hidden:
            told.append(_CONTROLS.get(letter, letter))
    plain = "".join(letter for letter in "".join(told) if letter >= " " or letter in "\n\t")
    return "\n\n".join(line for block in plain.split("\n\n") if (line := block.strip(" |\n")))


def ppt_parts(data: bytes) -> list[dict[str, object]]:
    """Return the texts of a PowerPoint file ([MS-PPT]), slide by slide."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as file:
        stream = _stream(file, "PowerPoint Document")
    outlines, drawn, notes = list[list[str]](), list[list[str]](), list[str]()
    for kind, instance, body in _records(stream, 0):
        if kind == _SLIDE_LIST and instance == 0:
            outlines = list(_outlined(body))
        elif kind == _SLIDE:
            drawn.append(list(_texts(body)))
        elif kind == _NOTES:
            notes += _texts(body)
    slides = [[*one, *other] for one, other in zip_longest(outlines, drawn, fillvalue=list[str]())]
    parts: list[dict[str, object]] = [
        {"title": lines[0][:100] if lines else "", "text": "\n".join(lines), "page": number}
        for number, lines in enumerate(slides, start=1)
    ]
    return [*parts, {"title": "notes", "text": "\n".join(notes)}]


def _records(stream: bytes, depth: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield kind, instance and body of records, of containers their parts after them."""
    at = 0
    while at + 8 <= len(stream):
        version, kind, size = struct.unpack_from("<HHI", stream, at)
        body = stream[at + 8 : at + 8 + size]
        yield kind, version >> 4, body
        if version & 0x0F == 0x0F and depth < _DEEPEST and kind not in (_SLIDE, _NOTES, _SLIDE_LIST):
            yield from _records(body, depth + 1)
        at += 8 + size


def _outlined(body: bytes) -> Iterator[list[str]]:
    """Yield the texts of the outline of each slide."""
    held: list[str] | None = None
    for kind, _, inner in _records(body, 0):
        if kind == 0x03F3:  # a slide begins
            if held is not None:
                yield held
            held = []
        elif kind in _TEXTS and held is not None:
            held += _lines(inner.decode(_TEXTS[kind], "replace"))
    if held is not None:
        yield held


def _texts(body: bytes) -> Iterator[str]:
    for kind, _, inner in _records(body, 0):
        if kind in _TEXTS:
            yield from _lines(inner.decode(_TEXTS[kind], "replace"))


def _lines(text: str) -> list[str]:
    return [line for each in text.replace("\x0b", " ").split("\r") if (line := on_one_line([each])) and line != "*"]


def xls_parts(data: bytes) -> list[dict[str, object]]:
    """Return the sheets of an Excel file ([MS-XLS]), with merged cells and comments; formulas are not told."""
    import xlrd  # type: ignore[import-untyped]

    try:
        book = xlrd.open_workbook(file_contents=data, on_demand=True, formatting_info=True, logfile=io.StringIO())
    except NotImplementedError:
        book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=io.StringIO())
    parts: list[dict[str, object]] = []
    left = _MOST_ROWS
    for name in book.sheet_names():
        sheet = book.sheet_by_name(name)
        rows: list[tuple[int, list[str]]] = []
        merged = _merged(sheet)
        for number in range(sheet.nrows):
            cells = _row(book, sheet, number, merged)
            if cells and not left:
                rows.append((number + 1, [f"[from row {number + 1} on the sheet is not read, it is too long]"]))
                break
            if cells:
                rows.append((number + 1, cells))
                left -= 1
        parts.append({"title": name + " (hidden sheet)" * bool(sheet.visibility), "rows": rows})
        book.unload_sheet(name)
    return parts


def _merged(sheet: Any) -> dict[tuple[int, int], tuple[int, int]]:
    """Return of each merged cell the one that holds its text."""
    return {
        (row, column): (top, start)
        for top, end, start, stop in sheet.merged_cells
        for row in range(top, min(end, top + 1000))
        for column in range(start, min(stop, start + 100))
    }


def _row(book: Any, sheet: Any, number: int, merged: dict[tuple[int, int], tuple[int, int]]) -> list[str]:
    cells: list[str] = []
    for column in range(sheet.ncols):
        text = _cell(book, sheet, *merged.get((number, column), (number, column)))
        note = sheet.cell_note_map.get((number, column))
        cells.append(f"{text} [comment by {note.author}: {on_one_line([note.text])}]".strip() if note else text)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell(book: Any, sheet: Any, row: int, column: int) -> str:
    import xlrd

    if row >= sheet.nrows or column >= sheet.row_len(row):
        return ""
    cell = sheet.cell(row, column)
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return str(xlrd.xldate.xldate_as_datetime(cell.value, book.datemode))
        except (ValueError, OverflowError):
            return str(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return str(int(cell.value)) if float(cell.value).is_integer() else str(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "error"))
    return str(cell.value)
