"""Links: the addresses a page leads to, in one spelling each, and what it asks of robots."""

import re
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit

from integrations.tags import tamed

_LONGEST = 1_000
_MOST = 2_000
_PORTS = {"http": 80, "https": 443}
_NO_PAGE = re.compile(
    r"\.(png|jpe?g|gif|webp|svg|ico|css|js|mjs|woff2?|ttf|mp[34]|webm|avi|mov|wav|ogg|zip|t?gz|bz2|xz|7z|rar|exe|dmg|iso)$",
    re.IGNORECASE,
)


class Links(NamedTuple):
    """What a page leads to, in order, without repeats; `is_indexed` is false where it asks not to be kept."""

    urls: list[str]
    is_indexed: bool


def links_in(html: str, base: str) -> Links:
    """Return the links a robot may follow: none of a page that says `nofollow`, and none that says so itself."""
    from lxml import html as lxml_html  # type: ignore[import-untyped]
    from lxml.etree import LxmlError  # type: ignore[import-untyped]

    try:
        tree = lxml_html.document_fromstring(tamed(html).encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (LxmlError, ValueError, AssertionError):
        return Links([], True)
    says = {
        word.strip()
        for meta in tree.xpath("//meta[@content]")
        if str(meta.get("name", "")).lower() in ("robots", "swarm")
        for word in str(meta.get("content")).lower().split(",")
    }
    is_indexed = says.isdisjoint({"noindex", "none"})
    if not says.isdisjoint({"nofollow", "none"}):
        return Links([], is_indexed)
    base = next((joined for each in tree.xpath("//base/@href") if (joined := _joined(base, each))), base)
    found = (_joined(base, link.get("href")) for link in tree.xpath("//a[@href] | //area[@href]") if _follows(link))
    return Links(list(dict.fromkeys(url for url in found if url and is_page(url)))[:_MOST], is_indexed)


def normal(url: str) -> str:
    """Return an address in the one spelling by which it is compared, or nothing if it is no web address."""
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if scheme not in _PORTS or not host or parts.username or len(url) > _LONGEST:
        return ""
    host = f"[{host}]" if ":" in host else host
    place = host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
    return urlunsplit((scheme, place, parts.path or "/", parts.query, ""))


def is_page(url: str) -> bool:
    """Say whether an address may be that of a text, by its ending."""
    return _NO_PAGE.search(urlsplit(url).path) is None


def folder_of(url: str) -> str:
    """Return the address up to the last slash of its path: what lies below it is one part of a site."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rpartition("/")[0] + "/", "", ""))


def is_below(url: str, folder: str) -> bool:
    """Say whether an address is on the same host and port, below the same folder; https and http are one."""
    return url.partition("://")[2].startswith(folder.partition("://")[2])


def _joined(base: str, href: object) -> str:
    try:
        return normal(urljoin(base, str(href or "").strip()))
    except ValueError:
        return ""


def _follows(link: object) -> bool:
    rel = getattr(link, "get", lambda *_: "")("rel", "")
    return "nofollow" not in str(rel).lower().split()
