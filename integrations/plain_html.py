"""Plain HTML: the lines of a page of any size and any depth in one pass, where a tree of it would cost too much."""

from html.parser import HTMLParser

_SILENT = {"script", "style", "template", "noscript", "svg", "iframe"}
_INLINE = {"a", "abbr", "b", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "small", "span", "strong", "u"}
_CELLS = {"td", "th"}


def plain_html(html: str) -> tuple[str, str]:
    """Return the title and the text of a page: a line for each block, cells of a table with bars between them."""
    reader = _Lines()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return " ".join("".join(reader.title).split())[:200], "\n".join(line for line in lines if line)


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.title: list[str] = []
        self.within = ""
        """The silent element, or the title, that is open."""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if not self.within and (tag in _SILENT or tag == "title"):
            self.within = tag
        elif tag not in _INLINE:
            self.parts.append(" | " if tag in _CELLS else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.within:
            self.within = ""
        elif tag not in _INLINE and tag not in _CELLS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self.within == "title":
            self.title.append(data)
        elif not self.within:
            self.parts.append(" ".join(data.split("\n")))
