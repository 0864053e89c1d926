"""Sheets and slides say all they hold: formulas, merged and wide cells, comments, what is hidden, charts, groups."""

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.formula import ArrayFormula
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from integrations.documents.worker import sheets
from tests.integrations.documents.reading import read, text_of
from tests.integrations.documents.zips import archive, relations, root


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def test_a_cell_tells_its_formula_comment_and_line_breaks(tmp_path: Path) -> None:
    """One whose value was never computed says so."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Sales"
    for row in (["Port", "Boats"], ["North", 10], ["Total", "=SUM(B2:B2)"], ["first\nsecond", None]):
        sheet.append(row)
    sheet["B2"].comment = Comment("counted twice", "Ann")
    sheet["C4"] = ArrayFormula("C4", "=B2*2")
    book.create_sheet("Prices").append(["secret", 0.4])
    book["Prices"].sheet_state = "veryHidden"
    found = await read(tmp_path, "a.xlsx", saved(book))
    assert found[0].text == (
        "Port | Boats\nNorth | 10 [comment by Ann: counted twice]\nTotal | =SUM(B2:B2) (not computed)\n"
        "first second |  | =B2*2 (not computed)"
    )
    assert (found[1].title, found[1].text) == ("a.xlsx › Prices (hidden sheet)", "secret | 0.4")


async def test_a_computed_formula_and_shared_ones_are_told_with_their_values(tmp_path: Path) -> None:
    """Of shared formulas the first alone is written; the others follow from it."""
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>sum</t></is></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0" ref="A2:A3">B2*2</f><v>4</v></c></row>'
        '<row r="3"><c r="A3"><f t="shared" si="0"/><v>6</v></c></row>'
    )
    body = archive(
        {
            "_rels/.rels": relations(d="officeDocument xl/workbook.xml"),
            "xl/workbook.xml": root("s:workbook", '<s:sheets><s:sheet name="S" r:id="a"/></s:sheets>'),
            "xl/_rels/workbook.xml.rels": relations(a="worksheet s.xml"),
            "xl/s.xml": f"<worksheet><sheetData>{cells}</sheetData></worksheet>",
        }
    )
    assert (await read(tmp_path, "a.xlsx", body))[0].text == "sum\n4 (=B2*2)\n6 (=B3*2)"


async def test_a_merged_cell_is_told_in_each_of_its_rows(tmp_path: Path) -> None:
    """And, where it is the head of a group, in each of its columns; a title over all once."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["All ports", None, None], ["", "2025", None], ["North", 1, 2], [None, 3, 4]):
        sheet.append(row)
    sheet["A2"] = "Port"
    for place in ("A1:C1", "B2:C2", "A3:A4"):
        sheet.merge_cells(place)
    (found,) = await read(tmp_path, "a.xlsx", saved(book))
    assert found.text == "All ports\nPort | 2025 | 2025\nNorth | 1 | 2\nNorth | 3 | 4"


async def test_blank_rows_wide_rows_and_long_cells_lose_nothing(tmp_path: Path) -> None:
    """A sheet that begins a million rows below, 300 columns, a cell of 20,000 characters."""
    book = Workbook()
    far = book.worksheets[0]
    far.cell(1, 1, "head")
    far.cell(1_000_000, 1, "the last row")
    wide = book.create_sheet("Wide")
    wide.append([f"column number {at}" for at in range(300)])
    wide.append([f"value {at}" for at in range(300)])
    long_ = book.create_sheet("Long")
    long_.append(["id", "text"])
    long_.append([7, "word " * 4000 + "END"])
    found = await read(tmp_path, "a.xlsx", saved(book))
    assert found[0].text == "head\nthe last row" and found[0].lines == (1_000_000, 1_000_000)
    assert any("column number 217: value 217" in each.text for each in found if "Wide" in each.title)
    last = [each.text for each in found if "Long" in each.title]
    assert last[-1].endswith("END") and last[-1].startswith("id | text\n(7) text: word")
    assert all(len(each.text) <= 1300 for each in found)


async def test_what_is_beyond_the_bounds_is_told_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sheet and the row from which on nothing was read."""
    monkeypatch.setattr(sheets, "_MOST_ROWS", 3)
    book = Workbook()
    for number in range(5):
        book.worksheets[0].append([f"row {number}"])
    (part,) = sheets.sheet_parts(saved(book))
    assert part["rows"][-1] == (4, ["[from row 4 on the sheet is not read, it is too long]"])  # type: ignore[index]


async def test_charts_of_sheets_are_told(tmp_path: Path) -> None:
    """With their title; the figures themselves stand in the sheet."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["year", "boats"], [2019, 12], [2020, 15]):
        sheet.append(row)
    chart = BarChart()
    chart.title = "Boats a year"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "D2")
    assert "Bar chart: Boats a year" in await text_of(tmp_path, "a.xlsx", saved(book))


async def test_slides_tell_groups_tables_charts_comments_and_that_they_are_hidden(tmp_path: Path) -> None:
    """Whatever a slide shows, under its number."""
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Boats"
    inner = slide.shapes.add_group_shape().shapes.add_group_shape()
    inner.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "In a group"
    table = slide.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
    for at, text in enumerate(("Port", "Fare", "North", "3")):
        table.cell(at // 2, at % 2).text = text
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["2019", "2020"]
    data.add_series("Sail", (12, 15))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(3), Inches(2), data)
    slide._element.set("show", "0")
    out = io.BytesIO()
    deck.save(out)
    told = await text_of(tmp_path, "a.pptx", out.getvalue())
    assert "a.pptx › Boats (hidden slide)" in told and "In a group" in told
    assert "| Port | Fare |\n| --- | --- |\n| North | 3 |" in told and "| 2019 | 12" in told


async def test_comments_of_slides_are_told(tmp_path: Path) -> None:
    """With who wrote them."""
    shape = "<p:sp><p:txBody><a:p><a:r><a:t>Boats</a:t></a:r></a:p></p:txBody></p:sp>"
    body = archive(
        {
            "_rels/.rels": relations(d="officeDocument ppt/p.xml"),
            "ppt/p.xml": root("p:presentation", '<p:sldIdLst><p:sldId id="256" r:id="a"/></p:sldIdLst>'),
            "ppt/_rels/p.xml.rels": relations(a="slide s.xml", b="commentAuthors c.xml"),
            "ppt/c.xml": root("p:cmAuthorLst", '<p:cmAuthor id="0" name="Ann"/>'),
            "ppt/s.xml": root("p:sld", f"<p:cSld><p:spTree>{shape}</p:spTree></p:cSld>"),
            "ppt/_rels/s.xml.rels": relations(c="comments k.xml"),
            "ppt/k.xml": root("p:cmLst", '<p:cm authorId="0" dt="2026-05-01T10:00"><p:text>Sure?</p:text></p:cm>'),
        }
    )
    (found,) = await read(tmp_path, "a.pptx", body)
    assert found.text == "Boats\n\n[comment by Ann, 2026-05-01T10:00: Sure?]" and found.page == 1
