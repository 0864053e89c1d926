"""E-books (EPUB): their chapters in the order of reading, as pages of HTML."""

import posixpath
from urllib.parse import unquote

from integrations.documents.worker.package import Package, attribute, below, on_one_line, texts

_MOST_CHAPTERS = 2000


def epub_parts(data: bytes) -> list[dict[str, object]]:
    """Return the chapters of a book; raises ValueError where it names none."""
    package = Package(data)
    opf = next((attribute(each, "full-path") for each in below(package.xml("META-INF/container.xml"), "rootfile")), "")
    root = package.xml(opf) if opf else None
    if root is None:
        raise ValueError("it names no book")
    if package.has("META-INF/rights.xml"):
        raise ValueError("it is protected by DRM")
    items = {attribute(each, "id"): attribute(each, "href") for each in below(root, "item")}
    order = [items.get(attribute(each, "idref"), "") for each in below(root, "itemref")][:_MOST_CHAPTERS]
    about = [texts(each, name) for name in ("title", "creator") for each in below(root, name)]
    parts: list[dict[str, object]] = [{"title": "", "text": on_one_line([", ".join(about)])}]
    for href in filter(None, order):
        part = posixpath.normpath(posixpath.join(posixpath.dirname(opf), unquote(href)))
        if package.has(part):
            parts.append({"title": "", "html": package.bytes(part).decode("utf-8", "replace")})
        else:
            parts.append({"title": "", "text": f"[the chapter {href} is missing in the book]"})
    return parts
