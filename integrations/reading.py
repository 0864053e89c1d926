"""Reading: bytes of any kind we know, as passages; files, pages and repositories share it."""

import asyncio
from pathlib import PurePath
from typing import Literal

from pydantic import SecretStr

from integrations.documents.kinds import KINDS, SUFFIXES, TYPES, UNREAD, DocumentKind
from integrations.documents.tabular import notebook_text, readable_json, rows_in_passages, rows_of_csv
from swarm.chunks import chunks
from swarm.errors import SourceUnreadable
from swarm.passages import Passage
from swarm.text.display_url import display_url
from swarm.text.redaction import redact

Kind = Literal["pdf", "html", "text", "table", "json", "notebook"] | DocumentKind

_KINDS: dict[str, Kind] = {
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".csv", ".tsv"), "table"),
    **{".pdf": "pdf", ".json": "json", ".ipynb": "notebook"},
    **SUFFIXES,
}
BINARY: frozenset[Kind] = frozenset(("pdf", *KINDS))
"""Kinds that are no plain text."""
_HTML_TYPES = {"text/html", "application/xhtml+xml"}
_LONGEST_POINTER = 1024
_LFS = b"version https://git-lfs.github.com/spec/"
_ANNEX = b"/annex/objects/"
_OLD: frozenset[Kind] = frozenset(("doc", "xls", "ppt", "msg", "rtf"))
_MAGIC = (b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"{\\rtf")
_BOMS = (b"\xff\xfe", b"\xfe\xff")


def kind_of_name(name: str) -> Kind:
    """Say how a file of that name is read; what is no PDF and no page is tried as text."""
    return _KINDS.get(PurePath(name).suffix.lower(), "text")


def kind_of_page(content_type: str, body: bytes) -> Kind:
    """Say how a fetched body is read: by its type, or by its first bytes where the type says nothing."""
    head = body[:1024].lstrip().lower()
    if content_type == "application/pdf" or head.startswith(b"%pdf-"):
        return "pdf"
    if office := TYPES.get(content_type):
        return office
    vague = content_type in ("", "application/octet-stream")
    if content_type in _HTML_TYPES or (vague and head.startswith((b"<!doctype html", b"<html"))):
        return "html"
    return "text"


async def read(
    body: bytes,
    *,
    kind: Kind,
    uri: str,
    where: str,
    charset: str | None = None,
    password: SecretStr | None = None,
) -> list[Passage]:
    """Return all passages of one document in order; raises SourceUnreadable or SourceRefused, also if it has none."""
    if pointer := pointed(body):
        raise SourceUnreadable(f"{display_url(uri)} {pointer}")
    kind = _as_written(kind, body)
    if kind == "pdf":
        from integrations.pdf import pdf_passages

        return await pdf_passages(body, uri=uri, where=where, password=password)
    if kind == "html":
        return await asyncio.to_thread(_page, body, charset, uri, where)
    if kind == "text" or kind == "table" or kind == "json" or kind == "notebook":
        return _text(body, charset, uri, where, kind)
    from integrations.documents.office import document_passages

    return await document_passages(body, kind=kind, uri=uri, where=where)


def _as_written(kind: Kind, body: bytes) -> Kind:
    """Return how a file is read that has the name of an old document and is a text: many an .xls is CSV or a page."""
    if kind not in _OLD or body.startswith(_MAGIC) or looks_binary(body):
        return kind
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")):
        return "html"
    return "table" if kind == "xls" and not head.startswith(b"<") else "text"


def decode(body: bytes, charset: str | None, name: str, is_html: bool = False) -> str:
    """Return text by byte order mark, the claimed charset, UTF-8, what HTML declares, or the likeliest guess.

    It is redacted here, before anybody cuts it.
    """
    from bs4.dammit import UnicodeDammit

    if pointer := pointed(body):
        raise SourceUnreadable(f"{display_url(name)} {pointer}")
    if looks_binary(body):
        raise SourceUnreadable(binary(name))
    # A claim that no codec knows, or that the bytes contradict, is passed over.
    text = UnicodeDammit(body, user_encodings=[charset or "utf-8", "utf-8"], is_html=is_html).unicode_markup
    if text is None:
        raise SourceUnreadable(f"{display_url(name)} is in an unknown charset; save it as UTF-8")
    return redact(text)


def binary(name: str) -> str:
    """Return the line for a file that is no text and no document that is read here."""
    if known := UNREAD.get(PurePath(name).suffix.lower()):
        return f"{display_url(name)} is {known}, which is not read here; save it as a PDF, or in an open format"
    return f"{display_url(name)} is binary, not text; give a text, a page or a document"


def pointed(body: bytes) -> str:
    """Return what is to be said of a file that stands for another: a pointer of Git LFS or of git-annex; or nothing."""
    if len(body) < _LONGEST_POINTER and body.startswith(_LFS):
        size = next((line[5:] for line in body.decode("ascii", "replace").split("\n") if line.startswith("size ")), "?")
        return (
            f"is a pointer of Git LFS: its content, {size} bytes, is kept elsewhere; "
            "run `git lfs pull` in a clone and name the file there"
        )
    if len(body) < _LONGEST_POINTER and body.startswith(_ANNEX) and body.count(b"\n") <= 1:
        return "is a pointer of git-annex: its content is kept elsewhere; run `git annex get` and name the file there"
    return ""


def looks_binary(body: bytes) -> bool:
    """Say whether the first bytes are those of no text: zeros, or many control characters."""
    head = body[:8192]
    if head.startswith(_BOMS):
        return False
    controls = sum(byte < 9 or 13 < byte < 27 for byte in head)
    return b"\0" in head or controls > len(head) / 20


def _page(body: bytes, charset: str | None, uri: str, where: str) -> list[Passage]:
    from integrations.html import frames_in, html_text, whole_html

    # A page on the web stands among menus and advertisements; of a file all is what somebody has kept.
    read_html = html_text if where == "web" else whole_html
    html, base = decode(body, charset, uri, is_html=True), uri if "://" in uri else ""
    title, text = read_html(html, base=base)
    if not text.strip() and (frames := [display_url(each)[:100] for each in frames_in(html, base)]):
        raise SourceUnreadable(
            f"{display_url(uri)} has no text of its own, only frames: {', '.join(frames[:4])}; ask for those"
        )
    if not text.strip():
        raise SourceUnreadable(f"{display_url(uri)} has no readable text; it may need JavaScript")
    return [Passage(uri=uri, title=title, where=where, text=chunk.text) for chunk in chunks(text)]


def _text(body: bytes, charset: str | None, uri: str, where: str, kind: Kind) -> list[Passage]:
    text = decode(body, charset, uri)
    pieces: list[tuple[str, tuple[int, int] | None]]
    if kind == "table":
        pieces = list(rows_in_passages(rows_of_csv(text)))
    elif kind == "notebook":
        pieces = [(piece.text, None) for piece in chunks(notebook_text(text))]
    elif kind == "json" and (readable := readable_json(text)) != text:
        pieces = [(piece.text, None) for piece in chunks(readable)]
    else:
        pieces = [(piece.text, piece.lines) for piece in chunks(text, name=uri)]
    if not pieces:
        raise SourceUnreadable(f"{display_url(uri)} is empty")
    title = uri.rstrip("/").rsplit("/", 1)[-1]
    return [Passage(uri=uri, title=title, where=where, text=text, lines=lines) for text, lines in pieces]
