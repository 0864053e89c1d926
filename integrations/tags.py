"""Tags: a page as well-formed tokens in one linear pass, before a parser that a hostile page could keep busy for hours.

Three hundred kilobytes of unclosed comments, or of attributes on one element, cost lxml and html.parser minutes.
"""

import re
from collections.abc import Iterator

_LONGEST_TAG = 50_000
_LONGEST_VALUE = 100_000
_MOST_ATTRIBUTES = 500
_NAME = re.compile(r"</?[a-zA-Z][^\s/<>\"']{0,100}")
_PLAIN = re.compile(r"[^\"'<>]*")
_VALUE = re.compile(r"=\s*$")
_RAW = {
    name: re.compile(rf"</{name}\b", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "noembed", "noframes")
}
_DATA = "ld+json"
"""Of all scripts the only kind that says something about the page."""


def tamed(html: str) -> str:
    """Return a page with its tags closed, none of them endless, without comments, declarations, scripts and styles."""
    return "".join(_tokens(html))


def _tokens(html: str) -> Iterator[str]:
    at = 0
    while (opened := html.find("<", at)) >= 0:
        yield html[at:opened]
        if html.startswith("<!--", opened):
            at = _after(html, "-->", opened + 2)
        elif html.startswith(("<!", "<?"), opened):
            at = _after(html, ">", opened)
        elif name := _NAME.match(html, opened):
            at, tag = _tag(html, name)
            at, raw = _raw(html, at, name[0][1:].lower(), tag)
            yield raw
        else:
            yield "&lt;"
            at = opened + 1
    yield html[at:]


def _after(html: str, end: str, start: int) -> int:
    """Return where the text goes on; what is never closed reaches to the end (HTML, 13.2.5)."""
    found = html.find(end, start)
    return len(html) if found < 0 else found + len(end)


def _tag(html: str, name: re.Match[str]) -> tuple[int, str]:
    """Return where a tag ends, and the tag, without its attributes if they are too many or too long."""
    at, quotes = name.end(), 0
    while at < len(html):
        plain = _PLAIN.match(html, at)
        at = plain.end() if plain else at
        mark = html[at : at + 1]
        if mark in (">", "<", ""):
            break
        # A quote only opens a value: don't take the one in <a title=don't>.
        close = html.find(mark, at + 1, at + _LONGEST_VALUE) if plain and _VALUE.search(plain[0][-50:]) else -1
        at, quotes = (close if close >= 0 else at) + 1, quotes + 1
    attributes = html[name.end() : at]
    # Their names are counted by what separates them; of most, the cheap sign that there are few suffices.
    is_sane = (
        len(attributes) <= _LONGEST_TAG and quotes <= _MOST_ATTRIBUTES and attributes.count("=") <= _MOST_ATTRIBUTES
    )
    is_sane = is_sane and (len(attributes) < 4 * _MOST_ATTRIBUTES or len(attributes.split()) <= 4 * _MOST_ATTRIBUTES)
    return at + html.startswith(">", at), f"{name[0]}{attributes if is_sane else ''}>"


def _raw(html: str, at: int, name: str, tag: str) -> tuple[int, str]:
    """Return a tag, with its content where that is no markup: texts as they are, data as it is, programs not at all."""
    end = _RAW.get(name)
    if end is None:
        return at, tag
    found = end.search(html, at)
    stop = found.start() if found else len(html)
    content = html[at:stop]
    if name in ("textarea", "title"):
        return stop, tag + content.replace("<", "&lt;") if found else tag
    if name == "script" and _DATA in tag.lower():
        return stop, tag + content + ("" if found else "</script>")
    return _after(html, ">", stop), ""
