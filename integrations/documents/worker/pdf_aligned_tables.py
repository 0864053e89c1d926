"""The tables of one page that no line boxes in: rows of aligned cells, which follow each other in the document."""

import re
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from integrations.documents.worker.pdf_words import Word

_ROWS = 3
"""Rows that make a table."""
_MANY_COLUMNS = 3
"""From which on one row less is enough to see them; others then fit."""
_ALIGNED = 3.0
"""Points: how exactly the cells of a column stand below each other."""
_LEAST_GAP = 3.5
_GAP = 1.0
"""What parts two cells: points, and of the height of a letter."""
_LONGEST_CELL = 200
_MOST_BETWEEN = 2
"""Rows of a single cell that may stand between two parts of a table: the heading of the second."""
_MARK = re.compile(r"\W|\(?\w{1,3}[.)]")
"""What stands before an entry of a list."""
_FAR = 3.0
"""Heights of a row: what is further away is no row of the same table."""


class Cell(NamedTuple):
    """Words of one line that stand close together."""

    words: tuple[Word, ...]

    @property
    def left(self) -> float:
        """Where it begins, in points."""
        return self.words[0].box.left

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(word.box.right for word in self.words)

    @property
    def text(self) -> str:
        """Its words with spaces between them."""
        return " ".join(word.text for word in self.words)


Row = list[Cell]


class Aligned(NamedTuple):
    """A table: its words, which follow each other in the document, and the texts of its cells."""

    words: tuple[Word, ...]
    rows: list[list[str]]


def aligned_tables(words: list[Word]) -> list[Aligned]:
    """Return the tables among words that follow each other."""
    rows = rows_of(words)
    found, at = list[Aligned](), 0
    for first, last in _cores(rows):
        if first < at or _is_list(rows[first:last]):
            continue
        table, end = _whole(rows, first, last, at)
        if len(table.rows) >= _ROWS:
            at = end
            found.append(table)
    return found


def rows_of(words: list[Word]) -> list[Row]:
    """Return words in rows: those that follow each other in the document on the same line, from left to right.

    The columns of an article follow each other line by line within each column, so they make no rows of several cells.
    """
    gap = max(_LEAST_GAP, _GAP * median(word.height for word in words)) if words else 0.0
    rows: list[list[list[Word]]] = []
    for word in words:
        before = rows[-1][-1][-1] if rows else None
        if before is None or not _on_one_line(before, word) or word.box.left < before.box.left:
            rows.append([[word]])
        elif word.box.left - before.box.right > gap:
            rows[-1].append([word])
        else:
            rows[-1][-1].append(word)
    return [[Cell(tuple(cell)) for cell in row] for row in rows]


def _on_one_line(before: Word, word: Word) -> bool:
    return abs(before.middle - word.middle) < 0.5 * max(before.height, word.height, 1.0)


def _cores(rows: list[Row]) -> list[tuple[int, int]]:
    """Return where rows of as many cells follow each other, each column aligned on its left, right or middle."""
    spans, start = [], 0
    while start < len(rows):
        end = start + 1
        while end < len(rows) and len(rows[start]) > 1 and _continues(rows[start:end], rows[end]):
            end += 1
        is_core = end - start >= (_ROWS if len(rows[start]) < _MANY_COLUMNS else _ROWS - 1)
        if is_core:
            spans.append((start, end))
        start = end if is_core else start + 1
    return spans


def _is_list(rows: list[Row]) -> bool:
    return len(rows[0]) == 2 and all(_MARK.fullmatch(row[0].text) for row in rows)


def _continues(above: list[Row], row: Row) -> bool:
    if len(row) != len(above[0]) or any(len(cell.text) > _LONGEST_CELL for cell in row):
        return False
    columns = zip(*above, row, strict=True)
    return all(
        _is_aligned([cell.left for cell in column])
        or _is_aligned([cell.right for cell in column])
        or _is_aligned([cell.left + cell.right for cell in column])
        for column in columns
    )


def _is_aligned(edges: list[float]) -> bool:
    return max(edges) - min(edges) <= _ALIGNED


Column = list[float]
"""Where a column begins and ends; a column that comes later is another list, so each is known by itself."""
Placed = list[tuple[Column, Cell]]


def _whole(rows: list[Row], first: int, last: int, least: int) -> tuple[Aligned, int]:
    """Return a table with the rows above and below that fit its columns though cells of theirs are empty or wider.

    With where it ends.
    """
    core = rows[first:last]
    columns = [[min(cell.left for cell in each), max(cell.right for cell in each)] for each in zip(*core, strict=True)]
    placed = [list(zip(columns, row, strict=True)) for row in core]
    if all(one[1] < other[0] for one, other in pairwise(columns)):
        below, last = _reached(rows, last, columns)
        placed += below
        while first > least and _is_near(rows[first - 1], rows[first]):
            above = _placed(rows[first - 1], columns)
            if len(above) < 2:
                break
            first -= 1
            placed.insert(0, above)
    words = tuple(word for row in rows[first:last] for cell in row for word in cell.words)
    return Aligned(words, [_texts(row, columns) for row in placed]), last


def _reached(rows: list[Row], at: int, columns: list[Column]) -> tuple[list[Placed], int]:
    """Return the rows from `at` on that fit the columns, and where they end."""
    found: list[Placed] = []
    end = at
    pending: list[Placed] = []
    while at < len(rows) and len(pending) <= _MOST_BETWEEN and _is_near(rows[at - 1], rows[at]):
        placed = _placed(rows[at], columns)
        at += 1
        if not placed:
            break
        pending.append(placed)
        if len(placed) > 1:
            found += pending
            pending, end = [], at
    return found, end


def _is_near(above: Row, below: Row) -> bool:
    one, other = above[0].words[0], below[0].words[0]
    return 0 < one.middle - other.middle <= _FAR * max(one.height, other.height, 4.0)


def _placed(row: Row, columns: list[Column]) -> Placed:
    """Return the cells of a row with their columns, from left to right; none if one lies in two, or two in one.

    One between two columns opens a column of its own if the others lie in three or more.
    """
    met = [[column for column in columns if cell.left <= column[1] and cell.right >= column[0]] for cell in row]
    known = [each[0][0] for each in met if each]
    is_fit = all(len(each) < 2 for each in met) and all(one < other for one, other in pairwise(known))
    if not is_fit or any(len(cell.text) > _LONGEST_CELL for cell in row):
        return []
    opened = sum(not each for each in met)
    if opened and (opened > 1 or len(known) < 3):
        return []
    placed: Placed = []
    for cell, each in zip(row, met, strict=True):
        column = each[0] if each else [cell.left, cell.right]
        if not each:
            columns.append(column)
            columns.sort()
        placed.append((column, cell))
    return placed


def _texts(row: Placed, columns: list[Column]) -> list[str]:
    return [" ".join(cell.text for column, cell in row if column is each) for each in columns]
