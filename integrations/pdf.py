"""PDF: the text of a document page by page, read in a child process that a hostile file may kill."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import SecretStr

from integrations import ocr
from integrations.killable import OutOfTime, answer_of
from swarm.chunks import chunks
from swarm.errors import SourceNotFound, SourceRefused, SourceUnreadable
from swarm.passages import Passage
from swarm.ranking import best
from swarm.text.display_url import display_url

MOST_BYTES = 60_000_000
MOST_PAGES = 5000
_MEGABYTES = 1024
_SECONDS = 90
_CHILD = Path(__file__).parent / "documents" / "worker" / "pdf.py"
_MAGIC = b"%PDF-"
_BY_OCR = " (read by OCR)"


@dataclass(frozen=True)
class Pdf:
    """A PDF: a path that the caller has checked, or an http address, which is fetched as a page is (`web.Page`)."""

    source: Path | str
    allow: tuple[str, ...] = ()
    password: SecretStr | None = None
    cache: Path | None = None
    obeys_robots: bool = False
    is_document: ClassVar[bool] = True

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return the `k` best passages, each with its page. Raises SourceError."""
        if isinstance(self.source, Path):
            passages = await pdf_passages(
                _bytes(self.source), uri=str(self.source), where="file", password=self.password
            )
        else:
            # Imported here: files need no network.
            from integrations.fetch import fetch
            from integrations.robots import insist

            if self.obeys_robots:
                await insist(self.source, allow=self.allow, cache=self.cache)
            got = await fetch(self.source, allow=self.allow, accept={"*": MOST_BYTES}, cache=self.cache)
            passages = await pdf_passages(got.body, uri=got.url, where="web", password=self.password)
        return best(passages, query, k)


async def pdf_passages(body: bytes, *, uri: str, where: str, password: SecretStr | None = None) -> list[Passage]:
    """Return all passages of a PDF in order, each with its heading; raises SourceRefused or SourceUnreadable."""
    name = display_url(uri)
    if len(body) > MOST_BYTES:
        raise SourceRefused(f"{name} has {len(body)} bytes; PDFs of at most {MOST_BYTES} bytes are read")
    if _MAGIC not in body[:1024]:  # the standard lets it stand anywhere in the first 1,024 bytes
        raise SourceUnreadable(f"{name} is not a PDF: it does not begin with %PDF; check what it is")
    secret = password.get_secret_value() if password else ""
    title, headings, pages, notes = await _pages(body, name, secret)
    scanned, left = await _scanned(body, pages, secret)
    if not any(page.strip() for page in pages) and not scanned and not notes:
        told = "OCR broke, or took too long" if left else "nor could OCR read any"
        told = told if ocr.is_there() else f"to have it read by OCR: {ocr.HOW}"
        raise SourceUnreadable(f"{name} has no text layer ({len(pages)} pages, probably scanned); {told}")
    title = title or uri.rstrip("/").rsplit("/", 1)[-1]
    found = []
    for number, page in enumerate(pages, start=1):
        headed = _headed(title, headings, number) + _BY_OCR * (number in scanned)
        found += [
            Passage(uri=uri, title=headed, where=where, text=chunk.text, page=number)
            for chunk in chunks("\n\n".join(filter(None, (scanned.get(number, page), notes.get(number, "")))))
        ]
    return found


async def _scanned(body: bytes, pages: list[str], password: str) -> tuple[dict[int, str], int]:
    """Return the text of pages that have none but are pictures, by number from 1, and how many were not read.

    Nothing where the extra is not there. Where the rest begins that was not read, the text says so.
    """
    blank = [number for number, page in enumerate(pages) if not page.strip()]
    if not blank or not ocr.is_there():
        return {}, 0
    found, left = await ocr.read_scanned(body, blank, password)
    told = {number + 1: text for number, text in found.items()}
    if left and (told or len(blank) < len(pages)):
        told[blank[-left] + 1] = f"From here on {left} pages without a text layer were not read; give a part of it."
    return told, left


def _headed(title: str, headings: list[tuple[int, str]], page: int) -> str:
    """Return the title with the heading under which a page stands."""
    before = [heading for at, heading in headings if at <= page]
    return f"{title} › {before[-1]}" if before and before[-1] != title else title


async def _pages(body: bytes, name: str, password: str) -> tuple[str, list[tuple[int, str]], list[str], dict[int, str]]:
    answer = await _ask_child(body, name, password)
    fault, detail = answer.get("fault"), answer.get("detail")
    if fault == "encrypted":
        raise SourceUnreadable(f"{name} is encrypted; set SWARM_PDF_PASSWORD, or save a copy without a password")
    if fault == "pages":
        raise SourceRefused(
            f"{name} has {detail} pages; PDFs of at most {MOST_PAGES} pages are read, give a part of it"
        )
    if fault == "memory":
        raise _too_much(name)
    if fault is not None:
        raise SourceUnreadable(f"{name} is damaged or cut short and cannot be read as a PDF ({detail})")
    title, pages, outline = answer.get("title"), answer.get("pages"), answer.get("outline")
    headings = [(int(at), str(text)) for at, text in outline] if isinstance(outline, list) else []
    told = answer.get("notes")
    notes = {int(number): str(text) for number, text in told.items()} if isinstance(told, dict) else {}
    return str(title or ""), headings, [str(page) for page in pages] if isinstance(pages, list) else [], notes


async def _ask_child(body: bytes, name: str, password: str) -> dict[str, object]:
    limits = (str(MOST_PAGES), str(_MEGABYTES), str(_SECONDS))
    try:
        output = await answer_of(_CHILD, limits, json.dumps({"password": password}).encode() + b"\n" + body, _SECONDS)
    except OutOfTime:
        raise SourceUnreadable(f"{name} took longer than {_SECONDS} seconds to read; give a part of it") from None
    try:
        answer = json.loads(output)
    except ValueError:
        raise _too_much(name) from None
    return answer if isinstance(answer, dict) else {}


def _too_much(name: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{name} unpacks to more than the {_MEGABYTES} MB it may use, or breaks its reader; it may be a bomb"
    )


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise SourceNotFound(f"there is no file {path}; check the path") from None
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read: {error.strerror}") from None
