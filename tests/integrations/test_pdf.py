"""PDF, with documents made on the spot: good, encrypted, damaged, scanned, too large, hostile."""

import io
import time
import zlib
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from fpdf import FPDF
from pydantic import SecretStr
from pypdf import PdfReader, PdfWriter

import integrations.pdf
from integrations.pdf import Pdf, pdf_passages
from integrations.sources import source_for
from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnreadable
from swarm.settings import Settings
from tests.integrations.conftest import Site


def made(*pages: str, title: str = "") -> bytes:
    pdf = FPDF()
    pdf.set_title(title)
    pdf.set_font("helvetica", size=11)
    for text in pages:
        pdf.add_page()
        pdf.multi_cell(0, 6, text)
    return bytes(pdf.output())


def encrypted(body: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(body)))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_content(packed: bytes) -> bytes:
    """Return a one-page PDF whose page content is this compressed stream."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed) + packed + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return bytes(out) + tail % len(out)


async def failure(body: bytes, name: str = "a.pdf") -> tuple[type[Exception], str]:
    with pytest.raises(SourceError) as raised:
        await pdf_passages(body, uri=name, where="file")
    assert name in str(raised.value) and "\n" not in str(raised.value)
    return type(raised.value), str(raised.value)


async def test_passages_carry_their_page(tmp_path: Path) -> None:
    """The page with the answer comes first, with its number, and the document's title."""
    path = tmp_path / "report.pdf"
    path.write_bytes(made("Apples are red.", "The bridge costs nine million.", "Pears are green.", title="Report"))
    first, *_ = await Pdf(path)("what does the bridge cost", 3)
    assert (first.page, first.title, first.uri, first.where) == (2, "Report", str(path), "file")
    assert first.text == "The bridge costs nine million."


async def test_an_empty_query_asks_for_the_first_pages(tmp_path: Path) -> None:
    """In order, from page one."""
    path = tmp_path / "report.pdf"
    path.write_bytes(made("One.", "Two.", "Three."))
    assert [(p.page, p.text) for p in await Pdf(path)("", 2)] == [(1, "One."), (2, "Two.")]


async def test_a_pdf_on_the_web_is_read(site: Site) -> None:
    """By its bytes, whatever type the server claims."""
    url = site.page("/r.pdf", made("Far away."), kind="application/octet-stream")
    (passage,) = await Pdf(url, allow=site.allow)("", 5)
    assert (passage.uri, passage.where, passage.text, passage.page) == (url, "web", "Far away.", 1)


async def test_a_pdf_on_the_web_is_kept_as_pages_are(site: Site, tmp_path: Path) -> None:
    """What the server lets be kept is not fetched again; where robots.txt binds, it binds PDFs."""
    url = site.page("/r.pdf", made("Far away."), kind="application/pdf", Cache_Control="max-age=60")
    told = {"swarm_home": tmp_path, "swarm_allow_private": site.allow}
    for _ in range(2):
        (passage,) = await source_for(url, (), Settings.model_validate(told))("", 5)
        assert passage.text == "Far away."
    assert site.seen.count("/r.pdf") == 1
    site.page("/robots.txt", "User-agent: *\nDisallow: /", kind="text/plain")
    with pytest.raises(SourceRefused, match=r"robots\.txt"):
        await source_for(url, (), Settings.model_validate({**told, "swarm_robots": "always"}))("", 5)


async def test_an_unchanged_pdf_on_the_web_costs_a_304(site: Site, tmp_path: Path) -> None:
    """By ETag; its bytes are the kept ones."""
    body, statuses = made("Far away."), list[int]()

    def answer(request: BaseHTTPRequestHandler) -> None:
        is_known = request.headers.get("If-None-Match") == '"a"'
        statuses.append(304 if is_known else 200)
        request.send_response(statuses[-1])
        for name, value in {"ETag": '"a"', "Cache-Control": "no-cache", "Content-Type": "application/pdf"}.items():
            request.send_header(name, value)
        if not is_known:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(b"" if is_known else body)

    site.routes["/r.pdf"] = answer
    for _ in range(2):
        (passage,) = await Pdf(site.url("/r.pdf"), allow=site.allow, cache=tmp_path)("", 5)
        assert passage.text == "Far away."
    assert statuses == [200, 304]


async def test_a_password_is_told() -> None:
    """An encrypted file is named as such, with what to do."""
    assert await failure(encrypted(made("x"), "secret")) == (
        SourceUnreadable,
        "a.pdf is encrypted; set SWARM_PDF_PASSWORD, or save a copy without a password",
    )


async def test_a_file_that_only_forbids_printing_is_read() -> None:
    """An empty user password needs no asking."""
    (passage,) = await pdf_passages(encrypted(made("Open to all."), ""), uri="a.pdf", where="file")
    assert passage.text == "Open to all."


async def test_damaged_bytes_are_told() -> None:
    """Cut in half, or overwritten: damaged, not empty."""
    body = made("x" * 500, "y" * 500)
    for broken in (body[: len(body) // 2], body[:20] + b"\0" * len(body), b"%PDF-1.7\n"):
        kind, said = await failure(broken)
        assert kind is SourceUnreadable and "damaged" in said


async def test_what_is_no_pdf_is_told() -> None:
    """By its first bytes."""
    kind, said = await failure(b"<html>not found</html>")
    assert kind is SourceUnreadable and "not a PDF" in said


async def test_a_scan_is_told() -> None:
    """No text layer is an error, not an empty answer."""
    kind, said = await failure(made("", ""))
    assert kind is SourceUnreadable and "no text layer (2 pages" in said


async def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the count and the bound."""
    monkeypatch.setattr(integrations.pdf, "MOST_PAGES", 2)
    kind, said = await failure(made("1", "2", "3"))
    assert kind is SourceRefused and "has 3 pages" in said and "at most 2" in said


async def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a child is started."""
    monkeypatch.setattr(integrations.pdf, "MOST_BYTES", 100)
    kind, said = await failure(made("1"))
    assert kind is SourceRefused and "at most 100 bytes" in said


async def test_a_bomb_is_stopped() -> None:
    """A page of 600 MB in 600 KB ends as one line."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(600)) + packer.flush()
    kind, said = await failure(with_content(packed))
    assert kind is SourceUnreadable and "bomb" in said


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that may use less than the file needs dies, and we do not."""
    monkeypatch.setattr(integrations.pdf, "_MEGABYTES", 30)
    kind, said = await failure(made("x"))
    assert kind is SourceUnreadable and "30 MB" in said


async def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is slow to read is left after its seconds."""
    monkeypatch.setattr(integrations.pdf, "_SECONDS", 1)
    began = time.monotonic()
    kind, said = await failure(with_content(zlib.compress(b"BT /F1 9 Tf (a) Tj ET " * 3_000_000)))
    assert kind is SourceUnreadable and "longer than 1 seconds" in said and time.monotonic() - began < 15


async def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(SourceNotFound, match=r"none\.pdf"):
        await Pdf(tmp_path / "none.pdf")("", 1)


async def test_a_password_opens_what_is_encrypted() -> None:
    """It is never shown."""
    (found,) = await pdf_passages(
        encrypted(made("Tide tables"), "s3cret!"), uri="a.pdf", where="file", password=SecretStr("s3cret!")
    )
    assert "Tide tables" in found.text


async def test_passages_stand_under_the_headings_of_the_outline() -> None:
    """The document's title, and the last heading at or before the page."""
    pdf = FPDF()
    pdf.set_title("Harbour book")
    pdf.set_font("helvetica", size=11)
    for heading, text in (("Tides", "High water is at six."), ("", "Low water is at noon."), ("Winds", "West.")):
        pdf.add_page()
        if heading:
            pdf.start_section(heading)
        pdf.multi_cell(0, 6, text)
    found = await pdf_passages(bytes(pdf.output()), uri="a.pdf", where="file")
    assert [each.title for each in found] == ["Harbour book › Tides", "Harbour book › Tides", "Harbour book › Winds"]


async def test_a_table_becomes_rows_and_prose_in_columns_does_not() -> None:
    """Aligned cells that follow each other on a line are a table; two columns of an article are read one by one."""
    pdf = FPDF()
    pdf.set_font("helvetica", size=11)
    pdf.add_page()
    pdf.multi_cell(0, 6, "Departures of the week.", new_x="LMARGIN", new_y="NEXT")
    for row in (
        ("Port", "Minutes", "Fare"),
        ("North", "14", "3.20"),
        ("South Pier", "9", "2.80"),
        ("West", "31", "7.00"),
    ):
        for text in row:
            pdf.cell(50, 7, text)
        pdf.ln(7)
    pdf.add_page()
    left = [f"left line {number} of the story" for number in range(8)]
    right = [f"right line {number} of the story" for number in range(8)]
    for at, lines in ((10, left), (110, right)):
        for number, line in enumerate(lines):
            pdf.set_xy(at, 20 + 6 * number)
            pdf.cell(80, 6, line)
    table, prose = await pdf_passages(bytes(pdf.output()), uri="a.pdf", where="file")
    assert "| Port | Minutes | Fare |\n| --- | --- | --- |\n| North | 14 | 3.20 |" in table.text
    assert table.text.startswith("Departures of the week.") and "| South Pier | 9 | 2.80 |" in table.text
    assert "|" not in prose.text
    assert prose.text.index("left line 7") < prose.text.index("right line 0")


async def test_a_file_with_a_lost_end_is_read_all_the_same() -> None:
    """PDFium rebuilds the table of what is where; one that is cut in half is not read, and says so."""
    body = made("The lighthouse keeper's log.")
    (found,) = await pdf_passages(body[: body.rindex(b"startxref")], uri="a.pdf", where="file")
    assert "lighthouse" in found.text
    assert (await failure(body[: len(body) // 2]))[0] is SourceUnreadable


async def test_a_book_of_two_thousand_pages_is_read_in_time() -> None:
    """Page by page, with the right numbers."""
    body = made(*[f"Page number {number} of the book." for number in range(1, 2001)])
    begun = time.monotonic()
    found = await pdf_passages(body, uri="a.pdf", where="file")
    assert (len(found), found[1233].page) == (2000, 1234)
    assert "Page number 1234 of" in found[1233].text
    assert time.monotonic() - begun < 60
