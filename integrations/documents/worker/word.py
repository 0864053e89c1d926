"""Word documents: paragraphs, tables, notes, comments, text boxes, charts, headers and footers as Markdown."""

from collections.abc import Iterator

from integrations.documents.worker.charts import chart_text
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
)
from integrations.documents.worker.word_styles import Styles
from integrations.documents.worker.word_text import Text, words_of_diagram

_DEEPEST = 30
_LONGEST_REPEATED = 100
"""Characters of a cell over several columns that are told in each of them."""
_MOST_COLUMNS = 500


def word_parts(data: bytes) -> list[dict[str, object]]:
    """Return a document's body, then what stands on top and at the bottom of its pages."""
    document = Document(Package(data))
    parts: list[dict[str, object]] = [{"title": "", "text": document.body()}]
    margins = document.margins()
    return [*parts, {"title": "page headers and footers", "text": margins}] if margins else parts


class Document:
    """A Word document that is being read."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.part = package.main()
        self.styles = Styles(self._related("styles"), self._related("numbering"))
        self.relations = package.relations(self.part)
        self.notes = {
            (kind, attribute(each, "id")): each
            for kind in ("footnote", "endnote", "comment")
            for each in children(self._related(f"{kind}s"), kind)
        }

    def _related(self, kind: str) -> Element | None:
        return next((self.package.xml(part) for part in self.package.related(self.part, kind)), None)

    def body(self) -> str:
        """Return the text of the document; raises ValueError if it has no body."""
        body = child(self.package.xml(self.part), "body")
        if body is None:
            raise ValueError("it has no body")
        return "\n\n".join(self._blocks(body, 0))

    def margins(self) -> str:
        """Return the headers and footers, each once."""
        found: list[str] = []
        for kind in ("header", "footer"):
            for part in self.package.related(self.part, kind):
                root, self.relations = self.package.xml(part), self.package.relations(part)
                text = on_one_line(self._blocks(root, 0)) if root is not None else ""
                if text and f"{kind}: {text}" not in found:
                    found.append(f"{kind}: {text}")
        return "\n".join(found)

    def _blocks(self, holder: Element, depth: int) -> Iterator[str]:
        """Yield paragraphs and tables, entries of a list together."""
        entries: list[str] = []
        for element in _content(holder) if depth < _DEEPEST else ():
            is_table = local(element) == "tbl"
            mark = "" if is_table else self.styles.mark(element)
            lines = [self._table(element, depth + 1)] if is_table else list(self._paragraph(element, mark, depth + 1))
            if mark.strip() and not mark.startswith("#") and len(lines) == 1:
                entries += lines
                continue
            if entries:
                yield "\n".join(entries)
                entries = []
            yield from (line for line in lines if line.strip())
        if entries:
            yield "\n".join(entries)

    def _paragraph(self, element: Element, mark: str, depth: int) -> Iterator[str]:
        """Yield a paragraph, then what hangs on it."""
        held = Text(self.relations)
        text = held.read(element).strip()
        if text:
            yield mark + (on_one_line([text]) if mark.startswith("#") else text)
        for box in held.boxes:
            yield from self._blocks(box, depth)
        for drawing in held.drawings:
            yield from self._drawn(drawing)
        for kind, number in held.notes:
            if told := self._note(kind, number, depth):
                yield told

    def _note(self, kind: str, number: str, depth: int) -> str:
        element = self.notes.get((kind, number))
        text = on_one_line(self._blocks(element, depth)) if element is not None else ""
        if kind != "comment" or not text:
            return f"[^{number if kind == 'footnote' else f'e{number}'}]: {text}" if text else ""
        when = attribute(element, "date")
        who = ", ".join(filter(None, (attribute(element, "author"), when)))
        return f"[comment{f' by {who}' if who else ''}: {text}]"

    def _drawn(self, drawing: Element) -> Iterator[str]:
        for each in below(drawing, "chart", "relIds"):
            target = self.relations.get(attribute(each, "id") or attribute(each, "dm"))
            root = self.package.xml(target.target) if target and not target.is_outside else None
            told = chart_text(root) if local(each) == "chart" else "\n".join(words_of_diagram(root))
            if told:
                yield told

    def _table(self, table: Element, depth: int) -> str:
        rows = self._rows(table, depth)
        if len(rows) == 1 and len(rows[0]) == 1:  # a frame around text
            return "\n\n".join(block for cell in below(table, "tc") for block in self._blocks(cell, depth))
        return "\n".join(as_markdown(rows)) if rows else ""

    def _rows(self, table: Element, depth: int) -> list[list[str]]:
        """Return the texts of the cells; one over several columns or rows is told in each."""
        rows: list[list[str]] = []
        for element in _content(table, "tr"):
            row = [""] * _number(child(element, "trPr", "gridBefore"))
            for cell in _content(element, "tc"):
                properties = child(cell, "tcPr")
                merge = child(properties, "vMerge")
                goes_on = merge is not None and attribute(merge, "val", "continue") == "continue"
                text = self._cell(cell, depth)
                if goes_on and not text and rows and len(row) < len(rows[-1]):
                    text = rows[-1][len(row)]
                span = max(1, _number(child(properties, "gridSpan")))
                row += [text] + [text if len(text) <= _LONGEST_REPEATED else ""] * (min(span, _MOST_COLUMNS) - 1)
            rows.append(row[:_MOST_COLUMNS])
        return rows

    def _cell(self, cell: Element, depth: int) -> str:
        """Return the text of a cell; a table in it with commas between cells and semicolons between rows."""
        told: list[str] = []
        for element in _content(cell) if depth < _DEEPEST else ():
            if local(element) == "tbl":
                told.append("; ".join(", ".join(row) for row in self._rows(element, depth + 1)))
            else:
                told += self._paragraph(element, self.styles.mark(element).lstrip("# "), depth + 1)
        return on_one_line(told)


def _content(holder: Element, *names: str) -> Iterator[Element]:
    """Yield the paragraphs and tables (or what is named) in an element, also those in controls and insertions."""
    wanted = names or ("p", "tbl")
    for each in holder:
        if local(each) in wanted:
            yield each
        elif local(each) in ("sdt", "sdtContent", "ins", "customXml", "smartTag", "moveTo"):
            yield from _content(each, *wanted)


def _number(element: Element | None) -> int:
    value = attribute(element, "val", "0")
    return min(int(value), _MOST_COLUMNS) if value.isdigit() else 0
