"""Tables and structured texts: rows with their header in every passage, JSON made readable, notebooks cell by cell."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from swarm.chunks import LIMIT, chunks

_LONGEST_HEADER = 400
"""Characters; where names of columns take more, each value stands beside its name instead."""
_LONGEST_KEY = 80
_LONGEST_NAME = 200
_LEAST_ROOM = 200
_MOST_LINES = 300
"""Lines of one record; more are a quotation mark that was never closed."""
_DELIMITERS = ",;\t|"


class Row(NamedTuple):
    """A row as it is written and by its cells, and the lines it stands on, from 1."""

    text: str
    cells: Sequence[str]
    lines: tuple[int, int]


def rows_of_csv(text: str) -> list[Row]:
    """Return the records of a CSV or TSV text, as they are written; one over several lines is one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    csv.field_size_limit(2**31 - 1)
    rows: list[Row] = []
    at = 0
    while at < len(lines):
        cells, count = _record(lines, at, delimiter)
        written = " ".join(line.strip() if count > 1 else line for line in lines[at : at + count])
        rows.append(Row(written, cells, (at + 1, at + count)))
        at += count
    return rows


def _record(lines: list[str], at: int, delimiter: str) -> tuple[list[str], int]:
    """Return the cells of the record that begins on a line, and how many lines it has."""
    if '"' not in lines[at]:
        return lines[at].split(delimiter), 1
    reader = csv.reader(io.StringIO("\n".join(lines[at : at + _MOST_LINES])), delimiter=delimiter)
    try:
        cells = [" ".join(cell.split()) for cell in next(reader)]
    except (csv.Error, StopIteration):
        return lines[at].split(delimiter), 1
    if reader.line_num >= _MOST_LINES and len(lines) - at > _MOST_LINES:
        return lines[at].split(delimiter), 1
    return cells, reader.line_num


def rows_of_cells(rows: Iterable[tuple[int, Sequence[str]]]) -> list[Row]:
    """Return numbered rows of cells, written with bars between them."""
    cleaned = ((number, [" ".join(cell.split()) for cell in cells]) for number, cells in rows)
    return [Row(" | ".join(cells), cells, (number, number)) for number, cells in cleaned]


def rows_in_passages(rows: Sequence[Row]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield rows in passages, each beginning with the first row, with the lines they stand on.

    Where the header, or a row, is too long for that, each value stands beside the name of its column.
    """
    full = [row for row in rows if row.text.strip()]
    if not full:
        return
    header, *others = full
    is_long = len(header.text) > _LONGEST_HEADER
    if is_long or not others:
        yield from ((piece.text, header.lines) for piece in chunks(header.text))
    room = LIMIT - (0 if is_long else len(header.text) + 1)
    held, first, last = list[str](), 0, 0
    for row in others:
        written = [row.text] if not is_long and len(row.text) <= room else list(_beside_names(header, row, room))
        for piece in written:
            if held and sum(len(each) + 1 for each in held) + len(piece) > room:
                yield "\n".join(held if is_long else [header.text, *held]), (first, last)
                held = []
            first = first if held else row.lines[0]
            held.append(piece)
            last = row.lines[1]
    if held:
        yield "\n".join(held if is_long else [header.text, *held]), (first, last)


def _beside_names(header: Row, row: Row, room: int) -> Iterator[str]:
    """Yield a row as `name: value` in pieces that fit, each beginning with the row's first cell."""
    names = [cell[:_LONGEST_NAME] or f"column {at}" for at, cell in enumerate(header.cells, start=1)]
    names += [f"column {at}" for at in range(len(names) + 1, len(row.cells) + 1)]
    key = (row.cells[0] if row.cells else "")[:_LONGEST_KEY]
    held = ""
    for at, (name, value) in enumerate(zip(names, row.cells, strict=False)):
        for piece in chunks(value, max(_LEAST_ROOM, room - len(name) - len(key) - 8)):
            told = f"{name}: {' '.join(piece.text.split())}"
            if held and len(held) + len(told) + 2 > room:
                yield held
                held = ""
            held = f"{held}; {told}" if held else told if at == 0 else f"({key}) {told}"
    if held:
        yield held


def readable_json(text: str) -> str:
    """Return JSON that stands in few long lines with a line for each value; anything else as it is."""
    if max(map(len, text.split("\n")), default=0) <= LIMIT:
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return text


def notebook_text(text: str) -> str:
    """Return a Jupyter notebook as Markdown: its texts, its code in fences, no outputs; what is none as it is."""
    try:
        told = json.loads(text)
        language = told.get("metadata", {}).get("kernelspec", {}).get("language", "python")
        cells = [(cell.get("cell_type"), "".join(cell.get("source", []))) for cell in told["cells"]]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return text
    return "\n\n".join(
        f"```{language}\n{body}\n```" if kind == "code" else body for kind, body in cells if body.strip()
    )
