"""The ruled tables of one page: what lines box in, cell by cell, as Markdown; imported by the child alone."""

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

_NEAR = 3.0
"""Points within which lines are one line, or meet."""
_SHORTEST = 4.0
_MOST_OBJECTS = 5000
_MOST_LINES = 300
"""A page with more is a drawing."""
_MOST_CELLS = 2000
_FILLED = 0.3
"""The part of its cells that a table fills at least; a diagram's grid does not."""


class Line(NamedTuple):
    """A straight line: `at` its height, from left to right; or at its distance from the left, from bottom to top."""

    at: float
    start: float
    end: float


class Ruled(NamedTuple):
    """A table: the box it fills, in points, and its Markdown."""

    left: float
    bottom: float
    right: float
    top: float
    text: str


def ruled_tables(page: Any, text: Any) -> list[Ruled]:
    """Return the tables that lines box in, where each character stands in exactly one cell."""
    across, down = _lines(page)
    if not 2 <= len(across) <= _MOST_LINES or not 2 <= len(down) <= _MOST_LINES:
        return []
    found = [_table(text, *group) for group in _connected(across, down)]
    return [table for table in found if table]


def as_markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of as many cells as the lines of a Markdown table; the first is its header."""
    cells = [[" ".join(text.split()).replace("|", "\\|") for text in row] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return [lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]


def _lines(page: Any) -> tuple[list[Line], list[Line]]:
    """Return the level and the upright lines that a page draws, none of them twice."""
    across, down = list[Line](), list[Line]()
    if pdfium.FPDFPage_CountObjects(page.raw) > _MOST_OBJECTS:
        return [], []
    for path in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=1):
        for (x, y), (to_x, to_y) in _strokes(path):
            if abs(y - to_y) < 1 and abs(x - to_x) >= _SHORTEST:
                across.append(Line((y + to_y) / 2, min(x, to_x), max(x, to_x)))
            elif abs(x - to_x) < 1 and abs(y - to_y) >= _SHORTEST:
                down.append(Line((x + to_x) / 2, min(y, to_y), max(y, to_y)))
    return _merged(across), _merged(down)


def _strokes(path: Any) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the straight strokes of a path, in the page's own points."""
    count = pdfium.FPDFPath_CountSegments(path.raw)
    matrix, x, y = path.get_matrix(), ctypes.c_float(), ctypes.c_float()
    first = before = (0.0, 0.0)
    for number in range(count if count <= _MOST_OBJECTS else 0):
        segment = pdfium.FPDFPath_GetPathSegment(path.raw, number)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        here = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_LINETO:
            yield before, here
        elif kind == pdfium.FPDF_SEGMENT_MOVETO:
            first = here
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield here, first
        before = here


def _merged(lines: list[Line]) -> list[Line]:
    """Return lines with those joined that continue or cover each other."""
    merged: list[Line] = []
    for at, group in _near(lines):
        held: list[Line] = []
        for line in sorted(group, key=lambda each: each.start):
            if held and line.start <= held[-1].end + _NEAR:
                held[-1] = Line(at, held[-1].start, max(held[-1].end, line.end))
            else:
                held.append(Line(at, line.start, line.end))
        merged += held
    return merged


def _near(lines: list[Line]) -> list[tuple[float, list[Line]]]:
    """Return lines by where they are, the near ones together."""
    groups: list[tuple[float, list[Line]]] = []
    for line in sorted(lines):
        if groups and line.at - groups[-1][0] <= _NEAR:
            groups[-1][1].append(line)
        else:
            groups.append((line.at, [line]))
    return groups


def _connected(across: list[Line], down: list[Line]) -> list[tuple[list[Line], list[Line]]]:
    """Return the groups of lines that meet each other."""
    groups: list[tuple[list[Line], list[Line]]] = []
    for level in across:
        met = [upright for upright in down if _meet(level, upright)]
        joined = [group for group in groups if any(upright in group[1] for upright in met)]
        groups = [group for group in groups if group not in joined]
        levels = [each for group in joined for each in group[0]]
        uprights = {each for group in joined for each in group[1]} | set(met)
        groups.append(([*levels, level], sorted(uprights)))
    return groups


def _meet(level: Line, upright: Line) -> bool:
    return _covers(level, upright.at) and _covers(upright, level.at)


def _covers(line: Line, at: float) -> bool:
    return line.start - _NEAR <= at <= line.end + _NEAR


def _edges(lines: list[Line], crossing: list[Line]) -> list[float]:
    """Return where cells begin and end: at the lines, and where those that cross them end beyond."""
    if not lines or not crossing:
        return []
    edges = [at for at, _ in _near(lines)]
    least, most = min(line.start for line in crossing), max(line.end for line in crossing)
    return [least] * (edges[0] - least > 2 * _NEAR) + edges + [most] * (most - edges[-1] > 2 * _NEAR)


def _table(text: Any, across: list[Line], down: list[Line]) -> Ruled | None:
    columns, heights = _edges(down, across), _edges(across, down)[::-1]
    count = (len(columns) - 1) * (len(heights) - 1)
    if len(columns) < 3 or len(heights) < 3 or count > _MOST_CELLS:
        return None
    rows = _cells(text, columns, heights, (across, down))
    box = (columns[0], heights[-1], columns[-1], heights[0])
    if _letters("".join(map("".join, rows))) != _letters(_text_in(text, *box)):
        return None  # a character stands across a line
    full_rows, full_columns = [row for row in rows if any(row)], sum(map(any, zip(*rows, strict=True)))
    if sum(bool(cell) for row in rows for cell in row) < _FILLED * count or min(len(full_rows), full_columns) < 2:
        return None
    return Ruled(*box, "\n".join(as_markdown(full_rows)))


def _letters(text: str) -> list[str]:
    return sorted("".join(text.split()))


def _cells(
    text: Any, columns: list[float], heights: list[float], lines: tuple[list[Line], list[Line]]
) -> list[list[str]]:
    """Return the texts in rows; a cell over several columns or rows is told in its first."""
    across, down = lines
    rows = [["" for _ in columns[1:]] for _ in heights[1:]]
    taken: set[tuple[int, int]] = set()
    for row in range(len(rows)):
        for column in range(len(rows[0])):
            if (row, column) in taken:
                continue
            right, below = column + 1, row + 1
            middle = (heights[row] + heights[below]) / 2
            while right < len(columns) - 1 and not _stands(down, columns[right], middle):
                right += 1
            middle = (columns[column] + columns[right]) / 2
            while below < len(heights) - 1 and not _stands(across, heights[below], middle):
                below += 1
            taken |= {(under, beside) for under in range(row, below) for beside in range(column, right)}
            rows[row][column] = _text_in(text, columns[column], heights[below], columns[right], heights[row])
    return rows


def _stands(lines: list[Line], at: float, middle: float) -> bool:
    return any(abs(line.at - at) <= _NEAR and _covers(line, middle) for line in lines)


def _text_in(text: Any, left: float, bottom: float, right: float, top: float) -> str:
    found = text.get_text_bounded(left + 1, bottom + 1, right - 1, top - 1)
    return str(found).replace("\ufffe", "-").strip()
