"""The tables of one page that lines box in: which words stand in which cell."""

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from integrations.documents.worker.pdf_rows import rows_of_cells
from integrations.documents.worker.pdf_words import Box, Turn, Word, split

_NEAR = 3.0
"""Points within which lines are one line, or meet."""
_SHORTEST = 4.0
_MOST_OBJECTS = 5000
_MOST_LINES = 300
"""A page with more is a drawing."""
_MOST_CELLS = 4000
_FILLED = 0.3
"""The part of its cells that a table fills at least; a diagram's grid does not."""
_MOST_ACROSS = 0.02
"""The part of its words that may reach over a line, as those do that are too long for their cell."""


class Line(NamedTuple):
    """A straight line: `at` its height, from left to right; or at its distance from the left, from bottom to top."""

    at: float
    start: float
    end: float


Lines = tuple[list[Line], list[Line]]
"""Level and upright ones."""


class Ruled(NamedTuple):
    """A table: where the words in it begin in the page's text, and the texts of its cells."""

    words: frozenset[int]
    rows: list[list[str]]


def ruled_tables(lines: Lines, words: list[Word]) -> list[Ruled]:
    """Return the tables that lines box in, where no letter stands across a line."""
    found = [_table(group, words) for group in _connected(*lines)]
    return [table for table in found if table]


def lines_of(page: Any) -> list[tuple[Box, bool]]:
    """Return the level (True) and upright lines that a page draws, as it draws them; none of a drawing of many."""
    if pdfium.FPDFPage_CountObjects(page.raw) > _MOST_OBJECTS:
        return []
    found = list[tuple[Box, bool]]()
    for path in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=2):
        for (x, y), (to_x, to_y) in _strokes(path):
            box = Box(min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y))
            if abs(y - to_y) < 1 and abs(x - to_x) >= _SHORTEST:
                found.append((box, True))
            elif abs(x - to_x) < 1 and abs(y - to_y) >= _SHORTEST:
                found.append((box, False))
    return found


def turned(lines: Sequence[tuple[Box, bool]], turn: Turn) -> Lines:
    """Return lines as they lie when the page is turned, none of them twice; none where they are too many or too few."""
    across, down = list[Line](), list[Line]()
    for box, is_level in lines:
        left, bottom, right, top = turn.box(box)
        if is_level == (turn.up == 0):
            across.append(Line((bottom + top) / 2, left, right))
        else:
            down.append(Line((left + right) / 2, bottom, top))
    across, down = _merged(across), _merged(down)
    if not 2 <= len(across) <= _MOST_LINES or not 2 <= len(down) <= _MOST_LINES:
        return [], []
    return across, down


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


class _Grid(NamedTuple):
    """The cells that lines make: between which edges, and where lines stand between them."""

    columns: list[float]
    heights: list[float]
    lines: Lines

    def regions(self) -> Iterator[tuple[int, int, Box]]:
        """Yield each cell with its first row and column; one over several columns or rows once."""
        across, down = self.lines
        taken: set[tuple[int, int]] = set()
        for row in range(len(self.heights) - 1):
            for column in range(len(self.columns) - 1):
                if (row, column) in taken:
                    continue
                right, below = column + 1, row + 1
                middle = (self.heights[row] + self.heights[below]) / 2
                while right < len(self.columns) - 1 and not _stands(down, self.columns[right], middle):
                    right += 1
                middle = (self.columns[column] + self.columns[right]) / 2
                while below < len(self.heights) - 1 and not _stands(across, self.heights[below], middle):
                    below += 1
                taken |= {(under, beside) for under in range(row, below) for beside in range(column, right)}
                yield (
                    row,
                    column,
                    Box(self.columns[column], self.heights[below], self.columns[right], self.heights[row]),
                )


def _stands(lines: list[Line], at: float, middle: float) -> bool:
    return any(abs(line.at - at) <= _NEAR and _covers(line, middle) for line in lines)


def _table(lines: Lines, words: list[Word]) -> Ruled | None:
    across, down = lines
    columns, heights = _edges(down, across), _edges(across, down)[::-1]
    count = (len(columns) - 1) * (len(heights) - 1)
    if len(columns) < 3 or len(heights) < 3 or count > _MOST_CELLS:
        return None
    frame = Box(columns[0], heights[-1], columns[-1], heights[0])
    inside = [word for word in words if _is_in(word, frame)]
    filled = _filled(_Grid(columns, heights, lines), inside)
    rows = rows_of_cells(filled) if filled else []
    if not rows:
        return None
    full_rows, full_columns = [row for row in rows if any(row)], sum(map(any, zip(*rows, strict=True)))
    if sum(bool(cell) for row in rows for cell in row) < _FILLED * count or min(len(full_rows), full_columns) < 2:
        return None
    return Ruled(frozenset(word.start for word in inside), full_rows)


def _is_in(word: Word, box: Box) -> bool:
    return box.left <= (word.box.left + word.box.right) / 2 <= box.right and box.bottom <= word.middle <= box.top


def _filled(grid: _Grid, words: list[Word]) -> list[list[tuple[Box, list[Word]]]]:
    """Return the cells in rows, each with its words; none if too many words stand across a line."""
    regions = list(grid.regions())
    empty: list[Word] = []
    rows = [[(Box(0, 0, 0, 0), empty)] * (len(grid.columns) - 1) for _ in grid.heights[1:]]
    held: dict[tuple[int, int], list[Word]] = {(row, column): [] for row, column, _ in regions}
    across, waiting = 0, words[::-1]
    while waiting:
        word = waiting.pop()
        row, column, box = next((each for each in regions if _is_in(word, each[2])), regions[0])
        cut = next((at for at in (box.left, box.right) if word.box.left + 1 < at < word.box.right - 1), None)
        parts = split(word, cut) if cut is not None else None
        if parts:
            waiting += parts[::-1]
            continue
        across += cut is not None and min(cut - word.box.left, word.box.right - cut) > word.height / 2
        held[row, column].append(word)
    if across > _MOST_ACROSS * len(words):
        return []
    for row, column, box in regions:
        rows[row][column] = (box, held[row, column])
    return rows
