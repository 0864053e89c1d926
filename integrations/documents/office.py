"""Documents of offices, e-mail and e-books as passages: a section, rows of a sheet, a slide, a chapter, a message."""

import io
import json
import zipfile
from pathlib import Path

from integrations.documents import libreoffice
from integrations.documents.kinds import MOST_BYTES, DocumentKind
from integrations.documents.tabular import rows_in_passages, rows_of_cells
from integrations.html import whole_html
from integrations.killable import OutOfTime, answer_of
from swarm.chunks import chunks
from swarm.errors import SourceRefused, SourceUnreadable
from swarm.passages import Passage
from swarm.text.display_url import display_url

_MEGABYTES = 1024
_SECONDS = 40
_CHILD = Path(__file__).parent / "worker" / "office.py"
_UNPACKED = 400_000_000
"""Bytes; its reader takes several times as many."""
_ZIPPED = frozenset(("docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"))
_WITHOUT = (
    "[read without LibreOffice (soffice), which is not installed: formulas, drawings and text boxes of this old format "
    "may be missing; save it in the newer format]"
)


async def document_passages(body: bytes, *, kind: DocumentKind, uri: str, where: str) -> list[Passage]:
    """Return the passages of a document in order; `page` is a slide. Raises SourceError."""
    name = display_url(uri)
    if len(body) > MOST_BYTES:
        raise SourceRefused(f"{name} has {len(body)} bytes; documents of at most {MOST_BYTES} bytes are read")
    parts = await _all_parts(body, kind, name)
    found: list[Passage] = []
    title = uri.rstrip("/").rsplit("/", 1)[-1]
    for part in parts:
        headed = f"{title} › {part['title']}" if part.get("title") else title
        number = part.get("page")
        page = number if isinstance(number, int) else None
        found += [
            Passage(uri=uri, title=headed, where=where, text=text, page=page, lines=lines)
            for text, lines in _pieces(part)
        ]
    if not found:
        raise SourceUnreadable(f"{name} has no text")
    return found


async def _all_parts(body: bytes, kind: DocumentKind, name: str) -> list[dict[str, object]]:
    """Return what a document says, an old one by LibreOffice if that is there; else what is missing is said."""
    if kind not in libreoffice.NEWER or not body.startswith(b"\xd0\xcf\x11\xe0"):
        if kind in _ZIPPED and not body.startswith((b"{\\rtf", b"\xd0\xcf\x11\xe0")):
            _check(body, kind, name)
        return await _parts(body, kind, name)
    made = await libreoffice.newer(body, kind)
    if made is not None:
        newer: DocumentKind = {"doc": "docx", "xls": "xlsx", "ppt": "pptx"}[kind]  # type: ignore[assignment]
        _check(made, newer, name)
        return await _parts(made, newer, name)
    found = await _parts(body, kind, name)
    return [*found, {"title": "", "text": _WITHOUT}] if found else found


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
    rows = part.get("rows")
    if isinstance(rows, list):
        return list(rows_in_passages(rows_of_cells(rows)))
    text = whole_html(str(part["html"]))[1] if "html" in part else str(part.get("text", ""))
    return [(piece.text, None) for piece in chunks(text)]


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
