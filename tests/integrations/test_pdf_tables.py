"""Tables that lines box in become Markdown; lines that box in nothing of the kind change no text."""

import io
import random
from collections.abc import Callable, Sequence
from itertools import pairwise

import pypdfium2  # type: ignore[import-untyped]
import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from integrations.pdf import pdf_passages

Drawn = Callable[[FPDF], None]


def drawn(*draw: Drawn) -> bytes:
    """Return one page with all of this on it."""
    pdf = FPDF(unit="pt", format=(600, 800))
    pdf.set_font("helvetica", size=11)
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.add_page()
    for each in draw:
        each(pdf)
    return bytes(pdf.output())


def says(x: float, y: float, text: str) -> Drawn:
    return lambda pdf: pdf.text(x, y, text)


def ruled(
    rows: Sequence[Sequence[str]],
    top: float = 100,
    left: float = 50,
    wide: float = 120,
    high: float = 30,
    push: float = 6,
) -> Drawn:
    """Draw a table with a line around every cell; `push` moves the text of every other row to the right."""

    def draw(pdf: FPDF) -> None:
        for down, row in enumerate(rows):
            for across, cell in enumerate(row):
                x, y = left + across * wide, top + down * high
                pdf.rect(x, y, wide, high)
                if cell:
                    pdf.text(x + 6 + push * (down % 2) * (across + 1), y + 18, cell)

    return draw


def lines(*ends: tuple[float, float, float, float]) -> Drawn:
    def draw(pdf: FPDF) -> None:
        for end in ends:
            pdf.line(*end)

    return draw


async def text_of(body: bytes) -> str:
    return "\n".join(each.text for each in await pdf_passages(body, uri="a.pdf", where="file"))


_PORTS = [["Port", "Depth", "Open"], ["North", "4 m", "May"], ["South", "", "June"]]
_MARKDOWN = "| Port | Depth | Open |\n| --- | --- | --- |\n| North | 4 m | May |\n| South |  | June |"


async def test_what_lines_box_in_is_a_table() -> None:
    """However its texts stand in their cells, empty ones, too; what is around it stays where it is."""
    text = await text_of(drawn(says(50, 60, "Before the table."), ruled(_PORTS), says(50, 300, "After the table.")))
    assert text == f"Before the table.\n\n{_MARKDOWN}\n\nAfter the table."


@pytest.mark.parametrize("turned", [90, 180, 270])
async def test_a_page_that_is_shown_turned_has_the_same_table(turned: int) -> None:
    """Lines and letters are turned together."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(drawn(ruled(_PORTS)))))
    writer.pages[0].rotate(turned)
    out = io.BytesIO()
    writer.write(out)
    assert await text_of(out.getvalue()) == _MARKDOWN


async def test_two_tables_with_prose_between() -> None:
    """Each where it is."""
    text = await text_of(drawn(ruled(_PORTS), says(50, 240, "Tides next."), ruled([["a", "b"], ["1", "2"]], top=280)))
    assert text == f"{_MARKDOWN}\n\nTides next.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"


async def test_a_cell_over_several_columns_or_rows_is_told_once() -> None:
    """In its first."""
    grid = lines(
        *((50, y, 350, y) for y in (100, 130, 190)),
        *((50, 100, 50, 190), (350, 100, 350, 190)),
        *((150, 130, 150, 190), (250, 130, 250, 190), (150, 160, 350, 160)),
    )
    told = [says(60, 120, "Harbours of the north"), says(60, 150, "Bergen"), says(160, 150, "4 m"), says(260, 150, "x")]
    more = [says(160, 180, "5 m"), says(260, 180, "y")]
    assert await text_of(drawn(grid, *told, *more)) == (
        "| Harbours of the north |  |  |\n| --- | --- | --- |\n| Bergen | 4 m | x |\n|  | 5 m | y |"
    )


async def test_a_bar_in_a_cell_does_not_end_it() -> None:
    """Nor does a line break."""
    text = await text_of(drawn(ruled([["a|b", "c"], ["1", "2"]]), says(56, 125, "more")))
    assert text == "| a\\|b more | c |\n| --- | --- |\n| 1 | 2 |"


_PROSE = [says(50, 100 + 16 * row, f"The {row}th line of the left column.") for row in range(12)]
_BESIDE = [says(320, 100 + 16 * row, f"The {row}th line on the right.") for row in range(12)]


@pytest.mark.parametrize(
    "draw",
    [
        lines((305, 90, 305, 300)),  # a rule between two columns
        lines(*((50, 104 + 16 * row, 250, 104 + 16 * row) for row in range(12))),  # underlined
        lines((40, 80, 560, 80), (40, 310, 560, 310), (40, 80, 40, 310), (560, 80, 560, 310)),  # a frame
        lines((40, 80, 560, 310), (40, 310, 560, 80)),  # crossed out
        lines(*((40 + 5 * n, 320, 40 + 5 * n, 420 + n) for n in range(100)), (40, 320, 540, 320)),  # a chart
    ],
)
async def test_lines_that_box_in_no_table_change_nothing(draw: Drawn) -> None:
    """The text is that of the page without them."""
    assert await text_of(drawn(*_PROSE, *_BESIDE, draw)) == await text_of(drawn(*_PROSE, *_BESIDE))


async def test_a_grid_that_cuts_words_is_none() -> None:
    """A drawing over prose."""
    grid = lines(
        *((40 + 37 * n, 80, 40 + 37 * n, 310) for n in range(14)),
        *((40, 80 + 23 * n, 521, 80 + 23 * n) for n in range(11)),
    )
    assert await text_of(drawn(*_PROSE, grid)) == await text_of(drawn(*_PROSE))


async def test_a_drawing_of_very_many_lines_is_read_in_time() -> None:
    """Its text is that of the page without them."""
    some = random.Random(7)
    ends = [(some.random() * 600, some.random() * 800) for _ in range(6001)]
    drawing = lines(*((*a, *b) for a, b in pairwise(ends)))
    squares = lines(
        *((n % 600, 0, n % 600, 800) for n in range(0, 3000, 7)), *((0, n, 600, n) for n in range(0, 800, 3))
    )
    plain = await text_of(drawn(*_PROSE))
    assert await text_of(drawn(*_PROSE, drawing)) == plain
    assert await text_of(drawn(*_PROSE, squares)) == plain


@pytest.mark.parametrize("seed", range(6))
async def test_no_letter_is_lost_or_doubled(seed: int) -> None:
    """Whatever stands on a page, in tables and beside them."""
    some = random.Random(seed)
    words = ["ship", "pier", "tide", "Öl", "42", "3.5 kn", "a long cell text", ""]
    draws: list[Drawn] = []
    top = 40.0
    for _ in range(some.randint(1, 4)):
        columns, rows = some.randint(2, 4), some.randint(2, 5)
        cells = [[some.choice(words) for _ in range(columns)] for _ in range(rows)]
        draws += [says(50, top, some.choice(words[:6])), ruled(cells, top=top + 10, high=24, push=some.choice((0, 3)))]
        top += 24 * rows + 40
    body = drawn(*draws)
    text = await text_of(body)
    letters = sorted(c for c in text if not c.isspace() and c not in "|-")
    page = pypdfium2.PdfDocument(body)[0].get_textpage().get_text_bounded()
    assert letters == sorted(c for c in page if not c.isspace() and c not in "|-")
