"""Measure PDF reading: similarity to the text that is really there, and pages a CPU second, beside pypdf and PDFium.

The documents are made here (a letter, two columns, tables, a book of 300 pages); a FOLDER of `NAME.pdf` with `NAME.txt`
adds others. Similarity is that of the words in order (difflib, ratio of matching words). Ours is what a node gets: the
child process, tables as Markdown, and headings included; its CPU time is that of the child.

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
from collections.abc import Callable
from pathlib import Path

from fpdf import FPDF

from integrations.pdf import pdf_passages

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


def run(folder: Path | None) -> None:
    """Print a table of documents and engines."""
    documents = made()
    for path in sorted(folder.glob("*.pdf")) if folder else ():
        if (text := path.with_suffix(".txt")).exists():
            documents[path.stem] = (path.read_bytes(), text.read_text(encoding="utf-8", errors="replace"))
    print(f"{'similarity (pages a CPU second)':<28} {'ours':>14} {'pypdf':>14} {'pypdfium2':>14}")
    for name, (body, text) in documents.items():
        cells = [_measured(engine, body, text) for engine in (_ours, _pypdf, _pdfium)]
        print(f"{name[:28]:<28} " + " ".join(f"{cell:>14}" for cell in cells), flush=True)


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
    pages: dict[int, list[str]] = {}
    for passage in asyncio.run(pdf_passages(body, uri="a.pdf", where="file")):
        pages.setdefault(passage.page or 0, []).append(passage.text)
    return ["\n".join(texts) for texts in pages.values()]


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
