"""Word documents say all they hold: fields, comments, notes, boxes, equations, tables within tables, margins."""

from pathlib import Path

import pytest

from tests.integrations.documents.reading import text_of
from tests.integrations.documents.zips import CHART, CHART_TEXT, paragraph, root, word


async def _told(folder: Path, body: str, parts: dict[str, str] | None = None, **related: str) -> str:
    return await text_of(folder, "a.docx", word(body, parts, **related))


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        ('<w:fldSimple w:instr="DATE"><w:r><w:t>7 May</w:t></w:r></w:fldSimple>', "Say: 7 May"),
        ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>", "Say: new"),
        ('<w:hyperlink r:id="h"><w:r><w:t>here</w:t></w:r></w:hyperlink>', "Say: [here](https://x.org/a)"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', "Say: [x]"),
        ('<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="0"/></w14:checkbox></w:sdtPr></w:sdt>', "Say: [ ]"),
        (
            '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>'
            "</w:fldChar><w:instrText>FORMCHECKBOX</w:instrText></w:r>",
            "Say: [x]",
        ),
        ("<m:oMath><m:f><m:num><m:r><m:t>π</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>",
         r"Say:  $\frac{\pi}{2}$"),
        ("<m:oMath><m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>",
         "Say:  $c^{2}$"),
        ('<w:r><w:object><v:o/><w:OLEObject ProgID="Excel.12"/></w:object></w:r>', "[embedded Excel.12, not read]"),
        ('<w:r><w:drawing><wp:docPr descr="A pier at dusk"/></w:drawing></w:r>', "[picture: A pier at dusk]"),
        ("<w:r><w:tab/><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t></w:r>", "Say:  a-b"),
    ],
)  # fmt: skip
async def test_what_a_paragraph_holds_is_told(tmp_path: Path, inner: str, told: str) -> None:
    """Results of fields, insertions, links, ticks, equations, pictures and what is embedded."""
    assert told in await _told(tmp_path, paragraph("Say: ", inner), h="hyperlink https://x.org/a")


async def test_notes_and_comments_stand_under_their_paragraph(tmp_path: Path) -> None:
    """With who wrote them; headers and footers at the end, each once."""
    inner = '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:commentReference w:id="0"/></w:r>'
    parts = {
        "word/footnotes.xml": root("w:footnotes", f'<w:footnote w:id="2">{paragraph("Until May.")}</w:footnote>'),
        "word/comments.xml": root(
            "w:comments",
            f'<w:comment w:id="0" w:author="Ann" w:date="2026-05-01T10:00:00Z">{paragraph("Sure?")}</w:comment>',
        ),
        "word/header1.xml": root("w:hdr", paragraph("Contract 4711")),
        "word/header2.xml": root("w:hdr", paragraph("Contract 4711")),
    }
    related = {"f": "footnotes footnotes.xml", "c": "comments comments.xml"}
    margins = {"h1": "header header1.xml", "h2": "header header2.xml"}
    told = await _told(tmp_path, paragraph("The price is 250.", inner), parts, **related, **margins)
    assert "The price is 250.[^2]\n\n[^2]: Until May.\n\n[comment by Ann, 2026-05-01T10:00:00Z: Sure?]" in told
    assert told.endswith("a.docx › page headers and footers\nheader: Contract 4711")


async def test_boxes_charts_and_diagrams_are_told(tmp_path: Path) -> None:
    """A text box once, though it stands there in an old and in a new form."""
    box = f"<w:txbxContent>{paragraph('In a box.')}</w:txbxContent>"
    shapes = (
        f"<w:r><mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        '<w:r><w:drawing><c:chart r:id="c"/></w:drawing></w:r><w:r><w:drawing><a:relIds r:dm="d"/></w:drawing></w:r>'
    )
    data = root("a:dataModel", "<a:p><a:r><a:t>First step</a:t></a:r></a:p>")
    parts = {"word/charts/c.xml": CHART, "word/d.xml": data}
    told = await _told(tmp_path, paragraph("Here.", shapes), parts, c="chart charts/c.xml", d="diagramData d.xml")
    assert told.count("In a box.") == 1 and CHART_TEXT in told and "First step" in told


def _row(*cells: tuple[str, str]) -> str:
    return "<w:tr>" + "".join(f"<w:tc><w:tcPr>{how}</w:tcPr>{inner}</w:tc>" for inner, how in cells) + "</w:tr>"


async def test_merged_cells_are_told_in_each_place_and_tables_in_tables_stay_there(tmp_path: Path) -> None:
    """A row says by itself what it is about."""
    wide, begin, on = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    inner = f"<w:tbl>{_row((paragraph('length'), ''), (paragraph('12 m'), ''))}</w:tbl>"
    table = (
        _row((paragraph("Port"), ""), (paragraph("Tides"), wide))
        + _row((paragraph("North"), begin), (paragraph("high"), ""), (paragraph("6"), ""))
        + _row((paragraph(""), on), (paragraph("low"), ""), (inner, ""))
    )
    told = await _told(tmp_path, f"<w:tbl>{table}</w:tbl>")
    assert "| Port | Tides | Tides |" in told and "| North | high | 6 |\n| North | low | length, 12 m |" in told


async def test_lists_and_headings_have_their_numbers(tmp_path: Path) -> None:
    """As Word counts them, at each level."""
    level = '<w:lvl w:ilvl="{}"><w:start w:val="1"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/></w:lvl>'
    levels = level.format(0, "decimal", "%1.") + level.format(1, "lowerLetter", "%1.%2)")
    numbering = root(
        "w:numbering",
        f'<w:abstractNum w:abstractNumId="0">{levels}'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>',
    )
    styles = root("w:styles", '<w:style w:styleId="H"><w:name w:val="heading 2"/></w:style>')
    at = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="1"/></w:numPr>'
    body = paragraph("Tides", "", '<w:pStyle w:val="H"/>') + "".join(
        paragraph(text, "", at.format(deep)) for text, deep in (("one", 0), ("two", 0), ("deep", 1), ("three", 0))
    )
    parts = {"word/numbering.xml": numbering, "word/styles.xml": styles}
    told = await _told(tmp_path, body, parts, n="numbering numbering.xml", s="styles styles.xml")
    assert "## Tides" in told and "1. one\n2. two\n  2.a) deep\n3. three" in told
