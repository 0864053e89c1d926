"""HTML: the main content of a page as Markdown-like text, with headings, lists, links, tables and code kept."""

import re
from collections import Counter

from bs4 import BeautifulSoup, Tag

from integrations.markdown import markdown

_NOISE = (
    "script, style, noscript, template, svg, iframe, canvas, object, form, button, input, select, dialog, nav, "
    "footer, aside, [hidden], [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo], "
    "[role=search], [role=complementary]"
)
_MAIN = ("main", "[role=main]", "article")
_PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENOUGH = 200
"""Characters a main element must have to be believed; some pages leave it empty."""


def html_text(html: str, base: str = "") -> tuple[str, str]:
    """Return the title and the text of a page; relative links are resolved against `base`."""
    # An XML prologue makes bs4 warn although the page is HTML, and so does a text without any tag.
    soup = BeautifulSoup(_PROLOGUE.sub("", html) if "<" in html else f"<p>{html}</p>", "html.parser")
    title = _title(soup)
    for noise in soup.select(_NOISE):
        noise.decompose()
    main = _main(soup)
    if main is None:
        for header in soup.select("body > header"):
            header.decompose()
        main = _densest(soup)
    return title, markdown(main, base)


def _title(soup: BeautifulSoup) -> str:
    for found in (soup.title, soup.h1):
        if found is not None and (text := " ".join(found.get_text(" ").split())):
            return text[:200]
    return ""


def _main(soup: BeautifulSoup) -> Tag | None:
    """Return the element the page itself calls its main content; of several articles, what holds them all."""
    for selector in _MAIN:
        found = [tag for tag in soup.select(selector) if tag.find_parent("article") is None]
        if len(found) == 1 and len(found[0].get_text(strip=True)) >= _ENOUGH:
            return found[0]
        if len(found) > 1:
            return found[0].parent if all(tag.parent is found[0].parent for tag in found) else None
    return None


def _densest(soup: BeautifulSoup) -> Tag:
    """Return the element whose paragraphs hold the most text outside links, or the body if that is under half."""
    body = soup.body or soup
    weights: Counter[int] = Counter()
    elements: dict[int, Tag] = {}
    for block in body.find_all(["p", "pre", "table", "ul", "ol", "blockquote", "dl"]):
        own = _weight(block)
        for parent, part in zip(list(block.parents)[:2], (1.0, 0.5), strict=False):
            elements[id(parent)] = parent
            weights[id(parent)] += int(own * part)
    if not weights:
        return body
    densest = elements[weights.most_common(1)[0][0]]
    return densest if 2 * _weight(densest) >= _weight(body) else body


def _weight(element: Tag) -> int:
    """Return the characters outside links."""
    linked = sum(len(link.get_text(strip=True)) for link in element.find_all("a"))
    return len(element.get_text(strip=True)) - linked
