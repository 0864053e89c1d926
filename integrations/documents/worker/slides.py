"""PowerPoint slides: titles, texts, groups, tables, charts, diagrams, notes, comments, hidden slides."""

from collections.abc import Iterator

from integrations.documents.worker.charts import chart_text
from integrations.documents.worker.equations import latex
from integrations.documents.worker.markdown_tables import as_markdown
from integrations.documents.worker.package import (
    Element,
    Package,
    Relation,
    attribute,
    below,
    child,
    children,
    local,
    on_one_line,
    texts,
)
from integrations.documents.worker.word_text import words_of_diagram

_MOST_SLIDES = 2000
_DEEPEST = 30
_LONGEST_REPEATED = 100
_MARGINS = {"dt", "ftr", "sldNum", "hdr", "sldImg"}
"""Places for a date, a footer, a number: the same on every slide."""


def slide_parts(data: bytes) -> list[dict[str, object]]:
    """Return the slides of a presentation in order; one is a page."""
    package = Package(data)
    main = package.main()
    relations = package.relations(main)
    slides = [relations.get(each) for each in _slide_ids(package.xml(main))]
    parts: list[dict[str, object]] = []
    for number, slide in enumerate(slides[:_MOST_SLIDES], start=1):
        told = _Slide(package, slide.target).part() if slide is not None else {"title": "", "text": ""}
        parts.append({**told, "page": number})
    if len(slides) > _MOST_SLIDES:
        told = {"title": "", "text": f"From here on {len(slides) - _MOST_SLIDES} slides were not read."}
        parts.append({**told, "page": _MOST_SLIDES + 1})
    return parts


def _slide_ids(root: Element | None) -> list[str]:
    if root is None:
        raise ValueError("it has no slides")
    # Of `id` and `r:id` the second is meant.
    found = [[value for key, value in each.items() if key.endswith("}id")] for each in below(root, "sldId")]
    return [values[0] for values in found if values]


class _Slide:
    def __init__(self, package: Package, part: str) -> None:
        self.package, self.name = package, part
        self.root = package.xml(part)
        self.relations: dict[str, Relation] = package.relations(part)
        self.title = ""

    def part_of(self, kind: str) -> Element | None:
        return next((self.package.xml(part) for part in self.package.related(self.name, kind)), None)

    def part(self) -> dict[str, object]:
        if self.root is None:
            return {"title": "", "text": "[this slide is damaged and was not read]"}
        blocks = [block for block in self._shapes(child(self.root, "cSld", "spTree"), 0) if block.strip()]
        notes = self.part_of("notesSlide")
        if notes is not None and (told := "\n".join(_notes(notes))):
            blocks.append(f"Notes: {told}")
        blocks += self._comments()
        is_hidden = attribute(self.root, "show", "1") in ("0", "false")
        return {"title": (self.title + " (hidden slide)" * is_hidden).strip(), "text": "\n\n".join(blocks)}

    def _shapes(self, tree: Element | None, depth: int) -> Iterator[str]:
        """Yield what each shape says, in order, groups unfolded."""
        for each in tree if tree is not None and depth < _DEEPEST else ():
            name = local(each)
            if name in ("grpSp", "AlternateContent", "Choice", "Fallback"):
                inner = list(self._shapes(each, depth + 1))
                yield from inner
                if name == "Choice" and any(inner):
                    return
            elif name in ("sp", "cxnSp"):
                yield self._text(each)
            elif name == "graphicFrame":
                yield from self._frame(each)
            elif name == "pic":
                told = attribute(next(below(each, "cNvPr"), None), "descr")
                yield f"[picture: {on_one_line([told])}]" if told else ""

    def _text(self, shape: Element) -> str:
        place = next(below(shape, "ph"), None)
        kind = attribute(place, "type", "body") if place is not None else ""
        if kind in _MARGINS:
            return ""
        lines = list(_paragraphs(child(shape, "txBody")))
        if kind in ("title", "ctrTitle") and not self.title:
            self.title = on_one_line(lines)
        return "\n".join(lines)

    def _frame(self, frame: Element) -> Iterator[str]:
        for table in below(frame, "tbl"):
            rows = _rows(table)
            yield "\n".join(as_markdown(rows)) if rows else ""
        for each in below(frame, "chart", "relIds", "oleObj"):
            if local(each) == "oleObj":
                yield f"[embedded {attribute(each, 'progId') or 'object'}, not read]"
                continue
            target = self.relations.get(attribute(each, "id") or attribute(each, "dm"))
            root = self.package.xml(target.target) if target and not target.is_outside else None
            yield chart_text(root) if local(each) == "chart" else "\n".join(words_of_diagram(root))

    def _comments(self) -> Iterator[str]:
        for part in self.package.related(self.name, "comments"):
            authors = self._authors()
            for each in below(self.package.xml(part), "cm", "reply"):
                body = child(each, "txBody")
                text = on_one_line(_paragraphs(body)) if body is not None else texts(child(each, "text"), "text")
                when = attribute(each, "dt") or attribute(each, "created")
                by = ", ".join(filter(None, (authors.get(attribute(each, "authorId"), ""), when)))
                yield f"[comment{f' by {by}' if by else ''}: {text}]"

    def _authors(self) -> dict[str, str]:
        main = self.package.main()
        parts = [*self.package.related(main, "commentAuthors"), *self.package.related(main, "authors")]
        found = [each for part in parts for each in below(self.package.xml(part), "cmAuthor", "author")]
        return {attribute(each, "id"): attribute(each, "name") for each in found}


def _paragraphs(body: Element | None) -> Iterator[str]:
    counts: dict[str, int] = {}
    for paragraph in children(body, "p"):
        if text := "".join(_runs(paragraph)).strip():
            properties = child(paragraph, "pPr")
            level, mark = attribute(properties, "lvl", "0"), ""
            if (numbered := child(properties, "buAutoNum")) is not None:
                counts[level] = counts.get(level, int(attribute(numbered, "startAt", "1")) - 1) + 1
                mark = f"{counts[level]}. "
            elif child(properties, "buChar") is not None:
                mark = "- "
            yield ("  " * int(level) + mark if mark and level.isdigit() else mark) + text


def _runs(element: Element) -> Iterator[str]:
    for each in element:
        name = local(each)
        if name == "t":
            yield each.text or ""
        elif name == "br":
            yield " "
        elif name in ("oMath", "oMathPara"):
            yield f" ${latex(each).strip()}$ "
        elif name not in ("pPr", "rPr", "Fallback"):
            yield from _runs(each)


def _notes(root: Element) -> Iterator[str]:
    for shape in below(root, "sp"):
        place = next(below(shape, "ph"), None)
        if place is not None and attribute(place, "type", "body") == "body":
            yield from _paragraphs(child(shape, "txBody"))


def _rows(table: Element) -> list[list[str]]:
    """Return the texts of the cells; one over several rows is told in each, a short one in each of its columns."""
    rows: list[list[str]] = []
    for element in children(table, "tr"):
        row: list[str] = []
        for cell in children(element, "tc"):
            text = on_one_line(_paragraphs(child(cell, "txBody")))
            if attribute(cell, "vMerge") in ("1", "true") and rows and len(row) < len(rows[-1]):
                text = rows[-1][len(row)]
            elif attribute(cell, "hMerge") in ("1", "true") and row and len(row[-1]) <= _LONGEST_REPEATED:
                text = row[-1]
            row.append(text)
        rows.append(row)
    return rows
