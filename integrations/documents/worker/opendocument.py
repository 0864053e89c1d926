"""OpenDocument texts, sheets and slides: headings, lists, tables, notes, comments, formulas, headers and footers."""

from collections.abc import Iterator

from integrations.documents.worker.markdown_tables import as_markdown
from integrations.documents.worker.package import (
    Element,
    Package,
    attribute,
    below,
    child,
    children,
    local,
    on_one_line,
    texts,
)

_MOST_ROWS = 50_000
_MOST_COLUMNS = 16_384
_MOST_REPEATED = 1000
"""Times that one row or cell which says something is told."""
_DEEPEST = 40
_LONGEST_REPEATED = 100
_SILENT = {"tracked-changes", "sequence-decls", "forms", "title", "desc", "styles", "settings", "variable-decls"}
_GROUPS = {"section", "index-body", "table-of-content", "bibliography", "alphabetical-index", "text-box", "g", "a"}


def opendocument_parts(data: bytes) -> list[dict[str, object]]:
    """Return a text as one part, sheets and slides one by one; then headers and footers of a text."""
    document = _OpenDocument(Package(data))
    body = next(below(document.root, "body"), None)
    content = next(iter(body), None) if body is not None else None
    if content is None:
        raise ValueError("it has no body")
    if local(content) == "spreadsheet":
        return list(document.sheets(content))
    if local(content) in ("presentation", "drawing"):
        return list(document.slides(content))
    parts: list[dict[str, object]] = [{"title": "", "text": "\n\n".join(document.blocks(content, 0))}]
    margins = document.margins()
    return [*parts, {"title": "page headers and footers", "text": margins}] if margins else parts


class _OpenDocument:
    def __init__(self, package: Package) -> None:
        self.package = package
        self.root = package.xml("content.xml")
        styles = package.xml("styles.xml")
        self.styles = styles
        self.ordered = {
            attribute(each, "name")
            for root in (styles, self.root)
            for each in below(root, "list-style")
            if next((local(level) for level in each), "") == "list-level-style-number"
        }
        self.hidden = {
            attribute(each, "name")
            for each in below(self.root, "style")
            if attribute(child(each, "table-properties"), "display") == "false"
            or attribute(child(each, "drawing-page-properties"), "visibility") == "hidden"
        }

    def blocks(self, holder: Element, depth: int, list_: str = "") -> Iterator[str]:
        """Yield headings, paragraphs, lists and tables in order."""
        for each in holder if depth < _DEEPEST else ():
            name = local(each)
            if name in ("h", "p"):
                level = attribute(each, "outline-level", "1")
                mark = "#" * min(int(level) + 1, 6) + " " if name == "h" and level.isdigit() else ""
                text, hung = self.line(each, depth)
                if text:
                    yield mark + text
                yield from hung
            elif name == "list":
                if lines := list(self._entries(each, depth + 1, list_)):
                    yield "\n".join(lines)
            elif name == "table":
                if rows := [cells for _, cells in self._rows(each, depth)]:
                    yield "\n".join(as_markdown(rows))
            elif name in ("frame", "custom-shape", "rect", "ellipse", "object", "line", "caption", "polygon", "path"):
                yield from self._frame(each, depth + 1)
            elif name == "annotation":
                yield self._comment(each, depth)
            elif name in _GROUPS or (name not in _SILENT and name not in ("notes", "image", "plugin", "span")):
                yield from self.blocks(each, depth + 1, list_)

    def _entries(self, element: Element, depth: int, inherited: str) -> Iterator[str]:
        style = attribute(element, "style-name") or inherited
        for number, item in enumerate(each for each in element if local(each) in ("list-item", "list-header")):
            blocks = list(self.blocks(item, depth + 1, style))
            mark = f"{number + 1}. " if style in self.ordered else "- "
            for at, block in enumerate(blocks):
                lines = block.split("\n")
                is_own = at == 0 and local(next(iter(item), item)) != "list"
                yield (mark if is_own else "  ") + lines[0]
                yield from (f"  {line}" for line in lines[1:])

    def line(self, paragraph: Element, depth: int) -> tuple[str, list[str]]:
        """Return the text of a paragraph, and what hangs on it: notes, comments, frames."""
        hung: list[str] = []
        text = "".join(self._runs(paragraph, hung, depth))
        return on_one_line([text]), hung

    def _runs(self, element: Element, hung: list[str], depth: int) -> Iterator[str]:
        yield element.text or ""
        for each in element if depth < _DEEPEST else ():
            name = local(each)
            if name == "s" or name in ("tab", "line-break"):
                yield " "
            elif name == "note":
                label = on_one_line([texts(each, "note-citation")]) or str(len(hung) + 1)
                yield f"[^{label}]"
                body = child(each, "note-body")
                hung.append(f"[^{label}]: {on_one_line(self.blocks(body, depth + 1) if body is not None else ())}")
            elif name == "annotation":
                hung.append(self._comment(each, depth))
            elif name in ("frame", "custom-shape", "rect", "g"):
                hung += self._frame(each, depth + 1)
            elif name == "a":
                text, target = "".join(self._runs(each, hung, depth + 1)), attribute(each, "href")
                yield f"[{text}]({target})" if "://" in target and text.strip() != target else text
            elif name not in ("annotation-end", "bookmark", "soft-page-break", "ruby-text"):
                yield from self._runs(each, hung, depth + 1)
            yield each.tail or ""

    def _comment(self, element: Element, depth: int) -> str:
        who, when = texts(element, "creator"), texts(element, "date")
        by = ", ".join(filter(None, (who, when)))
        said = [self.line(each, depth + 1)[0] for each in below(element, "p")]
        return f"[comment{f' by {by}' if by else ''}: {on_one_line(said)}]"

    def _frame(self, frame: Element, depth: int) -> Iterator[str]:
        """Yield what a frame or a shape shows: its text, a table, a chart, an equation, a picture's description."""
        told = list(self.blocks(frame, depth))
        for each in below(frame, "object"):
            name = attribute(each, "href").removeprefix("./").strip("/")
            told += self._object(self.package.xml(f"{name}/content.xml"), depth) if name else []
        yield from told
        about = on_one_line(texts(child(frame, name), name) for name in ("title", "desc"))
        if about and not told:
            yield f"[picture: {about}]"

    def _object(self, root: Element | None, depth: int) -> list[str]:
        if root is None:
            return []
        if local(root) == "math":
            said = next((each.text or "" for each in below(root, "annotation")), "") or " ".join(root.itertext())
            return [f"${on_one_line([said])}$"]
        title = next((on_one_line([" ".join(each.itertext())]) for each in below(root, "title")), "")
        tables = ["\n".join(as_markdown([c for _, c in self._rows(each, depth)])) for each in below(root, "table")]
        return [f"Chart: {title}".rstrip(": "), *filter(None, tables)]

    def _rows(self, table: Element, depth: int) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that say something with their numbers; a merged cell is told in each of its rows."""
        number, told = 0, 0
        above: dict[int, tuple[str, int]] = {}
        for row in _content(table, "table-row"):
            count = min(_count(row, "number-rows-repeated"), _MOST_REPEATED * 1000)
            cells = self._cells(row, above, depth)
            if any(cells):
                for repeated in range(min(count, _MOST_REPEATED)):
                    told += 1
                    if told > _MOST_ROWS:
                        yield number + 1, [f"[from row {number + 1} on the table is not read, it is too long]"]
                        return
                    yield number + repeated + 1, cells
            number += count

    def _cells(self, row: Element, above: dict[int, tuple[str, int]], depth: int) -> list[str]:
        cells: list[str] = []
        wide = 0
        for cell in row:
            if local(cell) not in ("table-cell", "covered-table-cell") or len(cells) >= _MOST_COLUMNS:
                continue
            text = self._cell(cell, depth) if local(cell) == "table-cell" else ""
            at = len(cells)
            if local(cell) == "covered-table-cell" and wide > 0 and cells and at not in above:
                text, wide = cells[-1], wide - 1
            elif local(cell) == "covered-table-cell" and at in above:
                text, left = above.pop(at)
                if left > 1:
                    above[at] = (text, left - 1)
            span, down = _count(cell, "number-columns-spanned"), _count(cell, "number-rows-spanned")
            if local(cell) == "table-cell":
                wide = span - 1 if len(text) <= _LONGEST_REPEATED else 0
            for column in range(at, min(at + span, _MOST_COLUMNS) if text and down > 1 else at):
                above[column] = (text if column == at or len(text) <= _LONGEST_REPEATED else "", down - 1)
            repeated = _count(cell, "number-columns-repeated")
            cells += [text] * (min(repeated, _MOST_REPEATED) if text else min(repeated, _MOST_COLUMNS - at))
        while cells and not cells[-1]:
            cells.pop()
        return cells

    def _cell(self, cell: Element, depth: int) -> str:
        told = on_one_line(self.blocks(cell, depth + 1)) if len(cell) else ""
        formula = attribute(cell, "formula").partition(":")[2]
        if not told:
            told = attribute(cell, "date-value") or attribute(cell, "string-value") or attribute(cell, "value")
        if not formula:
            return told
        formula = formula.replace("[.", "").replace(":.", ":").replace("]", "")
        return f"{told} ({formula})" if told else f"{formula} (not computed)"

    def sheets(self, content: Element) -> Iterator[dict[str, object]]:
        for table in children(content, "table"):
            is_hidden = attribute(table, "style-name") in self.hidden
            title = attribute(table, "name") + " (hidden sheet)" * is_hidden
            yield {"title": title, "rows": list(self._rows(table, 0))}
            drawn = [block for each in children(table, "shapes") for block in self.blocks(each, 0)]
            if drawn:
                yield {"title": title, "text": "\n\n".join(drawn)}

    def slides(self, content: Element) -> Iterator[dict[str, object]]:
        for number, page in enumerate(children(content, "page"), start=1):
            blocks = list(self.blocks(page, 0))
            notes = [text for each in children(page, "notes") for text in self.blocks(each, 0)]
            if notes:
                blocks.append("Notes: " + "\n".join(notes))
            titles = [each for each in below(page, "frame") if attribute(each, "class") == "title"]
            title = on_one_line(self.blocks(titles[0], 0)) if titles else attribute(page, "name")
            is_hidden = attribute(page, "style-name") in self.hidden
            yield {"title": title + " (hidden slide)" * is_hidden, "text": "\n\n".join(blocks), "page": number}

    def margins(self) -> str:
        found: dict[str, None] = {}
        for each in below(
            self.styles, *(f"{kind}{which}" for kind in ("header", "footer") for which in ("", "-left", "-first"))
        ):
            if text := on_one_line(self.blocks(each, 0)):
                found[f"{local(each).split('-')[0]}: {text}"] = None
        return "\n".join(found)


def _content(table: Element, name: str) -> Iterator[Element]:
    """Yield the rows of a table, those of its header and of groups, too."""
    for each in table:
        if local(each) == name:
            yield each
        elif local(each) in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _content(each, name)


def _count(element: Element, name: str) -> int:
    value = attribute(element, name, "1")
    return max(1, int(value)) if value.isdigit() else 1
