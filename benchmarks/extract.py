"""Measure extraction: the main content of web pages (here), PDFs (`benchmarks.extract_pdf`), documents.

FOLDER holds `html/NAME.html` with `gold/NAME.txt`, the main content of that page as a person sees it; or several such
folders. F1 is that of the bags of words (lower case; of Chinese, Japanese and Korean the characters), averaged over the
pages; a link's address is not counted as text. Seconds are of the CPU, the first page, which loads an engine, left out.
PDFs in FOLDER are measured by `benchmarks.extract_pdf`; `sources/NAME` with `groundtruth/NAME.md`, in it or below as
docling keeps its test files, by `benchmarks.extract_documents`. Without a FOLDER the few pages in `benchmarks/pages`
are used, which show that it works and nothing more.

    python -m benchmarks.extract [FOLDER]
"""

import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import trafilatura
from bs4 import BeautifulSoup

from benchmarks import extract_documents, extract_pdf
from integrations.html import html_content
from integrations.reading import decode

_OWN = Path(__file__).parent / "pages"
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_TARGET = re.compile(r"(?<=\])\([^)\s]*\)")


def f1(found: str, wanted: str) -> float:
    """Return the harmonic mean of precision and recall of the words, with repeats."""
    one, other = (Counter(_WORD.findall(text.lower())) for text in (found, wanted))
    shared = sum((one & other).values())
    return 2 * shared / (sum(one.values()) + sum(other.values())) if shared else 0.0


def plain(html: str) -> str:
    """Extract as beautifulsoup4 alone does: all text of the page."""
    return BeautifulSoup(html, "html.parser").get_text(" ")


def alone(html: str) -> str:
    """Extract as trafilatura does by default."""
    return trafilatura.extract(html) or ""


def ours(html: str) -> str:
    """Extract as a page is read here, links without their addresses."""
    return _TARGET.sub("", html_content(html, "https://example.org/").text)


def measure(folder: Path) -> None:
    """Print one collection's row for each engine; raises SystemExit if it has no pages."""
    pages = [
        (decode((folder / "html" / f"{gold.stem}.html").read_bytes(), None, gold.stem, True), gold.read_text("utf-8"))
        for gold in sorted((folder / "gold").glob("*.txt"))
    ]
    if not pages:
        raise SystemExit(f"{folder} has no gold/NAME.txt; lay it out as `python -m benchmarks.extract --help` says")
    for engine in (plain, alone, ours):
        score, speed = _measured(engine, pages)
        print(f"{folder.name[:24]:24} {len(pages):6} {engine.__name__:8} {score:8.4f} {speed:10.1f}", flush=True)


def _measured(engine: Callable[[str], str], pages: list[tuple[str, str]]) -> tuple[float, float]:
    engine(pages[0][0])
    began = time.process_time()
    found = [engine(html) for html, _ in pages]
    seconds = time.process_time() - began
    scores = [f1(text, gold) for text, (_, gold) in zip(found, pages, strict=True)]
    return sum(scores) / len(scores), len(pages) / max(seconds, 1e-9)


def main() -> None:
    """Run from the command line."""
    if {"-h", "--help"} & set(sys.argv):
        raise SystemExit(__doc__)
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else _OWN
    folders = [given] if (given / "gold").is_dir() else sorted(each.parent for each in given.glob("*/gold"))
    if folders:
        print(f"{'main content':24} {'pages':>6} {'engine':8} {'F1':>8} {'pages/CPU s':>11}")
    for folder in folders:
        measure(folder)
    has_documents = len(sys.argv) > 1 and any(extract_documents.pairs(given))
    has_pdf = len(sys.argv) < 2 or any(given.glob("*.pdf"))
    if not folders and not has_pdf and not has_documents:
        raise SystemExit(f"{given} holds neither html/ with gold/ nor sources/ with groundtruth/ nor PDFs; see --help")
    if has_documents:
        extract_documents.run(given)
    if has_pdf:
        extract_pdf.run(given if len(sys.argv) > 1 else None)


if __name__ == "__main__":
    main()
