"""File names as text: any bytes in them are shown, and a name finds its file however it spells its letters.

On disk a name is bytes. As text, a byte that is no UTF-8, and a character that no line can show, is written as `\\xNN`.
Macs write letters and their accents apart (NFD), people and models write them in one (NFC).
"""

import os
import re
import unicodedata
from pathlib import Path

_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MOST = 100_000
"""Entries of one folder that are looked through for a name."""


def shown(name: str) -> str:
    """Return a name, or a path, as text that any line, document and database can hold; most are as they were."""
    return _UNSHOWN.sub(_escaped, name)


def on_disk(path: Path) -> Path:
    """Return the path that is there under a name as it is shown or spelt: the very one, else the only one it can mean.

    What is nowhere is returned as it was. Where two names differ in their spelling alone, each means itself.
    """
    if os.path.lexists(path):
        return path
    here = Path(path.anchor or ".")
    for part in path.parts[1:] if path.anchor else path.parts:
        here = _entry(here, part)
    return here


def composed(text: str) -> str:
    """Return a text in the one spelling of its letters in which names are compared."""
    return unicodedata.normalize("NFC", text)


def same_name(one: str, other: str) -> bool:
    """Say whether two names are the same to a person."""
    return _key(one) == _key(other)


def names_in(text: str, name: str) -> bool:
    """Say whether a text names a file, in any spelling of its letters."""
    return _key(name) in composed(text)


def _entry(folder: Path, name: str) -> Path:
    plain = folder / name
    # A plain name has one spelling: to read the folder for each new file would take the square of their number.
    if (name.isascii() and "\\x" not in name) or os.path.lexists(plain):
        return plain
    key = _key(name)
    try:
        with os.scandir(folder) as entries:
            alike = [entry.name for entry, _ in zip(entries, range(_MOST), strict=False) if _key(entry.name) == key]
    except OSError:
        return plain
    return folder / alike[0] if len(alike) == 1 else plain


def _key(name: str) -> str:
    return composed(shown(name))


def _escaped(found: re.Match[str]) -> str:
    try:
        data = os.fsencode(found[0])
    except UnicodeEncodeError:  # half a pair, as no file has it
        return "\ufffd"
    return "".join(f"\\x{byte:02x}" for byte in data)
