"""What hangs on a page of a PDF and is not in its text: fields of a form with their ticks, notes, attached files."""

from collections.abc import Iterator
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject

_MOST = 20_000
"""Annotations of a document that are looked at."""
_LONGEST = 20_000
_DEEPEST = 20
_NEAR = 260.0
"""Points to the left or the right of a field in which its label stands."""
_RADIO, _BUTTON, _PASSWORD = 1 << 15, 1 << 16, 1 << 13
_NO_NOTES = {"/Link", "/Widget", "/Popup", "/Screen", "/Movie", "/PrinterMark", "/TrapNet", "/Watermark", "/3D"}


def annotations(reader: Any, document: Any) -> dict[int, str]:
    """Return what hangs on the pages, by their numbers from 1; of a document of pypdf, and of PDFium if it opens it.

    A page whose annotations are broken is passed over.
    """
    found: dict[int, str] = {}
    left = _MOST
    for number, page in enumerate(reader.pages):
        try:
            held = [_resolved(each) for each in _resolved(page.get("/Annots")) or ()]
        except Exception:  # noqa: BLE001 - a hostile file may raise anything
            continue
        lines = list(_lines(held[:left], document, number)) if held else []
        left -= len(held)
        if lines:
            found[number + 1] = "\n".join(lines)
    if names := _attached(reader):
        found[1] = "\n".join(filter(None, (found.get(1, ""), *(f"[attached file {name}, not read]" for name in names))))
    return found


def _lines(held: list[Any], document: Any, number: int) -> Iterator[str]:
    fields, empty, notes = list[str](), 0, list[str]()
    text = document[number].get_textpage() if document is not None else None
    for each in held:
        try:
            if each.get("/Subtype") == "/Widget":
                told = _field(each, text)
                fields += [told] if told else []
                empty += told is None
            elif each.get("/Subtype") not in _NO_NOTES:
                notes.append(_note(each))
        except Exception:  # noqa: BLE001 - one that is broken keeps no other from being read
            continue
    if fields:
        yield "Filled in on this page:"
        yield from fields
    if empty and fields:
        yield f"({empty} more fields are empty)"
    yield from filter(None, notes)


def _resolved(value: Any) -> Any:
    return value.get_object() if value is not None and hasattr(value, "get_object") else value


def _inherited(widget: DictionaryObject, key: str) -> Any:
    """Return an entry of a field, or of those it is part of."""
    held: Any = widget
    for _ in range(_DEEPEST):
        if key in held:
            return _resolved(held[key])
        held = _resolved(held.get("/Parent"))
        if held is None:
            return None
    return None


def _field(widget: DictionaryObject, text: Any) -> str | None:
    """Return a field with its label and its value; None if it is empty, nothing for a button."""
    kind, flags = _inherited(widget, "/FT"), int(_inherited(widget, "/Ff") or 0)
    if kind == "/Btn" and flags & _BUTTON:
        return ""
    if kind == "/Btn":
        state = _resolved(widget.get("/AS")) or (None if flags & _RADIO else _inherited(widget, "/V"))
        if state in (None, "/Off", ""):
            return None
        chosen = f" {str(state).lstrip('/')}" if flags & _RADIO else ""
        return f"- [x] {_label(widget, text, is_box=True)}{chosen}"
    value = _value(widget, str(kind), flags)
    return f"- {_label(widget, text, is_box=False)}: {value}" if value else None


def _value(widget: DictionaryObject, kind: str, flags: int) -> str:
    value = _inherited(widget, "/V")
    if value is None:
        return ""
    if kind == "/Sig":
        name = _resolved(value.get("/Name")) if isinstance(value, DictionaryObject) else ""
        return f"signed by {name}" if name else "signed"
    if flags & _PASSWORD and kind == "/Tx":
        return "(a password, which is not told)"
    names = {}
    for each in _inherited(widget, "/Opt") or ():
        pair = _resolved(each)
        if isinstance(pair, ArrayObject) and len(pair) == 2:
            names[str(_resolved(pair[0]))] = str(_resolved(pair[1]))
    values = [_resolved(each) for each in value] if isinstance(value, ArrayObject) else [value]
    told = [each.get_data().decode("utf-8", "replace") if hasattr(each, "get_data") else str(each) for each in values]
    return ", ".join(" ".join(names.get(each, each)[:_LONGEST].split()) for each in told)


def _label(widget: DictionaryObject, text: Any, is_box: bool) -> str:
    """Return the text beside a field and the field's own name; of a box to tick what follows it comes first."""
    name = str(_inherited(widget, "/TU") or _inherited(widget, "/T") or "")
    beside = _beside(widget, text, is_box)
    own = " ".join(name.split())
    return (
        f"{beside} ({own})" if beside and own and own.casefold() not in beside.casefold() else beside or own or "field"
    )


def _beside(widget: DictionaryObject, text: Any, is_box: bool) -> str:
    rect = [float(each) for each in _resolved(widget.get("/Rect")) or ()]
    if text is None or len(rect) != 4:
        return ""
    left, bottom, right, top = (
        min(rect[0], rect[2]),
        min(rect[1], rect[3]),
        max(rect[0], rect[2]),
        max(rect[1], rect[3]),
    )
    before = str(text.get_text_bounded(left - _NEAR, bottom - 2, left + 1, top + 2)).split("\n")[-1]
    after = str(text.get_text_bounded(right - 1, bottom - 2, right + _NEAR, top + 2)).split("\n")[0]
    ordered = (after, before) if is_box and not before.rstrip().endswith(":") else (before, after if is_box else "")
    return next((" ".join(each.split()).rstrip(":") for each in ordered if each.strip()), "")[:120]


def _note(annotation: DictionaryObject) -> str:
    """Return a note, with who wrote it; a file that is attached is named."""
    kind = str(annotation.get("/Subtype", "")).lstrip("/")
    said = " ".join(str(_resolved(annotation.get("/Contents")) or "")[:_LONGEST].split())
    who = str(_resolved(annotation.get("/T")) or "")
    if kind == "FileAttachment":
        file = _resolved(annotation.get("/FS"))
        name = _resolved(file.get("/UF") or file.get("/F")) if isinstance(file, DictionaryObject) else file
        return f"[attached file {name}, not read{f': {said}' if said else ''}]"
    return f"[note{f' by {who}' if who else ''}: {said}]" if said else ""


def _attached(reader: Any) -> list[str]:
    """Return the names of files in the document."""
    try:
        return [str(name) for name in reader.attachments][:1000]
    except Exception:  # noqa: BLE001 - names that cannot be read
        return []
