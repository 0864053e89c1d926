"""The child that reads a document: its kind as argument, bytes on standard input, JSON on standard output.

Run by path; it may die at any time.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files of Office before 2007 begin, and newer ones that are encrypted."""
_ZIP = b"PK\x03\x04"
_RTF = b"{\\rtf"
_NEW = {"doc": "docx", "xls": "xlsx", "ppt": "pptx"}

Part = dict[str, object]
"""`title` with `text`, `html` or numbered `rows`; and the `page` it is, if it is one."""


def main(kind: str, megabytes: int, seconds: int) -> None:
    """Bound this process, then write `{"parts": [Part]}` or `{"fault": text}`."""
    data = sys.stdin.buffer.read()
    from integrations.documents.worker.limits import bound

    bound(megabytes, seconds)
    try:
        answer: dict[str, object] = {"parts": _reader(_true_kind(kind, data))(data)}
    except MemoryError:
        return
    except Exception as error:  # noqa: BLE001 - a hostile file may raise anything; the parent names it
        answer = {"fault": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answer))


def _true_kind(kind: str, data: bytes) -> str:
    """Return the kind by the first bytes, where a file has the name of another: many a .doc is RTF or a docx.

    Raises ValueError for one that is encrypted.
    """
    if data.startswith(_RTF):
        return "rtf"
    if data.startswith(_ZIP):
        return _NEW.get(kind, kind)
    if data.startswith(_OLD) and kind not in ("doc", "xls", "ppt", "msg"):
        raise ValueError("it is encrypted, or of an older program; save a copy without a password")
    return kind


def _reader(kind: str) -> Callable[[bytes], list[Part]]:
    """Return what reads a kind; imported here, as each takes time."""
    match kind:
        case "docx":
            from integrations.documents.worker.word import word_parts

            return word_parts
        case "xlsx":
            from integrations.documents.worker.sheets import sheet_parts

            return sheet_parts
        case "pptx":
            from integrations.documents.worker.slides import slide_parts

            return slide_parts
        case "odt" | "ods" | "odp":
            from integrations.documents.worker.opendocument import opendocument_parts

            return opendocument_parts
        case "epub":
            from integrations.documents.worker.epub import epub_parts

            return epub_parts
        case "doc" | "xls" | "ppt":
            from integrations.documents.worker import old_office

            return {"doc": old_office.doc_parts, "xls": old_office.xls_parts, "ppt": old_office.ppt_parts}[kind]
        case "eml" | "msg":
            from integrations.documents.worker import mail

            return mail.eml_parts if kind == "eml" else mail.msg_parts
    return _rtf_parts


def _rtf_parts(data: bytes) -> list[Part]:
    from striprtf import striprtf

    convert: Callable[..., object] = striprtf.rtf_to_text

    if not data.lstrip().startswith(_RTF):
        raise ValueError("it does not begin with {\\rtf")
    return [{"title": "", "text": str(convert(data.decode("latin-1"), encoding="cp1252", errors="replace"))}]


if __name__ == "__main__":
    import logging
    import warnings

    logging.disable()
    warnings.simplefilter("ignore")
    # Run with -I, the project is no place to import from by itself.
    sys.path.append(str(Path(__file__).parents[3]))
    main(sys.argv[1], *map(int, sys.argv[2:]))
