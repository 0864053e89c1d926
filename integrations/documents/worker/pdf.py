"""The child that reads a PDF: a line of JSON and the document on standard input, JSON on standard output.

pypdf opens it, decrypts it and gives metadata and outline; PDFium gives the text, faster and of more damaged files;
each does alone what the other cannot. Run by path, it may die at any time.
"""

import io
import json
import sys
from pathlib import Path
from typing import Any

_MOST_TEXT = 40_000_000
"""Characters; the parent has to hold them too."""
_MOST_HEADINGS = 2000
_MOST_OUTLINE_DEPTH = 8


def main(pages: int, megabytes: int, seconds: int) -> None:
    """Bound this process, then write what a document says, or `{"fault", "detail"}`.

    That is `{"title", "author", "outline", "pages": [text], "notes": {page: text}}`.
    """
    # Read before the bound, so that a document's own size is not what breaks it.
    password = json.loads(sys.stdin.buffer.readline())["password"]
    data = sys.stdin.buffer.read()
    from integrations.documents.worker.limits import bound

    bound(megabytes, seconds)
    try:
        answer = _read(data, pages, password)
    except MemoryError:
        answer = {"fault": "memory", "detail": ""}
    except Exception as error:  # noqa: BLE001 - a hostile file may raise anything; the parent names it
        answer = _fault(error)
    sys.stdout.write(json.dumps(answer))


def _fault(error: Exception) -> dict[str, object]:
    limit = type(error).__name__ == "LimitReachedError"
    return {"fault": "memory" if limit else "damaged", "detail": f"{type(error).__name__}: {error}"[:200]}


def _read(data: bytes, most: int, password: str) -> dict[str, object]:
    reader, told = _told_by_pypdf(data, password)
    if told.get("fault") == "encrypted":
        return told
    import pypdfium2  # type: ignore[import-untyped]

    try:
        document = pypdfium2.PdfDocument(data, password=password or None)
    except pypdfium2.PdfiumError as error:
        # Of some encryptions PDFium says that the password is wrong, though pypdf has opened the document with it.
        if "fault" in told and "password" in str(error).lower():
            return {"fault": "encrypted", "detail": ""}
        return told if reader is None else _text_by_pypdf(reader, most, told)
    if len(document) > most:
        return {"fault": "pages", "detail": str(len(document))}
    from integrations.documents.worker.pdf_tables import page_text

    texts, left = list[str](), _MOST_TEXT
    for number in range(len(document)):
        page = document[number]
        texts.append(page_text(page))
        page.close()
        left -= len(texts[-1])
        if left < 0:
            return {"fault": "memory", "detail": ""}
    known = {} if "fault" in told else told
    return {"title": "", "author": "", "outline": [], "notes": {}} | known | {"pages": texts} | _notes(reader, document)


def _notes(reader: Any, document: Any) -> dict[str, object]:
    """Return what hangs on the pages, by their numbers from 1."""
    from integrations.documents.worker.pdf_annotations import annotations

    try:
        return {"notes": annotations(reader, document) if reader is not None else {}}
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the text of a document is worth more than what hangs on it
        return {"notes": {1: f"[notes and forms of this document cannot be read: {type(error).__name__}]"}}


def _told_by_pypdf(data: bytes, password: str) -> tuple[Any, dict[str, object]]:
    """Return pypdf's reader, and title, author and outline; or none, and the fault that keeps pypdf from them."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data))
        # Many files are encrypted with an empty password, only to forbid printing; those open.
        if reader.is_encrypted and not (reader.decrypt("") or reader.decrypt(password)):
            return None, {"fault": "encrypted", "detail": ""}
        about = reader.metadata
        title, author = (str(about.title or ""), str(about.author or "")) if about else ("", "")
        return reader, {"title": title, "author": author, "outline": _outline(reader)}
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - PDFium may read what pypdf does not
        return None, _fault(error)


def _outline(reader: object) -> list[tuple[int, str]]:
    """Return the headings with their pages, from 1, in order; none if the outline is broken."""
    found: list[tuple[int, str]] = []

    def walk(entries: object, depth: int) -> None:
        for entry in entries if isinstance(entries, list) and depth < _MOST_OUTLINE_DEPTH else ():
            if isinstance(entry, list):
                walk(entry, depth + 1)
            elif len(found) < _MOST_HEADINGS:
                number = reader.get_destination_page_number(entry)  # type: ignore[attr-defined]
                if number is not None and number >= 0:
                    found.append((number + 1, " ".join(str(entry.title).split())[:120]))

    try:
        walk(reader.outline, 0)  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - a document without an outline is still a document
        return []
    return sorted(found, key=lambda each: each[0])


def _text_by_pypdf(reader: Any, most: int, told: dict[str, object]) -> dict[str, object]:
    if len(reader.pages) > most:
        return {"fault": "pages", "detail": str(len(reader.pages))}
    return told | {"pages": [page.extract_text() for page in reader.pages]} | _notes(reader, None)


if __name__ == "__main__":
    import logging

    logging.disable()
    # Run with -I, the project is no place to import from by itself.
    sys.path.append(str(Path(__file__).parents[3]))
    main(*map(int, sys.argv[1:]))
