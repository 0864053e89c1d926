"""Extracted: the main content that trafilatura finds in a page, as HTML that our own Markdown is made of."""

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from lxml.etree import _Element  # type: ignore[import-untyped]
    from trafilatura.settings import Document

_DEEPEST = 200
_TEXTS = ".//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::nav or ancestor::aside)]"
# What trafilatura calls things (TEI) and what HTML does; `head`, `list`, `cell` and `code` depend on more.
_NAMES = {"ref": "a", "lb": "br", "row": "tr", "item": "li", "quote": "blockquote", "del": "del", "graphic": "img"}
_RENDERED = {"#b": "b", "#i": "i", "#t": "samp", "#sub": "sub", "#sup": "sup", "#u": "u"}


class Extracted(NamedTuple):
    """What was found: `html` is the main content alone, the texts are empty where the page does not say them.

    `main` is how many characters the element has that the page itself calls its main content, 0 if there is none;
    `is_whole` says that trafilatura gave up and took all text of the page in one piece.
    """

    html: str
    title: str
    author: str
    date: str
    main: int
    is_whole: bool


def extract(page: str) -> Extracted | None:
    """Return the main content of a page, its author and its date (YYYY-MM-DD), or None where nothing is found.

    Links stay as they are written: told the address, trafilatura resolves them against the host alone.
    """
    import logging

    from lxml import etree  # type: ignore[import-untyped]
    from trafilatura import bare_extraction
    from trafilatura.utils import load_html

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it cannot read is read by us
    try:
        tree = load_html(page)
        if tree is None:
            return None
        title, main = _title(tree), _main(tree)
        found = bare_extraction(
            tree,
            include_comments=False,
            include_formatting=True,
            include_links=True,
            with_metadata=True,
            # The extensive search takes any year on the page, a copyright's too.
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError, etree.LxmlError):
        return None  # whatever a broken page does to it
    if found is None or isinstance(found, dict) or found.body is None or _depth(found.body) > _DEEPEST:
        return None
    is_whole = len(found.body) == 1 and not len(found.body[0])
    return Extracted(_html(found), title, _line(found.author), _line(found.date), main, is_whole)


def _title(tree: "_Element") -> str:
    return next((text for each in tree.xpath("//title | //h1") if (text := _line(each.xpath("string()")))), "")


def _main(tree: "_Element") -> int:
    """Return the characters of the one element that is the main content by its name, without scripts and the like."""
    for path in ("//main | //*[@role='main']", "//article[not(ancestor::article)]"):
        found = tree.xpath(path)
        if len(found) == 1:
            return sum(len(" ".join(text.split())) for text in found[0].xpath(_TEXTS))
    return 0


def _html(found: "Document") -> str:
    from lxml import etree

    for element in found.body.iter(etree.Element):
        _rename(element)
    return cast(str, etree.tostring(found.body, encoding="unicode", method="html"))


def _rename(element: "_Element") -> None:
    """Give an element the name and the attributes it has in HTML."""
    rend = element.get("rend", "")
    match element.tag:
        case "head":
            element.tag = rend if rend in ("h1", "h2", "h3", "h4", "h5", "h6") else "h3"
        case "list":
            element.tag = rend if rend in ("ul", "ol", "dl") else "ul"
        case "cell":
            element.tag = "th" if element.get("role") == "head" else "td"
        case "code" if _is_block(element):
            element.tag = "pre"
        case "hi":
            element.tag = _RENDERED.get(rend, "span")
        case str(name):
            element.tag = _NAMES.get(name, name)
    if target := element.get("target"):
        element.set("href", target)


def _is_block(code: "_Element") -> bool:
    parent = code.getparent()
    return (len(code) > 0 or "\n" in (code.text or "")) and (parent is None or parent.tag != "pre")


def _depth(element: "_Element") -> int:
    """Return how deep a tree is, without recursion."""
    deepest, level = 0, [element]
    while level and deepest <= _DEEPEST:
        deepest, level = deepest + 1, [child for each in level for child in each]
    return deepest


def _line(text: str | None) -> str:
    return " ".join((text or "").split())[:200]
