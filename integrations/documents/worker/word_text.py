"""The text of a Word paragraph: runs, links, results of fields, ticks, equations; and what hangs on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from integrations.documents.worker.equations import latex
from integrations.documents.worker.package import Element, Relation, attribute, below, child, children, local, texts

_GONE = {"del", "moveFrom", "pPr", "rPr", "instrText", "delText", "sdtPr", "sdtEndPr", "rt"}
"""Deleted, or no text."""
_WRITTEN = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "", "ptab": " "}
_TICKED = {"F0FE", "F0FD", "F052", "F0FC", "2611", "2612"}
_EMPTY = {"F0A8", "F06F", "F071", "2610"}


@dataclass
class Text:
    """What a paragraph says, and what it refers to, in order: boxes with text, notes, comments, drawings."""

    relations: dict[str, Relation]
    parts: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    drawings: list[Element] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    """Kind (`footnote`, `endnote`, `comment`) and id."""

    def read(self, element: Element) -> str:
        """Take in an element, and return all text that was taken in."""
        self._take(element)
        return "".join(self.parts)

    def _take(self, element: Element) -> None:
        for each in element:
            name = local(each)
            if name in _GONE:
                continue
            write = _WRITERS.get(name)
            if write:
                write(self, each)
            else:
                self._take(each)

    def _text(self, element: Element) -> None:
        self.parts.append(element.text or "")

    def _mark(self, element: Element) -> None:
        self.parts.append(_WRITTEN[local(element)])

    def _symbol(self, element: Element) -> None:
        code = attribute(element, "char").upper()
        if code in _TICKED or code in _EMPTY:
            self.parts.append("[x]" if code in _TICKED else "[ ]")
        elif code and not code.startswith(("F0", "E")):
            self.parts.append(chr(int(code, 16)))
        else:
            self.parts.append("•")

    def _link(self, element: Element) -> None:
        target = self.relations.get(attribute(element, "id"))
        inner = Text(self.relations)
        text = inner.read(element)
        self._adopt(inner)
        is_address = target is not None and target.is_outside and text.strip() and target.target != text
        self.parts.append(f"[{text}]({target.target})" if is_address and target else text)

    def _adopt(self, inner: "Text") -> None:
        self.boxes += inner.boxes
        self.drawings += inner.drawings
        self.notes += inner.notes

    def _field(self, element: Element) -> None:
        """Take the state of a form's own field; other results stand in the runs that follow."""
        data = child(element, "ffData")
        box, choice = child(data, "checkBox"), child(data, "ddList")
        if box is not None:
            state = child(box, "checked") if child(box, "checked") is not None else child(box, "default")
            is_ticked = state is not None and attribute(state, "val", "1") in ("1", "true", "on")
            self.parts.append("[x] " if is_ticked else "[ ] ")
        elif choice is not None:
            entries = [attribute(each, "val") for each in children(choice, "listEntry")]
            at = attribute(child(choice, "result"), "val", "0")
            self.parts.append(entries[int(at)] if at.isdigit() and int(at) < len(entries) else "")

    def _control(self, element: Element) -> None:
        box = child(element, "sdtPr", "checkbox")
        if box is None:
            self._take(element)
        else:
            is_ticked = attribute(child(box, "checked"), "val", "0") in ("1", "true", "on")
            self.parts.append("[x]" if is_ticked else "[ ]")

    def _note(self, element: Element) -> None:
        kind, number = local(element).removesuffix("Reference"), attribute(element, "id")
        self.notes.append((kind, number))
        if kind != "comment":
            self.parts.append(f"[^{number}]" if kind == "footnote" else f"[^e{number}]")

    def _equation(self, element: Element) -> None:
        formula = latex(element).strip()
        self.parts.append(f" ${formula}$ " if formula else "")

    def _choice(self, element: Element) -> None:
        """Take the newer of two forms of the same drawing, the older if that says nothing."""
        choice, fallback = child(element, "Choice"), child(element, "Fallback")
        chosen = choice if choice is not None and _says_something(choice) else fallback
        if chosen is not None:
            self._take(chosen)

    def _box(self, element: Element) -> None:
        self.boxes.append(element)

    def _drawing(self, element: Element) -> None:
        self.drawings.append(element)
        self._take(element)

    def _picture(self, element: Element) -> None:
        told = attribute(element, "descr") or attribute(element, "title")
        if told and not any(True for _ in below(element.getparent(), "txbxContent")):
            self.parts.append(f" [picture: {' '.join(told.split())}] ")

    def _object(self, element: Element) -> None:
        program = next((attribute(each, "ProgID") for each in below(element, "OLEObject")), "")
        if program:
            self.parts.append(f" [embedded {program}, not read] ")
        self._take(element)

    def _ruby(self, element: Element) -> None:
        base = child(element, "rubyBase")
        if base is not None:
            self._take(base)
        reading = texts(child(element, "rt"))
        self.parts.append(f" ({reading})" if reading else "")


def _says_something(element: Element) -> bool:
    return any(True for _ in below(element, "t", "chart", "relIds", "docPr", "oMath"))


def words_of_diagram(root: Element | None) -> Iterator[str]:
    """Yield the texts of a diagram's data, a paragraph each."""
    for each in below(root, "p"):
        if text := texts(each).strip():
            yield text


_WRITERS: dict[str, Callable[[Text, Element], None]] = {
    **dict.fromkeys(_WRITTEN, Text._mark),
    **{"t": Text._text, "sym": Text._symbol, "hyperlink": Text._link, "fldChar": Text._field, "sdt": Text._control},
    **dict.fromkeys(("footnoteReference", "endnoteReference", "commentReference"), Text._note),
    **dict.fromkeys(("oMath", "oMathPara"), Text._equation),
    **{"AlternateContent": Text._choice, "txbxContent": Text._box, "drawing": Text._drawing, "docPr": Text._picture},
    **{"object": Text._object, "ruby": Text._ruby},
}
