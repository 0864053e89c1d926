"""The words of one page: PDFium's own, in its order, each with its place; so whatever is built of them loses none."""

import ctypes
from collections.abc import Iterator
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

MOST_CHARACTERS = 60_000
"""A page with more is given as lines."""
HYPHEN = "\ufffe"
"""PDFium's mark for a hyphen at which a line ends."""
_SAMPLE = 400
_TORN = 1.5
"""Heights of a letter between two letters that cannot be of one word."""
_STACKED = 0.5
"""The same of letters below each other."""
_CLOSE = 0.1
"""Heights of a line between the boxes of two letters of one word."""
_GAP = 0.3
"""Heights of a letter between two that are of different cells where a line is drawn between them."""


class Box(NamedTuple):
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float


class Word(NamedTuple):
    """Letters without a space between them: `start` and `end` in the page's text, the box of each, and of all."""

    start: int
    end: int
    text: str
    box: Box
    letters: tuple[Box, ...]

    @property
    def middle(self) -> float:
        """The height at which it stands."""
        return (self.box.bottom + self.box.top) / 2

    @property
    def width(self) -> float:
        """Of all of its letters."""
        return self.box.right - self.box.left

    @property
    def height(self) -> float:
        """Of its tallest letter: a word that runs upwards is no taller for it."""
        return max(letter.top - letter.bottom for letter in self.letters)


class Turn(NamedTuple):
    """How a page has to be turned so that its text runs from left to right: the direction in which it runs now."""

    across: int = 1
    up: int = 0

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the page lies when it is turned."""
        return x * self.across + y * self.up, y * self.across - x * self.up

    def box(self, box: Box) -> Box:
        """Return a box of the page when it is turned."""
        (x, y), (to_x, to_y) = self.point(box.left, box.bottom), self.point(box.right, box.top)
        return Box(min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y))


def words_of(text: Any, plain: str) -> tuple[list[Word], Turn]:
    """Return the words of a page whose text is `plain`, and how the page was turned for them.

    None where PDFium counts the letters otherwise than the text does.
    """
    if len(plain) != text.count_chars() or len(plain) > MOST_CHARACTERS:
        return [], Turn()
    spans = list(_spans(plain))
    boxes = {at: _box(text, at) for start, end in spans for at in range(start, end)}
    turn = _turn(spans, boxes)
    words: list[Word] = []
    for span in spans:
        for word in _torn(plain, span, [turn.box(boxes[at]) for at in range(*span)]):
            if words and _goes_on(words[-1], word) and _is_one(text, words[-1].end, word.start, turn):
                word = _joined(words.pop(), word)
            words.append(word)
    return words, turn


def split(word: Word, at: float) -> tuple[Word, Word] | None:
    """Return the parts of a word to the left and to the right of a line; None if there is no gap between them."""
    first = [letter for letter in word.letters if (letter.left + letter.right) / 2 < at]
    count = len(first)
    rest = word.letters[count:]
    if not first or not rest or tuple(first) != word.letters[:count]:
        return None
    if rest[0].left - first[-1].right < _GAP * word.height:
        return None
    middle = word.start + count
    return (
        _word(word.start, middle, word.text[:count], word.letters[:count]),
        _word(middle, word.end, word.text[count:], rest),
    )


def _spans(plain: str) -> Iterator[tuple[int, int]]:
    start = -1
    for at, letter in enumerate(plain):
        if letter.isspace() or letter == "\0":
            if start >= 0:
                yield start, at
            start = -1
        elif start < 0:
            start = at
        if letter == HYPHEN:
            yield start, at + 1
            start = -1
    if start >= 0:
        yield start, len(plain)


def _box(text: Any, at: int) -> Box:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(text.raw, at, left, right, bottom, top)
    return Box(left.value, bottom.value, right.value, top.value)


def _loose_box(text: Any, at: int) -> Box:
    """Return the box that the font reserves for a letter."""
    rect = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text.raw, at, rect)
    return Box(rect.left, rect.bottom, rect.right, rect.top)


def _turn(spans: list[tuple[int, int]], boxes: dict[int, Box]) -> Turn:
    """Return in which of four directions most letters follow each other."""
    across = up = 0.0
    for start, end in spans[:_SAMPLE]:
        if end - start > 1:
            first, last = boxes[start], boxes[end - 1]
            across += last.left + last.right - first.left - first.right
            up += last.bottom + last.top - first.bottom - first.top
    if abs(up) > abs(across):
        return Turn(0, 1 if up > 0 else -1)
    return Turn(1 if across >= 0 else -1, 0)


def _torn(plain: str, span: tuple[int, int], boxes: list[Box]) -> Iterator[Word]:
    """Yield the word of a span, or several where it has gaps in it that no word has."""
    begin, high = 0, max(box.top - box.bottom for box in boxes)
    for at in range(1, len(boxes) + 1):
        if at == len(boxes) or _is_torn(boxes[at - 1], boxes[at], high):
            start, end = span[0] + begin, span[0] + at
            yield _word(start, end, plain[start:end], tuple(boxes[begin:at]))
            begin = at


def _is_torn(before: Box, after: Box, high: float) -> bool:
    across = after.left - before.right
    up = max(after.bottom - before.top, before.bottom - after.top)
    return not -_TORN * high <= across <= max(_TORN * high, 3.0) or up > _STACKED * high


def _goes_on(before: Word, word: Word) -> bool:
    """Say whether a word stands right behind another."""
    high = max(before.height, word.height)
    gap = word.box.left - before.box.right
    return before.end < word.start and abs(before.middle - word.middle) < high / 2 and -high / 4 <= gap < high


def _is_one(text: Any, start: int, end: int, turn: Turn) -> bool:
    """Say whether PDFium itself has put in all that is between two letters, and their type leaves no room for it.

    Of letters that are set one by one it parts some.
    """
    if not all(pdfium.FPDFText_IsGenerated(text.raw, at) == 1 for at in range(start, end)):
        return False
    first, after = turn.box(_loose_box(text, start - 1)), turn.box(_loose_box(text, end))
    return after.left - first.right < _CLOSE * (first.top - first.bottom)


def _joined(before: Word, after: Word) -> Word:
    return _word(before.start, after.end, before.text + after.text, before.letters + after.letters)


def _word(start: int, end: int, text: str, letters: tuple[Box, ...]) -> Word:
    box = Box(
        min(each.left for each in letters),
        min(each.bottom for each in letters),
        max(each.right for each in letters),
        max(each.top for each in letters),
    )
    return Word(start, end, text.replace(HYPHEN, "-"), box, letters)
