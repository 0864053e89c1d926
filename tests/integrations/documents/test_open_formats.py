"""OpenDocument, e-books, RTF and e-mail say all they hold; broken ones end in one line."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from swarm.errors import SourceUnreadable
from tests.integrations.documents.reading import read, text_of
from tests.integrations.documents.zips import archive

_NAMES = " ".join(
    f'xmlns:{name}="urn:{name}"'
    for name in ("office", "text", "table", "draw", "presentation", "dc", "style", "xlink", "svg", "math")
)


def opendocument(kind: str, content: str, styles: str = "", automatic: str = "", **parts: str) -> bytes:
    """Return a document of OpenDocument with this content."""
    body = f"<office:body><office:{kind}>{content}</office:{kind}></office:body>"
    told = {
        "content.xml": f"<office:document-content {_NAMES}>{automatic}{body}</office:document-content>",
        "styles.xml": f"<office:document-styles {_NAMES}>{styles}</office:document-styles>",
    }
    return archive({"mimetype": f"application/vnd.oasis.opendocument.{kind}", **told, **parts})


async def test_a_text_is_told_with_notes_comments_lists_and_margins(tmp_path: Path) -> None:
    """Headings, lists in lists, tables, boxes; what was deleted is not."""
    body = (
        "<text:tracked-changes><text:p>DELETED</text:p></text:tracked-changes>"
        '<text:h text:outline-level="1">Tides</text:h><text:p>Six<text:s/>o\'clock<text:note><text:note-citation>1'
        "</text:note-citation><text:note-body><text:p>In May.</text:p></text:note-body></text:note>"
        "<office:annotation><dc:creator>Ann</dc:creator><dc:date>2026-05-01T10:00:00</dc:date><text:p>Sure?</text:p>"
        "</office:annotation></text:p><text:list><text:list-item><text:p>one</text:p><text:list><text:list-item>"
        "<text:p>deep</text:p></text:list-item></text:list></text:list-item></text:list>"
        "<text:p><draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame></text:p>"
        "<text:p><draw:frame><draw:image/><svg:desc>A pier at dusk</svg:desc></draw:frame></text:p>"
    )
    told = await text_of(
        tmp_path, "a.odt", opendocument("text", body, "<style:header><text:p>Contract 4711</text:p></style:header>")
    )
    assert "## Tides\n\nSix o'clock[^1]\n\n[^1]: In May.\n\n[comment by Ann, 2026-05-01T10:00:00: Sure?]" in told
    assert "- one\n  - deep" in told and "In a box." in told and "[picture: A pier at dusk]" in told
    assert told.endswith("page headers and footers\nheader: Contract 4711") and "DELETED" not in told


async def test_sheets_tell_formulas_merged_cells_and_what_is_hidden(tmp_path: Path) -> None:
    """Repeated rows and cells at their places, in bounds."""
    cell = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>"
    wide, high = ' table:number-columns-spanned="2"', ' table:number-rows-spanned="2"'
    covered = "<table:covered-table-cell/>"
    formula = '<table:table-cell table:formula="of:=SUM([.B2:.B3])"><text:p>3</text:p></table:table-cell>'
    rows = [
        cell.format("", "Port") + cell.format(wide, "2025") + covered,
        cell.format(high, "North") + cell.format(' table:number-columns-repeated="2"', "1"),
        covered + formula,
        '<table:table-cell table:number-columns-repeated="16000"/>',
    ]
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    blank = '<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>'
    last = f"<table:table-row>{cell.format('', 'end')}</table:table-row>"
    hidden = '<style:style style:name="t"><style:table-properties table:display="false"/></style:style>'
    body = f'<table:table table:name="S" table:style-name="t">{table}{blank}{last}</table:table>'
    found = await read(tmp_path, "a.ods", opendocument("spreadsheet", body, automatic=hidden))
    assert found[0].title == "a.ods › S (hidden sheet)"
    assert found[0].text == "Port | 2025 | 2025\nNorth | 1 | 1\nNorth | 3 (=SUM(B2:B3))\nend"
    assert found[0].lines == (2, 1_000_005)


async def test_slides_are_pages_with_notes(tmp_path: Path) -> None:
    """Their titles are those they show."""
    frame = "<draw:frame{}><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    notes = f"<presentation:notes>{frame.format('', 'Ask the mayor')}</presentation:notes>"
    page = frame.format(' presentation:class="title"', "Plan") + f"<draw:g>{frame.format('', 'Build')}</draw:g>{notes}"
    body = f'<draw:page draw:name="p1">{page}</draw:page><draw:page draw:name="p2">{frame.format("", "x")}</draw:page>'
    found = await read(tmp_path, "a.odp", opendocument("presentation", body))
    assert [(each.page, each.title) for each in found] == [(1, "a.odp › Plan"), (2, "a.odp › p2")]
    assert found[0].text == "Plan\n\nBuild\n\nNotes: Ask the mayor"


def _book(**chapters: str) -> bytes:
    items = "".join(f'<item id="{name}" href="t/{name}.xhtml"/>' for name in chapters)
    order = "".join(f'<itemref idref="{name}"/>' for name in reversed(chapters))
    opf = (
        f"<package><metadata><title>Log</title></metadata><manifest>{items}</manifest><spine>{order}</spine></package>"
    )
    return archive(
        {
            "META-INF/container.xml": '<container><rootfile full-path="o/b.opf"/></container>',
            "o/b.opf": opf,
            **{f"o/t/{name}.xhtml": text for name, text in chapters.items() if text},
        }
    )


async def test_a_book_is_read_in_its_order(tmp_path: Path) -> None:
    """A chapter that is missing is told with its name."""
    told = await text_of(tmp_path, "a.epub", _book(two="<h1>Two</h1><p>Storm.</p>", one="<p>Calm.</p>", lost=""))
    assert told.index("t/lost.xhtml is missing") < told.index("Calm.") < told.index("# Two\n\nStorm.")
    assert "Log" in told


_DATE = "Fri, 01 May 2026 10:00:00 +0200"


async def test_mail_tells_who_wrote_what_and_what_is_attached(tmp_path: Path) -> None:
    """The text before its HTML; a message that is forwarded is read, too."""
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "Old", "bo@x.org"
    inner.set_content("The older text.")
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"], mail["Date"] = (
        "Pier",
        "Ann <ann@x.org>",
        "bo@x.org",
        _DATE,
    )
    mail.set_content("The pump is broken: Öl.")
    mail.add_alternative("<p>The pump</p>", subtype="html")
    mail.add_attachment(b"12345", maintype="application", subtype="pdf", filename="plan.pdf")
    mail.add_attachment(inner)
    told = await text_of(tmp_path, "a.eml", mail.as_bytes())
    assert f"From: Ann <ann@x.org>\nTo: bo@x.org\nDate: {_DATE}" in told and "The pump is broken: Öl." in told
    assert "[attachment plan.pdf, application/pdf, 5 bytes, not read]" in told
    assert "a.eml › Old" in told and "The older text." in told


async def test_mail_of_html_alone_is_read(tmp_path: Path) -> None:
    """As a page, in whatever charset it says; a date that is none is told as it is."""
    head = "Subject: A\nDate: in May\nContent-Type: text/html; charset=nonsense\n\n"
    body = f"{head}<p>The <b>pump</b></p><script>no()</script>"
    told = await text_of(tmp_path, "a.eml", body)
    assert "Date: in May" in told and "The pump" in told and "no()" not in told


async def test_rich_text_is_read(tmp_path: Path) -> None:
    """Its letters beyond ASCII, too."""
    told = await text_of(tmp_path, "a.rtf", rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}} Tides \'f6l \u8364?\par at six.}")
    assert "Tides öl €\nat six." in told and "Arial" not in told


@pytest.mark.parametrize("name", ["a.odt", "a.ods", "a.odp", "a.epub", "a.rtf", "a.docx"])
async def test_broken_documents_are_told(tmp_path: Path, name: str) -> None:
    """Something else, cut short, empty: a line each."""
    good = opendocument("text", "<text:p>x</text:p>")
    for body in (b"MZ\0nothing", good[:200], archive({"a.txt": "x"}), archive({"content.xml": "<broken"})):
        with pytest.raises(SourceUnreadable, match=name) as raised:
            await read(tmp_path, name, body)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["a.odt", "a.epub", "a.xlsx", "a.pptx"])
async def test_entities_of_documents_are_not_resolved(tmp_path: Path, name: str) -> None:
    """Neither a file of this machine nor ten billion laughs."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY l0 "ha">{laughs}]>'
    body = f"<office:body {_NAMES}><office:text><text:p>&x;&l9;</text:p></office:text></office:body>"
    parts: dict[str, str | bytes] = {
        "content.xml": f"{head}<d {_NAMES}>{body}</d>",
        "META-INF/container.xml": f'{head}<c><rootfile full-path="b"/></c>',
        "b": f"{head}<package><metadata><title>&x;&l9;</title></metadata></package>",
        "_rels/.rels": f'{head}<R><Relationship Id="a" Type="/officeDocument" Target="b"/></R>',
    }
    try:
        told = await text_of(tmp_path, name, archive(parts))
    except SourceUnreadable:
        return
    assert "root:" not in told and "haha" not in told


@pytest.mark.parametrize(("name", "said"), [("a.pages", "iWork"), ("a.xlsb", "binary Excel"), ("a.mobi", "Kindle")])
async def test_what_is_not_read_is_told_by_its_name(tmp_path: Path, name: str, said: str) -> None:
    """With what to do."""
    with pytest.raises(SourceUnreadable, match=rf"{said}.*save it"):
        await read(tmp_path, name, b"PK\x03\x04\0\0\0")
