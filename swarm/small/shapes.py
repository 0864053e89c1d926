"""Shapes: what the writer of a program is shown of the files it will read: their first lines, never all of them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from swarm.prompts.frame import data

_LINES = 5
_WIDTH = 110
_ROWS = 3
_MOST_SHOWN = 3
"""Files whose first lines are shown; of further ones the names."""
_MOST_NAMES = 40
_TABLES = (".csv", ".tsv")


def shapes(files: Mapping[str, bytes], wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a frame for each of the first files, then the names of the others; `wanted` says which to show first."""
    names = [*(name for name in wanted if name in files), *(name for name in files if name not in wanted)]
    shown = [data(name, shape(name, files[name])) for name in names[:_MOST_SHOWN]]
    others = names[_MOST_SHOWN : _MOST_SHOWN + _MOST_NAMES]
    more = len(names) - _MOST_SHOWN - len(others)
    if others:
        shown.append(f"and: {', '.join(others)}{f', and {more} more' if more > 0 else ''}")
    return tuple(shown)


def shape(name: str, content: bytes) -> str:
    """Return the first lines of a text, the keys of JSON, or what kind of file it is."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return f"(binary, {len(content)} bytes)"
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".json" and len(text) > _LINES * _WIDTH and (told := _json(text)):
        return told
    lines = text.splitlines()
    most = _ROWS if suffix in _TABLES else _LINES
    rows = [line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…" for line in lines[:most]]
    if len(lines) > most:
        rows.append(f"… {len(lines) - most} more lines")
    return "\n".join(rows) or "(empty)"


def _json(text: str) -> str:
    """Write JSON shortened: of each list the first item, of each text its beginning."""
    try:
        return json.dumps(_short(json.loads(text), 0), ensure_ascii=False)[: 2 * _LINES * _WIDTH]
    except (ValueError, RecursionError):
        return ""


def _short(value: object, depth: int) -> object:
    if isinstance(value, dict):
        return {key: _short(inner, depth + 1) for key, inner in list(value.items())[:12]} if depth < 5 else {}
    if isinstance(value, list):
        more = [f"… {len(value) - 1} more"] if len(value) > 1 else []
        return [_short(value[0], depth + 1), *more] if value and depth < 5 else []
    return f"{value[:40]}…" if isinstance(value, str) and len(value) > 41 else value
