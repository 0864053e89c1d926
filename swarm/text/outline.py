"""Outlines: headings of prose, definitions of code, columns of a table, keys of JSON, with their lines."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from pydantic import JsonValue

_MOST_ROWS = 200_000
_MOST_KEYS = 60
_LONGEST = 160
_FENCE = re.compile(r"^\s{0,3}(```|~~~)")
_MARKDOWN = re.compile(r"^(#{1,6})\s+(.*\S)")
_RST = re.compile(r"^([=\-~^\"'`#*+.:_])\1{2,}\s*$")
_JS = (
    r"^(\s*)(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?"
    r"(?:(?:async\s+)?function\b|class\b|interface\b|enum\b|type\s+\w+\s*=|(?:const|let)\s+\w+\s*=\s*(?:async\s*)?\()"
)
_DEFINITIONS: dict[str, str] = {
    **dict.fromkeys((".py", ".pyi"), r"^(\s*)(?:async\s+def|def|class)\s+\w+"),
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx"), _JS),
    ".go": r"^()(?:func|type)\s",
    ".rs": r"^(\s*)(?:pub(?:\([^)]*\))?\s+)?(?:async\s+)?(?:fn|struct|enum|impl|trait|mod)\b",
    ".rb": r"^(\s*)(?:def|class|module)\s",
    **dict.fromkeys(
        (".java", ".kt", ".cs", ".scala", ".php"),
        r"^(\s*)(?:(?:public|private|protected|static|final|abstract|open|internal|sealed|data)\s+)*"
        r"(?:class|interface|enum|record|object|trait|fun|function|namespace)\b",
    ),
    **dict.fromkeys(
        (".c", ".h", ".cc", ".cpp", ".hpp"), r"^()(?:class|struct|enum|namespace|[A-Za-z_][\w:<>,\s*&]*\([^;]*$)"
    ),
    **dict.fromkeys((".sh", ".bash"), r"^(\s*)(?:function\s+)?[\w-]+\s*\(\)"),
    ".sql": r"(?i)^(\s*)create\s",
    **dict.fromkeys((".toml", ".ini", ".cfg"), r"^()\[[^\]]+\]"),
    **dict.fromkeys((".yaml", ".yml"), r"^()[\w.\"'-]+:"),
}
_TABLES = {".csv": ",", ".tsv": "\t"}


class Entry(NamedTuple):
    """One heading or definition: its line, from 1, its level, from 1, and its words."""

    line: int
    level: int
    title: str


def entries(lines: Sequence[str], name: str = "") -> list[Entry]:
    """Return the headings or definitions of a text, by the suffix of its name; prose where that says nothing."""
    pattern = _DEFINITIONS.get(PurePosixPath(name).suffix.lower())
    return list(_defined(lines, re.compile(pattern)) if pattern else _headings(lines))


def outline(lines: Sequence[str], name: str = "") -> str:
    """Say what is in a text, a line for each part with its place; for a table its columns, rows and ranges."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _TABLES:
        return table_outline(lines, _TABLES[suffix])
    if suffix == ".json" and (keys := _json_outline("\n".join(lines))):
        return keys
    found = entries(lines, name)
    return "\n".join(f"{each.line}: {'  ' * (each.level - 1)}{each.title[:_LONGEST]}" for each in found)


def table_outline(lines: Sequence[str], delimiter: str = ",") -> str:
    """Describe a table: how many rows, and for each column its name, how many values differ, and its range."""
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines[:_MOST_ROWS])), delimiter=delimiter))
    except csv.Error:
        return ""
    rows = [row for row in rows if row]
    if not rows:
        return ""
    header, body = rows[0], rows[1:]
    told = [f"{len(body)} rows, {len(header)} columns"]
    for at, column in enumerate(header[:_MOST_KEYS]):
        told.append(f"- {column}: {_range([row[at] for row in body if at < len(row)])}")
    if len(header) > _MOST_KEYS:
        told.append(f"- and {len(header) - _MOST_KEYS} more columns")
    return "\n".join(told)


def _range(values: Sequence[str]) -> str:
    filled = [value.strip() for value in values if value.strip()]
    empty = f", {len(values) - len(filled)} empty" if len(filled) < len(values) else ""
    try:
        numbers = [float(value) for value in filled]
    except ValueError:
        kinds = sorted(set(filled))
        shown = ", ".join(kinds) if len(kinds) <= 8 else f"{kinds[0]} to {kinds[-1]}"
        return f"{len(kinds)} different texts: {shown[:_LONGEST]}{empty}"
    return f"numbers from {min(numbers):g} to {max(numbers):g}{empty}" if numbers else f"all {len(values)} empty"


def _json_outline(text: str) -> str:
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if isinstance(value, list):
        return f"a list of {len(value)} items; the first: {_kind(value[0], deep=True) if value else 'none'}"
    if isinstance(value, dict):
        rows = [f"- {key}: {_kind(each)}" for key, each in list(value.items())[:_MOST_KEYS]]
        more = [f"- and {len(value) - _MOST_KEYS} more keys"] if len(value) > _MOST_KEYS else []
        return "\n".join([f"an object with {len(value)} keys", *rows, *more])
    return ""


def _kind(value: JsonValue, deep: bool = False) -> str:
    if isinstance(value, dict):
        return f"an object with {', '.join(list(value)[:_MOST_KEYS])}" if deep else f"an object with {len(value)} keys"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return json.dumps(value, ensure_ascii=False)[:_LONGEST]


def _headings(lines: Sequence[str]) -> Iterator[Entry]:
    fenced, levels = False, dict[str, int]()
    for number, line in enumerate(lines, 1):
        if _FENCE.match(line):
            fenced = not fenced
        if fenced:
            continue
        if found := _MARKDOWN.match(line):
            yield Entry(number, len(found[1]), found[2])
        elif (rule := _RST.match(line)) and number > 1:
            title = lines[number - 2].rstrip()
            before = lines[number - 3].strip() if number > 2 else ""
            if (
                title.strip()
                and title == title.lstrip()
                and not _RST.match(title)
                and len(line.rstrip()) >= len(title) - 1
            ):
                if before and not _RST.match(before):
                    continue
                yield Entry(number - 1, levels.setdefault(rule[1], len(levels) + 1), title)


def _defined(lines: Sequence[str], pattern: re.Pattern[str]) -> Iterator[Entry]:
    depths: list[int] = []
    for number, line in enumerate(lines, 1):
        if found := pattern.match(line[:500]):
            indent = len(found[1].expandtabs(4))
            while depths and depths[-1] >= indent:
                depths.pop()
            depths.append(indent)
            yield Entry(number, len(depths), line.strip().rstrip("{:").rstrip())
