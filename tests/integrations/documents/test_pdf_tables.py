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


def spread(x: float, y: float, text: str, gap: float = 0.45) -> Drawn:
    """Draw letter by letter, a little apart, as many programs do that set type."""

    def draw(pdf: FPDF) -> None:
        at = x
        for letter in text:
            pdf.text(at, y, letter)
            at += pdf.get_string_width(letter) + gap

    return draw


async def test_letters_that_stand_apart_are_still_words() -> None:
    """In aligned rows and in ruled ones."""
    rows = [("Due to weather", "17", "101"), ("Diverted", "23", "11"), ("Cancelled", "4", "2")]
    cells = [
        spread(50 + 150 * at, 100 + 20 * down, text) for down, row in enumerate(rows) for at, text in enumerate(row)
    ]
    wanted = "| Due to weather | 17 | 101 |\n| --- | --- | --- |\n| Diverted | 23 | 11 |\n| Cancelled | 4 | 2 |"
    assert await text_of(drawn(*cells)) == wanted
    grid = lines(
        *((44, 85 + 20 * n, 494, 85 + 20 * n) for n in range(4)),
        *((44 + 150 * n, 85, 44 + 150 * n, 145) for n in range(4)),
    )
    assert await text_of(drawn(*cells, grid)) == wanted


async def test_letters_that_are_printed_twice_are_told_once() -> None:
    """As bold letters are, where a font has none; a table is made of the words of the text."""
    rows = [("North", "14", "3.20"), ("South", "9", "2.80"), ("West", "31", "7.00")]
    cells = [
        says(50 + 150 * at + twice, 100 + 20 * down, text)
        for down, row in enumerate(rows)
        for at, text in enumerate(row)
        for twice in (0, 0.3)
    ]
    assert "| South | 9 | 2.80 |" in await text_of(drawn(*cells))


async def test_records_that_no_line_parts_are_rows_of_their_own() -> None:
    """Where only every third line is drawn, the figures of three months are three rows."""
    months = ["April", "May", "June", "July", "August", "September"]
    told = [
        says(60 + 120 * at, 120 + 20 * n, text)
        for n, name in enumerate(months)
        for at, text in enumerate((name, f"{n}00"))
    ]
    grid = lines(*((50, y, 290, y) for y in (105, 165, 225)), *((x, 105, x, 225) for x in (50, 170, 290)))
    text = await text_of(drawn(*told, grid))
    assert text.split("\n")[2:] == [f"| {name} | {n}00 |" for n, name in enumerate(months)][1:]


async def test_a_cell_whose_text_goes_on_below_is_one_row() -> None:
    """What had no room on its line is no record."""
    told = [
        says(55, 120, "A long name that"),
        says(55, 135, "goes on below"),
        says(175, 120, "Another text that"),
        says(175, 135, "goes on, too"),
    ]
    below = [says(55, 160, "b"), says(175, 160, "c")]
    grid = lines(*((50, y, 270, y) for y in (105, 145, 170)), *((x, 105, x, 170) for x in (50, 170, 270)))
    assert await text_of(drawn(*told, *below, grid)) == (
        "| A long name that goes on below | Another text that goes on, too |\n| --- | --- |\n| b | c |"
    )


async def test_a_frame_around_columns_is_no_table() -> None:
    """What is laid out within it by itself stays as lines."""
    told = [says(60, 120 + 20 * n, f"left {n}") for n in range(12)]
    told += [says(310, 126 + 26 * n, f"right {n}") for n in range(9)]
    grid = lines(*((50, y, 550, y) for y in (60, 100, 380)), *((x, 60, x, 380) for x in (50, 300, 550)))
    text = await text_of(drawn(says(60, 80, "Ports"), says(310, 80, "Tides"), *told, grid))
    assert "|" not in text and {"left 3", "right 3"} <= set(text.split("\n"))


async def test_figures_below_each_other_are_no_word() -> None:
    """PDFium takes digits that stand below each other, drawn one after the other, for one."""
    rows = [says(60, 120 + 20 * n, name) for n, name in enumerate(("north", "south", "west"))]
    grid = lines(
        *((50, 105 + 20 * n, 250, 105 + 20 * n) for n in range(4)), *((x, 105, x, 165) for x in (50, 150, 250))
    )
    text = await text_of(drawn(*rows, *(says(200, 120 + 20 * n, f"{n}") for n in range(3)), grid))
    assert text == "| north | 0 |\n| --- | --- |\n| south | 1 |\n| west | 2 |"


async def test_rows_with_an_empty_cell_belong_to_their_table() -> None:
    """And so does its header, whose cells are wider; a column that few rows fill is one all the same."""
    rows = [("Port", "Remark", "Depth in m", "Open"), *(("Bergen", "!" * (n == 4), f"{n} m", "May") for n in range(6))]
    rows[3] = ("Bergen", "", "2 m", "")
    cells = [
        says(50 + 110 * at, 100 + 18 * down, text)
        for down, row in enumerate(rows)
        for at, text in enumerate(row)
        if text
    ]
    text = await text_of(drawn(*cells, says(50, 400, "The end of the page, which is prose.")))
    assert text.startswith("| Port | Remark | Depth in m | Open |\n")
    assert "| Bergen |  | 2 m |  |" in text and "| Bergen | ! | 4 m | May |" in text
    assert text.endswith("|\n\nThe end of the page, which is prose.")


async def test_a_numbered_list_is_no_table() -> None:
    """However far its numbers stand from its text."""
    told = [
        says(at, 100 + 18 * n, text) for n in range(5) for at, text in ((50, f"{n}."), (90, f"The point number {n}"))
    ]
    assert "|" not in await text_of(drawn(*told))


async def test_text_that_is_drawn_upwards_makes_the_same_table() -> None:
    """A table on its side, as wide ones are printed on upright pages."""

    def sideways(pdf: FPDF) -> None:
        with pdf.rotation(90, 300, 400):
            ruled(_PORTS)(pdf)

    assert await text_of(drawn(sideways)) == _MARKDOWN
