"""The rows of a ruled table: what lines box in together, and stands below each other all the same, is several rows."""

from itertools import pairwise

from integrations.documents.worker.pdf_words import Box, Word

_MANY = 8
"""Lines of a row that is no row: the frame of a page in columns."""
_MOSTLY = 0.6
_SOMETIMES = 0.25
_FILLED = 0.8
"""The part of the cells of its records that says something."""
_APART = 2.5
_SPACE = 0.5
_SAME_LINE = 0.5
"""Heights of a letter."""

Cell = tuple[Box, list[Word]]
Lines = dict[int, list[Word]]
"""The words of a cell by the row's line on which they stand."""


def rows_of_cells(rows: list[list[Cell]]) -> list[list[str]]:
    """Return the texts of a table's cells, a row with several records in it as several rows.

    Nothing where its lines box in what is laid out by itself, such as the columns of a form.
    """
    told: list[list[str]] = []
    for row in rows:
        lines = _lines([word for _, words in row for word in words])
        cells = [_by_line(words, lines) for _, words in row]
        if len(lines) > 1 and _is_several(row, cells, len(lines)):
            told += [[_text(cell.get(at, [])) for cell in cells] for at in range(len(lines))]
        elif len(lines) >= _MANY and _are_laid_out(row, cells):
            return []
        else:
            told.append([" ".join(_text(cell[at]) for at in sorted(cell)) for cell in cells])
    return told


def _lines(words: list[Word]) -> list[float]:
    """Return the heights of the lines on which words stand, from the top."""
    lines: list[Word] = []
    for word in sorted(words, key=lambda each: -each.middle):
        if not lines or lines[-1].middle - word.middle > _SAME_LINE * max(word.height, lines[-1].height, 1.0):
            lines.append(word)
        elif word.height > lines[-1].height:  # a dash says little about its line
            lines[-1] = word
    return [word.middle for word in lines]


def _by_line(words: list[Word], lines: list[float]) -> Lines:
    found: Lines = {}
    for word in words:
        nearest = min(range(len(lines)), key=lambda at: abs(lines[at] - word.middle))
        found.setdefault(nearest, []).append(word)
    return found


def _text(words: list[Word]) -> str:
    """Return the words of a line in the document's order, or from left to right where that goes back and forth."""
    edges = [word.box.left for word in words]
    is_one_way = edges == sorted(edges) or edges == sorted(edges, reverse=True)
    return " ".join(word.text for word in (words if is_one_way else sorted(words, key=lambda each: each.box.left)))


def _is_several(row: list[Cell], cells: list[Lines], count: int) -> bool:
    """Say whether the lines are records: in most columns each line says something, and none just goes on."""
    filled = [(box, cell) for (box, _), cell in zip(row, cells, strict=True) if cell]
    full = [(box, cell) for box, cell in filled if len(cell) >= max(2, _MOSTLY * count)]
    if len(full) < 2 or sum(len(cell) for _, cell in filled) < _FILLED * count * len(filled):
        return False
    ends = [_ended(box, cell) for box, cell in full]
    # Three columns of prose seldom go on for as many lines as each other.
    if count > 2 and len(full) > 2 and all(len(cell) == count for _, cell in filled):
        return sum(ends) >= _SOMETIMES * len(ends)
    return sum(share >= _MOSTLY for share in ends) >= max(2, _MOSTLY * len(full))


def _are_laid_out(row: list[Cell], cells: list[Lines]) -> bool:
    many = [(box, cell) for (box, _), cell in zip(row, cells, strict=True) if len(cell) >= _MANY]
    if any(sum(map(_has_gap, cell.values())) >= _MOSTLY * len(cell) for _, cell in many):
        return True
    return len(many) > 1 and sum(_ended(*each) >= _MOSTLY for each in many) >= _MOSTLY * len(many)


def _has_gap(line: list[Word]) -> bool:
    """Say whether a line has cells of its own."""
    ordered = sorted(line, key=lambda word: word.box.left)
    pairs = pairwise(ordered)
    return any(after.box.left - word.box.right > _APART * word.height for word, after in pairs)


def _ended(box: Box, cell: Lines) -> float:
    """Return the share of a cell's lines that ended though the next would have had room, or that are values."""
    lines = [cell[at] for at in sorted(cell)]
    if all(map(_is_value, lines)):
        return 1.0
    ended = sum(
        _width(line) + min(after, key=lambda word: word.box.left).width < box.right - box.left
        for line, after in pairwise(lines)
    )
    return ended / max(1, len(lines) - 1)


def _width(line: list[Word]) -> float:
    """Return the width of words that stand as close as in prose, with a space after each."""
    return sum(word.width + _SPACE * word.height for word in line)


def _is_value(line: list[Word]) -> bool:
    text = "".join(word.text for word in line)
    return len(line) < 3 and 2 * sum(letter.isdigit() for letter in text) >= sum(map(str.isalnum, text))
