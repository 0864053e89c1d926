"""Documents: Word, Excel and PowerPoint files as passages: a section, rows of a sheet, a slide."""

import io
import json
import zipfile
from pathlib import Path
from typing import Literal

from bs4 import BeautifulSoup

from integrations.documents.tabular import rows_in_passages, rows_of_cells
from integrations.killable import OutOfTime, answer_of
from integrations.markdown import markdown
from swarm.chunks import chunks
from swarm.errors import SourceRefused, SourceUnreadable
from swarm.passages import Passage
from swarm.text.display_url import display_url

DocumentKind = Literal["docx", "xlsx", "pptx"]
MOST_BYTES = 50_000_000
_MEGABYTES = 1024
_SECONDS = 40
_CHILD = Path(__file__).parent / "worker" / "office.py"
_UNPACKED = 400_000_000
"""Bytes; its reader takes several times as many."""


async def document_passages(body: bytes, *, kind: DocumentKind, uri: str, where: str) -> list[Passage]:
    """Return the passages of an office document in order; `page` is a slide. Raises SourceError."""
    name = display_url(uri)
    if len(body) > MOST_BYTES:
        raise SourceRefused(f"{name} has {len(body)} bytes; documents of at most {MOST_BYTES} bytes are read")
    _check(body, kind, name)
    found: list[Passage] = []
    title = uri.rstrip("/").rsplit("/", 1)[-1]
    for number, part in enumerate(await _parts(body, kind, name), start=1):
        headed = f"{title} › {part['title']}" if part.get("title") else title
        page = number if kind == "pptx" else None
        found += [
            Passage(uri=uri, title=headed, where=where, text=text, page=page, lines=lines)
            for text, lines in _pieces(part)
        ]
    if not found:
        raise SourceUnreadable(f"{name} has no text")
    return found


def _check(body: bytes, kind: DocumentKind, name: str) -> None:
    """Raise for what is no archive, or says itself that it unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise SourceUnreadable(f"{name} is damaged or no {kind} document ({error}); save it as .{kind} anew") from None
    if size > _UNPACKED:
        raise _bomb(name)


def _bomb(name: str) -> SourceUnreadable:
    return SourceUnreadable(f"{name} unpacks to more than the {_MEGABYTES} MB it may use; it may be a bomb")


def _pieces(part: dict[str, object]) -> list[tuple[str, tuple[int, int] | None]]:
    if "html" in part:
        soup = BeautifulSoup(str(part["html"]), "html.parser")
        return [(piece.text, None) for piece in chunks(markdown(soup))]
    if "rows" in part:
        rows = part["rows"]
        assert isinstance(rows, list)
        return list(rows_in_passages(rows_of_cells(rows)))
    return [(piece.text, None) for piece in chunks(str(part.get("text", "")))]


async def _parts(body: bytes, kind: DocumentKind, name: str) -> list[dict[str, object]]:
    try:
        output = await answer_of(_CHILD, (kind, str(_MEGABYTES), str(_SECONDS)), body, _SECONDS)
    except OutOfTime:
        raise SourceUnreadable(f"{name} took longer than {_SECONDS} seconds to read; give a part of it") from None
    try:
        answer = json.loads(output)
    except ValueError:
        raise _bomb(name) from None
    if fault := answer.get("fault"):
        raise SourceUnreadable(f"{name} is damaged or no {kind} document ({' '.join(str(fault).split())})")
    return list(answer["parts"])
