"""Measure PDF reading: text beside pypdf and PDFium, and what is lost of any folder of PDFs.

Of documents made here (a letter, two columns, tables, a book of 300 pages) and of `NAME.pdf` with `NAME.txt` in a
FOLDER: similarity to the text that is really there, and pages a CPU second. Similarity is that of the words in order
(difflib, ratio of matching words). Ours is what a node gets: the child process, tables as Markdown, and headings
included; its CPU time is that of the child.

Of every PDF in a FOLDER and below: pages, garbled pages, lost words, tables. A word is lost if pypdf and PDFium both
read it on a page and we do not; a page is garbled if one of its words is lost.

    python -m benchmarks.extract_pdf [FOLDER]
"""

import asyncio
import difflib
import io
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from fpdf import FPDF

from integrations.pdf import pdf_passages
from swarm.errors import SourceError

_WORDS = (
    "harbour",
    "tide",
    "ferry",
    "pier",
    "anchor",
    "mast",
    "sail",
    "rope",
    "crew",
    "chart",
    "storm",
    "lamp",
    "bell",
)


def made() -> dict[str, tuple[bytes, str]]:
    """Return documents with their texts."""
    random.seed(5)
    return {"letter": _letter(), "two columns": _columns(), "tables": _tables(), "book, 300 pages": _book(300)}


class Read(NamedTuple):
    """What came of one document, or why nothing did."""

    pages: int = 0
    garbled: int = 0
    lost: int = 0
    tables: int = 0
    fault: str = ""


def survey(folder: Path) -> None:
    """Print what is read of each PDF of a folder in which something is lost, what cannot be read, and the sums.

    Without OCR, which takes seconds for each page and loses no text layer.
    """
    print(f"{'document':<56} {'pages':>6} {'garbled':>8} {'lost words':>11} {'tables':>7}")
    paths = sorted(folder.rglob("*.pdf"))
    with patch("integrations.ocr.is_there", return_value=False):
        read = {path.relative_to(folder).as_posix(): surveyed(path.read_bytes()) for path in paths}
    for name, one in read.items():
        if one.fault:
            print(f"{name[:56]:<56} {one.fault}")
        elif one.lost:
            print(f"{name[:56]:<56} {one.pages:>6} {one.garbled:>8} {one.lost:>11} {one.tables:>7}")
    good = [one for one in read.values() if not one.fault]
    sums = [sum(one[at] for one in good) for at in range(4)]
    told = f"all {len(read)}, {len(read) - len(good)} not read"
    print(f"{told:<56} {sums[0]:>6} {sums[1]:>8} {sums[2]:>11} {sums[3]:>7}", flush=True)


def surveyed(body: bytes) -> Read:
    """Return what is read of a PDF beside pypdf and PDFium."""
    try:
        ours = _pages(body)
    except SourceError as error:
        return Read(fault=str(error))
    try:
        plain = _pdfium(body)
    except Exception:  # noqa: BLE001 - encrypted, or so damaged that there is nothing to compare with
        return Read(len(ours), tables=sum(text.count("\n| --- |") for text in ours.values()))
    garbled = lost = 0
    for number, text in enumerate(plain, start=1):
        missing = _missing(text, ours.get(number, ""))
        if missing and (count := (missing & _by_pypdf(body, number)).total()):
            garbled, lost = garbled + 1, lost + count
    return Read(len(plain), garbled, lost, sum(text.count("\n| --- |") for text in ours.values()))


def _missing(plain: str, ours: str) -> Counter[str]:
    """Return the words that are not in ours, nor in two of its cells: engines join what stands close together."""
    joined = re.sub(r"\s*\|\s*", "", ours)
    cells = [cell.split() for cell in ours.split("|")]
    lasts, firsts = {cell[-1] for cell in cells if cell}, {cell[0] for cell in cells if cell}
    lost = (_words(plain) - _words(ours)).items()
    return Counter({word: count for word, count in lost if word not in joined and not _is_split(word, lasts, firsts)})


def _is_split(word: str, lasts: set[str], firsts: set[str]) -> bool:
    return any(word[:at] in lasts and word[at:] in firsts for at in range(1, len(word)))


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.replace("\ufffe", "-\n")))


def _by_pypdf(body: bytes, number: int) -> Counter[str]:
    from pypdf import PdfReader

    try:
        return _words(PdfReader(io.BytesIO(body)).pages[number - 1].extract_text())
    except Exception:  # noqa: BLE001 - a second opinion that is not there
        return Counter()


def run(folder: Path | None) -> None:
    """Print a table of documents and engines, then what is lost of a folder's PDFs."""
    documents = made()
    for path in sorted(folder.glob("*.pdf")) if folder else ():
        if (text := path.with_suffix(".txt")).exists():
            documents[path.stem] = (path.read_bytes(), text.read_text(encoding="utf-8", errors="replace"))
    print(f"{'similarity (pages a CPU second)':<28} {'ours':>14} {'pypdf':>14} {'pypdfium2':>14}")
    for name, (body, text) in documents.items():
        cells = [_measured(engine, body, text) for engine in (_ours, _pypdf, _pdfium)]
        print(f"{name[:28]:<28} " + " ".join(f"{cell:>14}" for cell in cells), flush=True)
    if folder:
        print()
        survey(folder)


def _measured(engine: Callable[[bytes], list[str]], body: bytes, text: str) -> str:
    begun = _cpu()
    pages = engine(body)
    seconds = max(_cpu() - begun, 1e-6)
    return f"{similarity(' '.join(pages), text):.3f} ({len(pages) / seconds:.0f})"


def similarity(found: str, wanted: str) -> float:
    """Return how much of the words in order two texts have in common; what only marks a table is no word."""
    one, other = ([word for word in re.findall(r"\w+", text)][:20_000] for text in (found, wanted))
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _ours(body: bytes) -> list[str]:
    return list(_pages(body).values())


def _pages(body: bytes) -> dict[int, str]:
    pages: dict[int, list[str]] = {}
    for passage in asyncio.run(pdf_passages(body, uri="a.pdf", where="file")):
        pages.setdefault(passage.page or 0, []).append(passage.text)
    return {number: "\n".join(texts) for number, texts in pages.items()}


def _pypdf(body: bytes) -> list[str]:
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(io.BytesIO(body)).pages]


def _pdfium(body: bytes) -> list[str]:
    import pypdfium2  # type: ignore[import-untyped]

    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(body)]


def _prose(words: int) -> str:
    return " ".join(random.choice(_WORDS) for _ in range(words)).capitalize() + "."


def _document() -> FPDF:
    pdf = FPDF()
    pdf.set_font("helvetica", size=11)
    pdf.add_page()
    return pdf


def _letter() -> tuple[bytes, str]:
    pdf, texts = _document(), [_prose(80) for _ in range(12)]
    for text in texts:
        pdf.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output()), " ".join(texts)


def _columns() -> tuple[bytes, str]:
    pdf, texts = _document(), [_prose(200), _prose(200)]
    for left, text in zip((10, 110), texts, strict=True):
        pdf.set_xy(left, 20)
        pdf.set_left_margin(left)
        pdf.multi_cell(85, 6, text)
    return bytes(pdf.output()), " ".join(texts)


def _tables() -> tuple[bytes, str]:
    pdf, told = _document(), list[str]()
    for _ in range(3):
        intro = _prose(30)
        pdf.multi_cell(0, 6, intro, new_x="LMARGIN", new_y="NEXT")
        told.append(intro)
        for _ in range(12):
            row = [random.choice(_WORDS), str(random.randint(1, 999)), random.choice(_WORDS)]
            for text in row:
                pdf.cell(50, 7, text)
            pdf.ln(7)
            told += row
    return bytes(pdf.output()), " ".join(told)


def _book(pages: int) -> tuple[bytes, str]:
    pdf, texts = _document(), list[str]()
    for number in range(pages):
        if number:
            pdf.add_page()
        if number % 20 == 0:
            pdf.start_section(f"Chapter {number // 20 + 1}")
        texts.append(_prose(250))
        pdf.multi_cell(0, 6, texts[-1])
    return bytes(pdf.output()), " ".join(texts)


if __name__ == "__main__":
    run(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
