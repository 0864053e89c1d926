"""Documents: a part of a text, and what is said of the rest."""

import re

import pytest

from swarm.text.document import TextDocument, lines_of, outline_of, pages_of, parse_range, section_of

_LONG = TextDocument("guide.rst", tuple(f"line {number} of the guide" for number in range(1, 2045)))


@pytest.mark.parametrize(
    ("text", "found"),
    [("210-600", (210, 600)), ("7", (7, 7)), ("10-", (10, 999)), ("5 – 9", (5, 9)), ("0-3", (1, 3)), ("9-2", (9, 9))],
)
def test_a_range_is_read_as_people_write_it(text: str, found: tuple[int, int]) -> None:
    """Within what there is."""
    assert parse_range(text, 999) == found


def test_what_is_no_range_is_none() -> None:
    """So that it can be refused with an example."""
    assert parse_range("the middle", 9) is None


def test_a_cut_stands_in_the_middle_and_says_how_to_get_the_rest() -> None:
    """Beginning and end are shown, and the lines left out are exactly those between."""
    part = lines_of(_LONG, 1, 2044, 2000)
    first, last = map(int, re.search(r'with lines "(\d+)-(\d+)"', part.text).groups())  # type: ignore[union-attr]
    rows = part.text.split("\n")
    gap = next(number for number, row in enumerate(rows) if row.startswith("[..."))
    assert rows[gap - 1] == f"line {first - 1} of the guide" and rows[gap + 1] == f"line {last + 1} of the guide"
    assert rows[0] == "line 1 of the guide" and rows[-1] == "line 2044 of the guide"
    assert len(part.text) < 2300 and part.where == "2044 lines"


def test_a_range_is_shown_whole_where_it_fits() -> None:
    """No mark, nothing missing."""
    part = lines_of(_LONG, 5, 7, 2000)
    assert part.text.split("\n") == [f"line {n} of the guide" for n in (5, 6, 7)] and part.where == "lines 5-7 of 2044"


def test_a_line_without_end_is_cut_with_its_rest_counted() -> None:
    """Minified code does not fill the view."""
    assert "6,000 more characters in this line" in lines_of(TextDocument("a.js", ("x" * 10_000,)), 1, 1, 50_000).text


def test_pages_are_cut_where_they_begin() -> None:
    """Both ends belong to the range."""
    document = TextDocument("a.pdf", tuple("abcdef"), pages=(0, 2, 5))
    assert pages_of(document, 2, 2, 100).text == "c\nd\ne" and pages_of(document, 2, 3, 100).text == "c\nd\ne\nf"


def test_outline_and_section_go_together() -> None:
    """What the outline names can be asked for."""
    document = TextDocument("a.md", ("# One", "x", "# Two", "y"))
    assert outline_of(document, 100).text == "1: One\n3: Two"
    assert (part := section_of(document, "Two", 100)) and part.text == "# Two\ny"
