"""Markdown: an HTML element as text that keeps headings, lists, links, tables and code."""

import re
import textwrap
from urllib.parse import urljoin, urlsplit

from bs4.element import NavigableString, PreformattedString, Tag

_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
# fmt: off
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "header", "hgroup", "hr", "html", "li", "main", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "th", "thead", "tr", "ul", *_HEADINGS,
}
# fmt: on
_DEEPEST = 60
"""Elements nested deeper (a page made to break us, or a broken one) give plain text."""
_MOST_SPANNED = 100
_LONGEST_REPEATED = 100
"""Characters of a cell over several columns that are told in each."""
_SPACES = re.compile(r"[ \t\r\f\v\n\u00a0]+")


def markdown(element: Tag, base: str = "") -> str:
    """Return `element` as text; relative links are resolved against `base`."""
    text = _blocks(element, base, 0)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def deeper_than(element: Tag, most: int) -> bool:
    """Say whether elements are nested more than `most` deep; found without recursion."""
    level: list[Tag] = [element]
    for _ in range(most):
        level = [child for each in level for child in each.children if isinstance(child, Tag)]
    return bool(level)


def _blocks(element: Tag, base: str, depth: int) -> str:
    """Return the children: runs of inline content as paragraphs, blocks each by its own rule."""
    parts: list[str] = []
    run: list[str] = []
    for child in element.children:
        if isinstance(child, Tag) and (child.name in _BLOCKS or _holds_block(child)):
            _close(run, parts)
            parts.append(_block(child, base, depth + 1))
        else:
            run.append(_inline(child, base, depth + 1))
    _close(run, parts)
    return "\n\n".join(part for part in parts if part.strip())


def _holds_block(tag: Tag) -> bool:
    return any(isinstance(each, Tag) and each.name in _BLOCKS for each in tag.descendants)


def _close(run: list[str], parts: list[str]) -> None:
    parts.append(_lines("".join(run)))
    run.clear()


def _block(tag: Tag, base: str, depth: int) -> str:
    if depth > _DEEPEST:
        return _lines(tag.get_text(" "))
    if tag.name in _HEADINGS:
        text = " ".join(_inline_children(tag, base, depth).split())
        return f"{_HEADINGS[tag.name]} {text}" if text else ""
    match tag.name:
        case "pre":
            return _code(tag)
        case "ul" | "ol":
            return _list(tag, base, depth)
        case "table":
            return _table(tag, base, depth)
        case "blockquote":
            return "\n".join(f"> {line}".rstrip() for line in _blocks(tag, base, depth).split("\n"))
    return _blocks(tag, base, depth)


def _inline_children(tag: Tag, base: str, depth: int) -> str:
    return "".join(_inline(child, base, depth + 1) for child in tag.children)


def _inline(node: object, base: str, depth: int) -> str:
    if isinstance(node, PreformattedString):  # comments, doctypes
        return ""
    if isinstance(node, NavigableString):
        return _SPACES.sub(" ", node)
    if not isinstance(node, Tag) or depth > _DEEPEST:
        return _SPACES.sub(" ", node.get_text(" ")) if isinstance(node, Tag) else ""
    match node.name:
        case "br":
            return "\n"
        case "a":
            return _link(node, base, depth)
        case "code" | "kbd" | "samp" if text := node.get_text().strip():
            return f"`{text}`"
    return _inline_children(node, base, depth)


def _link(tag: Tag, base: str, depth: int) -> str:
    text = " ".join(_inline_children(tag, base, depth).split())
    href = str(tag.get("href") or "").strip()
    try:
        target = urljoin(base, href)
        useful = urlsplit(target).scheme in ("http", "https", "mailto", "") and not href.startswith("#")
    except ValueError:
        useful = False
    return f"[{text}]({target})" if text and href and useful else text


def _code(tag: Tag) -> str:
    inner = tag.find("code")
    classes = [str(name) for part in (tag, inner) if part for name in part.get_attribute_list("class") if name]
    language = next((name.removeprefix("language-") for name in classes if name.startswith("language-")), "")
    return f"```{language}\n{tag.get_text().strip(chr(10)).rstrip()}\n```"


def _list(tag: Tag, base: str, depth: int) -> str:
    rows = []
    for number, item in enumerate(tag.find_all("li", recursive=False), start=1):
        mark = f"{number}. " if tag.name == "ol" else "- "
        text = _blocks(item, base, depth + 1)
        if "```" not in text:  # an item stays together, but code keeps its blank lines
            text = text.replace("\n\n", "\n")
        if text:
            rows.append(mark + textwrap.indent(text, " " * len(mark)).lstrip())
    return "\n".join(rows)


def _table(tag: Tag, base: str, depth: int) -> str:
    """Return rows of cells; a table that only lays out a page (one column, or tables within) is read as blocks."""
    # Only its own rows: those of a table within are that table's, or each level would double them.
    own = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
    rows = [cells for row in own if (cells := row.find_all(["th", "td"], recursive=False))]
    if tag.find("table") or not rows or max(map(len, rows)) < 2:
        return "\n\n".join(_blocks(cell, base, depth + 2) for row in rows for cell in row)
    texts = _spread([[(_cell(cell, base, depth), cell) for cell in row] for row in rows])
    most = max(map(len, texts))
    lines = [f"| {' | '.join(row + [''] * (most - len(row)))} |" for row in texts]
    lines.insert(1, "|" + " --- |" * most)
    caption = tag.find("caption")
    return "\n".join([_lines(caption.get_text(" ")), *lines] if caption else lines)


def _spread(rows: list[list[tuple[str, Tag]]]) -> list[list[str]]:
    """Return the texts of cells where they stand; one over several rows or columns is told in each, if it is short."""
    spread: list[list[str]] = []
    waiting: dict[int, tuple[str, int]] = {}
    for row in rows:
        texts: list[str] = []
        for text, cell in row:
            _take_waiting(texts, waiting)
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            again = text if len(text) <= _LONGEST_REPEATED and len(row) > 1 else ""
            for at in range(wide):
                if high > 1:
                    waiting[len(texts)] = (again if at else text, high - 1)
                texts.append(again if at else text)
        _take_waiting(texts, waiting)
        spread.append(texts)
    return spread


def _take_waiting(texts: list[str], waiting: dict[int, tuple[str, int]]) -> None:
    """Put in what reaches down from rows above."""
    while (at := len(texts)) in waiting:
        text, left = waiting.pop(at)
        if left > 1:
            waiting[at] = (text, left - 1)
        texts.append(text)


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name) or "1").strip()
    return min(max(int(value), 1), _MOST_SPANNED) if value.isascii() and value.isdigit() else 1


def _cell(cell: Tag, base: str, depth: int) -> str:
    return " ".join(_blocks(cell, base, depth + 2).split()).replace("|", "\\|")


def _lines(text: str) -> str:
    return "\n".join(line for line in (" ".join(part.split()) for part in text.split("\n")) if line)
