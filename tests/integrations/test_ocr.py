"""Scanned pages: read by OCR where the extra is there, told as such where it is not."""

import io
import random
from difflib import SequenceMatcher

import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from integrations import ocr
from integrations.pdf import pdf_passages
from swarm.errors import SourceUnreadable

_LINES = ["The harbour of Quorlsund freezes in January.", "Ferries run from May to October.", "Invoice 2026-117"]


def _picture(lines: list[str], size: tuple[int, int] = (1000, 700), angle: float = 0.0) -> Image.Image:
    image = Image.new("L", size, "white")
    for row, line in enumerate(lines):
        ImageDraw.Draw(image).text((60, 60 + 70 * row), line, fill="black", font=ImageFont.load_default(32))
    return image.rotate(angle, fillcolor="white")


def _scan(*pages: Image.Image | str) -> bytes:
    """Return a PDF whose pages are pictures, or texts as they are."""
    pdf = FPDF(unit="pt", format=(600, 420))
    pdf.set_font("helvetica", size=12)
    for page in pages:
        pdf.add_page()
        if isinstance(page, str):
            pdf.multi_cell(0, 16, page)
        else:
            file = io.BytesIO()
            page.save(file, "png")
            pdf.image(file, x=0, y=0, w=600)
    return bytes(pdf.output())


async def test_a_scan_is_read_and_says_so() -> None:
    """Beside pages with a text, an empty one and one of noise; each passage has its page."""
    noise = Image.frombytes("L", (300, 200), random.Random(7).randbytes(60_000))
    body = _scan("A page with text.", _picture(_LINES), " ", noise, _picture(["Askew by a little"], angle=2.0))
    found = await pdf_passages(body, uri="scan.pdf", where="file")
    by_page = {each.page: each for each in found if each.page != 4}
    assert [by_page[page].title for page in (1, 2, 5)] == ["scan.pdf", *["scan.pdf (read by OCR)"] * 2]
    assert by_page[1].text == "A page with text."
    assert by_page[2].text.splitlines() == _LINES
    assert by_page[5].text == "Askew by a little"
    assert set(by_page) == {1, 2, 5}


async def test_a_dense_page_is_read_letter_by_letter() -> None:
    """No line is turned around or lost."""
    some, words = (
        random.Random(3),
        ["sail", "anchor", "January", "14.50", "Bergen", "quarter", "keeper", "storm", "rope", "total", "invoice"],
    )
    lines = [" ".join(some.choices(words, k=9)) for _ in range(12)]
    image = Image.new("L", (1240, 500), "white")
    for row, line in enumerate(lines):
        ImageDraw.Draw(image).text((60, 20 + 38 * row), line, fill="black", font=ImageFont.load_default(22))
    (found,) = await pdf_passages(_scan(image), uri="scan.pdf", where="file")
    wanted, got = ("".join(each.split()) for each in ("".join(lines), found.text))
    assert SequenceMatcher(None, wanted, got, autojunk=False).ratio() > 0.98


async def test_what_there_is_no_time_for_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages that were read are there, and where the rest begins."""
    monkeypatch.setattr(ocr, "MOST_PAGES", 1)
    found = await pdf_passages(_scan(*[_picture(_LINES[:1], (600, 200))] * 3), uri="scan.pdf", where="file")
    assert [each.page for each in found] == [1, 2]
    assert found[1].text.startswith("From here on 2 pages without a text layer were not read")


async def test_a_page_without_words_has_no_text() -> None:
    """A blank sheet that was scanned."""
    with pytest.raises(SourceUnreadable, match="nor could OCR read any"):
        await pdf_passages(_scan(_picture([])), uri="scan.pdf", where="file")


async def test_its_child_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes too much dies alone, and the document is one without a text."""
    monkeypatch.setattr(ocr, "_MEGABYTES", 300)
    with pytest.raises(SourceUnreadable, match="OCR broke, or took too long"):
        await pdf_passages(_scan(_picture(_LINES)), uri="scan.pdf", where="file")
    found = await pdf_passages(_scan("Text.", _picture(_LINES)), uri="scan.pdf", where="file")
    assert [each.page for each in found] == [1, 2] and "1 pages without a text layer were not read" in found[1].text


async def test_without_the_extra_it_is_told_how(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line; pages with a text are read all the same."""
    monkeypatch.setattr(ocr, "is_there", lambda: False)
    with pytest.raises(SourceUnreadable, match=r"no text layer .*uv pip install rapidocr"):
        await pdf_passages(_scan(_picture(_LINES)), uri="scan.pdf", where="file")
    (found,) = await pdf_passages(_scan("Text.", _picture(_LINES)), uri="scan.pdf", where="file")
    assert found.page == 1
