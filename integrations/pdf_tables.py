"""The text of one page, with tables as Markdown where the layout leaves no doubt; imported by the child alone."""

from itertools import groupby
from typing import Any, NamedTuple

from pdf_grids import Ruled, as_markdown, ruled_tables  # type: ignore[import-not-found]

_ROWS = 3
"""Rows that make a table."""
_ALIGNED = 3.0
_GAP = 6.0
"""Points: how exactly columns stand below each other, and what parts two cells."""
_MOST_CELLS = 4000
_LONGEST_CELL = 200


class Cell(NamedTuple):
    """A run of text on one line, with its place in points."""

    left: float
    right: float
    middle: float
    height: float
    text: str


def page_text(page: Any) -> str:
    """Return a page's text in reading order; what is boxed in, or fills rows of aligned columns, becomes a table."""
    text = page.get_textpage()
    try:
        plain = str(text.get_text_bounded()).replace("\r\n", "\n").replace("\ufffe", "-\n")
        count = text.count_rects()
        if not 2 <= count <= _MOST_CELLS:
            return plain
        ruled = ruled_tables(page, text)
        if not ruled and count < _ROWS * 2:
            return plain
        cells = [_cell(text, number) for number in range(count)]
        return _with_tables(cells, ruled) or plain
    finally:
        text.close()


def _with_tables(cells: list[Cell], ruled: list[Ruled]) -> str:
    """Return a page with its tables, a ruled one where its first cell is; nothing if it has none."""
    written, left, has_tables = list[str](), list(ruled), bool(ruled)
    outside = [(cell, next((table for table in ruled if _is_in(cell, table)), None)) for cell in cells]
    for table, group in groupby(outside, key=lambda each: each[1]):
        if table is None:
            rows = rows_of([cell for cell, _ in group])
            spans = tables_in(rows)
            has_tables = has_tables or bool(spans)
            written.append(_written(rows, spans))
        elif table in left:
            left.remove(table)
            written.append(f"\n{table.text}\n")
    return "\n".join(written).strip("\n") if has_tables else ""


def _is_in(cell: Cell, table: Ruled) -> bool:
    middle = (cell.left + cell.right) / 2
    return bool(table.left <= middle <= table.right and table.bottom <= cell.middle <= table.top)


def rows_of(cells: list[Cell]) -> list[list[Cell]]:
    """Return cells in rows: those that follow each other in the document on the same line, from left to right.

    The columns of an article follow each other line by line within each column, so they make no rows of several cells.
    """
    rows: list[list[Cell]] = []
    for cell in cells:
        if not cell.text.strip():
            continue
        before = rows[-1][-1] if rows else None
        same = before is not None and abs(before.middle - cell.middle) < 0.5 * max(before.height, cell.height)
        if before is not None and same and cell.left - before.right > _GAP:
            rows[-1].append(cell)
        elif before is not None and same and cell.left >= before.left:
            space = " " if cell.left - before.right > 0.5 else ""
            joined = before._replace(right=cell.right, text=f"{before.text}{space}{cell.text}")
            rows[-1][-1] = joined
        else:
            rows.append([cell])
    return rows


def tables_in(rows: list[list[Cell]]) -> list[tuple[int, int]]:
    """Return where tables begin and end: rows of as many cells, each column aligned on its left or its right."""
    spans, start = [], 0
    while start < len(rows):
        end = start + 1
        while end < len(rows) and len(rows[start]) > 1 and _fits(rows[start:end], rows[end]):
            end += 1
        if end - start >= _ROWS:
            spans.append((start, end))
        start = end if end - start >= _ROWS else start + 1
    return spans


def _fits(above: list[list[Cell]], row: list[Cell]) -> bool:
    if len(row) != len(above[0]) or any(len(cell.text) > _LONGEST_CELL for cell in row):
        return False
    columns = zip(*above, row, strict=True)
    return all(
        _aligned([cell.left for cell in column])
        or _aligned([cell.right for cell in column])
        or _aligned([cell.left + cell.right for cell in column])
        for column in columns
    )


def _aligned(edges: list[float]) -> bool:
    return max(edges) - min(edges) <= _ALIGNED


def _written(rows: list[list[Cell]], spans: list[tuple[int, int]]) -> str:
    ends, inside = {end - 1: start for start, end in spans}, {at for start, end in spans for at in range(start, end)}
    lines: list[str] = []
    for at, row in enumerate(rows):
        if at in ends:
            lines += ["", *as_markdown([[cell.text for cell in each] for each in rows[ends[at] : at + 1]]), ""]
        elif at not in inside:
            lines.append(" ".join(cell.text.strip() for cell in row))
    return "\n".join(lines)


def _cell(text: Any, number: int) -> Cell:
    left, bottom, right, top = text.get_rect(number)
    return Cell(left, right, (top + bottom) / 2, top - bottom, str(text.get_text_bounded(left, bottom, right, top)))
