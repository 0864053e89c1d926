"""HTML: the main content of a page as Markdown, with title, author, date, headings, lists, links, tables and code."""

import re
from collections import Counter
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from integrations.extracted import extract
from integrations.markdown import deeper_than, markdown
from integrations.plain_html import plain_html
from integrations.tags import tamed

_NOISE = (
    "title, script, style, noscript, template, svg, iframe, canvas, object, form, button, input, select, dialog, nav, "
    "footer, aside, [hidden], [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo], "
    "[role=search], [role=complementary]"
)
_FRAME = re.compile(r"<i?frame\b", re.IGNORECASE)
_MAIN = ("main", "[role=main]", "article")
_ENOUGH = 200
"""Characters a main element must have to be believed; some pages leave it empty."""
_LEAST_SHARE = 0.3
"""Of the main element the page names; an extraction that leaves more away has missed it. Chosen on two gold sets."""
_DEEPEST = 150
_MOST_TAGS = 100_000
_MOST_EXTRACTED = 30_000
"""Tags beyond which trafilatura takes too long (42 seconds for 160,000)."""


_SILENT = "title, script, style, template, svg, canvas, noscript, nav, [role=navigation], [hidden]"
_MOST_FRAMES = 20


class Content(NamedTuple):
    """A page: `text` is Markdown; author and date (YYYY-MM-DD) are empty where the page does not say them."""

    title: str
    text: str
    author: str = ""
    date: str = ""


def html_text(html: str, base: str = "") -> tuple[str, str]:
    """Return the title and the text of a page, which begins with its author and date if the page names them."""
    content = html_content(html, base)
    byline = ", ".join(part for part in (content.author and f"By {content.author}", content.date) if part)
    text = f"{byline}\n\n{content.text}" if byline and content.text else content.text
    # Of a page of nothing but frames there is no text, and the error names them.
    frames = _told(frames_in(html, base)) if text else ""
    return content.title, "\n\n".join(filter(None, (text, frames)))


def whole_html(html: str, base: str = "") -> tuple[str, str]:
    """Return the title and all text of a page, in and outside of its main content, but for menus."""
    html = tamed(html) if "<" in html else f"<p>{html}</p>"
    soup = BeautifulSoup(html, "html.parser") if html.count("<") <= _MOST_TAGS else None
    if soup is None or deeper_than(soup, _DEEPEST):
        return plain_html(html)
    title, frames = _title(soup), _told(_frames(soup, base))
    for silent in soup.select(_SILENT):
        silent.decompose()
    return title, "\n\n".join(filter(None, (markdown(soup, base), frames)))


def frames_in(html: str, base: str = "") -> dict[str, str]:
    """Return the addresses of the frames of a page, whose text is not in it, with their names."""
    if _FRAME.search(html) is None or html.count("<") > _MOST_TAGS:
        return {}
    return _frames(BeautifulSoup(tamed(html), "html.parser"), base)


def _frames(soup: BeautifulSoup, base: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for frame in soup.select("iframe, frame"):
        source = str(frame.get("src") or "").strip()
        try:
            target = urljoin(base, source)
            is_address = urlsplit(target).scheme in ("http", "https", "")
        except ValueError:
            continue
        if source and is_address and not source.startswith("#") and len(found) < _MOST_FRAMES:
            found[target] = " ".join(str(frame.get("title") or frame.get("name") or "").split())
    return found


def _told(frames: dict[str, str]) -> str:
    links = [f"[{f'frame {name}'.rstrip()}]({target})" for target, name in frames.items()]
    return "Frames of this page, which were not read: " + ", ".join(links) if links else ""


def html_content(html: str, base: str = "") -> Content:
    """Return the main content of a page; relative links are resolved against `base`.

    trafilatura says what is main; where it finds little, what the page calls its main content or its densest part is.
    A page of more tags than anybody writes is read as plain lines, so that no page takes long.
    """
    # A text without any tag makes bs4 warn.
    html = tamed(html) if "<" in html else f"<p>{html}</p>"
    if html.count("<") > _MOST_TAGS:
        return Content(*plain_html(html))
    found = extract(html) if html.count("<") <= _MOST_EXTRACTED else None
    if found is None:
        return _own(html, base)
    text = markdown(BeautifulSoup(found.html, "html.parser"), base)
    has_main = found.main >= _ENOUGH
    gave_up = found.is_whole and has_main
    if gave_up or len(text) < max(_ENOUGH, found.main * _LEAST_SHARE):
        own = _own(html, base).text
        # Where nothing is called main, ours is the body, or close to it: only a far longer one says more.
        is_more = len(own) > len(text) * (1 if has_main else 1 / _LEAST_SHARE)
        text = own if own and (gave_up or is_more) else text
    return Content(found.title, text, found.author, found.date)


def _own(html: str, base: str) -> Content:
    """Return what the page calls its main content, or its densest part."""
    soup = BeautifulSoup(html, "html.parser")
    if deeper_than(soup, _DEEPEST):
        return Content(*plain_html(html))
    title = _title(soup)
    for noise in soup.select(_NOISE):
        noise.decompose()
    main = _main(soup)
    if main is None:
        for header in soup.select("body > header"):
            header.decompose()
        main = _densest(soup)
    return Content(title, markdown(main, base))


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
