"""The text of one page, with tables as Markdown where the layout leaves no doubt."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from integrations.documents.worker.markdown_tables import as_markdown
from integrations.documents.worker.pdf_aligned_tables import aligned_tables
from integrations.documents.worker.pdf_ruled_tables import Ruled, lines_of, ruled_tables, turned
from integrations.documents.worker.pdf_words import HYPHEN, Word, words_of

_ROWS = 3
_LEAST_LINES = 4
_GAP = 3.0
"""Points between two runs of text that may be cells."""
_MOST_RUNS = 20_000


def page_text(page: Any) -> str:
    """Return a page's text in reading order; what is boxed in, or fills rows of aligned columns, becomes a table.

    Tables are made of the words of the text, each of which is in one cell: what does not come out so is given as lines.
    """
    text = page.get_textpage()
    try:
        lines = _as_lines(str(text.get_text_bounded()))
        drawn = lines_of(page) if text.count_chars() else []
        if len(drawn) < _LEAST_LINES and not _may_align(text):
            return lines
        plain = str(text.get_text_range())
        words, turn = words_of(text, plain)
        built = _built(plain, words, ruled_tables(turned(drawn, turn), words))
        return built if built and _letters([built]) == _letters([_as_lines(plain)]) else lines
    finally:
        text.close()


def _as_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace(HYPHEN, "-\n")


def _may_align(text: Any) -> bool:
    """Say whether enough runs of text follow each other on one line with a gap between them, cheaply."""
    count = text.count_rects()
    if not _ROWS * 2 <= count <= _MOST_RUNS:
        return False
    # Whichever way the page is turned.
    rects = [text.get_rect(number) for number in range(count)]
    return any(_rows_with_gaps(rects, turned) >= _ROWS for turned in (False, True))


def _rows_with_gaps(rects: list[tuple[float, float, float, float]], is_turned: bool) -> int:
    rows, counted, before = 0, False, None
    for left, bottom, right, top in rects:
        box = (bottom, left, top, right) if is_turned else (left, bottom, right, top)
        if before is not None and abs(box[1] + box[3] - before[1] - before[3]) < max(box[3] - box[1], 1.0):
            has_gap = box[0] - before[2] > _GAP or before[0] - box[2] > _GAP
            rows += has_gap and not counted
            counted = counted or has_gap
        else:
            counted = False
        before = box
    return rows


def _built(plain: str, words: list[Word], ruled: list[Ruled]) -> str:
    """Return the text with its tables, each where its first word is; nothing if it has none."""
    owner: dict[int, int] = {at: number for number, (inside, _) in enumerate(ruled) for at in inside}
    tables = [rows for _, rows in ruled]
    for is_free, group in groupby(words, key=lambda word: word.start not in owner):
        for table in aligned_tables(list(group)) if is_free else []:
            for word in table.words:
                owner[word.start] = len(tables)
            tables.append(table.rows)
    is_mended = any(word.end - word.start > len(word.text) for word in words)
    return _written(plain, words, owner, tables) if tables or is_mended else ""


def _written(plain: str, words: list[Word], owner: dict[int, int], tables: list[list[list[str]]]) -> str:
    written, told = list[str](), set[int]()
    for number, group in groupby(words, key=lambda word: owner.get(word.start)):
        if number is None:
            written.append(_as_lines(_slice(plain, group)))
        elif number not in told:
            told.add(number)
            written.append("\n" + "\n".join(as_markdown(tables[number])) + "\n")
    return "\n".join(written).strip("\n")


def _slice(plain: str, words: Iterable[Word]) -> str:
    """Return the text from the first to the last of words that follow each other, with what is between them."""
    parts, end = list[str](), None
    for word in words:
        parts += ["" if end is None else plain[end : word.start], word.text]
        end = word.end
    return "".join(parts)


def _letters(texts: Iterable[str]) -> Counter[str]:
    """Return what has to be the same before and after; bars and dashes may be of a table."""
    counts = Counter("".join("".join(text.split()) for text in texts))
    for mark in "|-\\\0":
        del counts[mark]
    return counts
