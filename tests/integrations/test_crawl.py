"""Crawls, robots.txt, sitemaps, politeness and the cache, against a real site on loopback."""

import asyncio
import gzip
import json
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import integrations.fetch
from integrations.crawl import Crawl, Frontier, pages
from integrations.fetch import fetch
from integrations.http_cache import Shelf
from integrations.links import is_below, links_in, normal
from integrations.politeness import AT_ONCE, pace, turn
from integrations.robots import Rules
from integrations.sitemaps import sitemap_urls
from integrations.sources import source_for
from integrations.web import Page
from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnavailable, SourceUnreadable
from swarm.passages import Passage
from swarm.settings import Settings
from tests.integrations.conftest import Site


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrations.fetch, "_FIRST_PAUSE", 0.01)


def article(name: str, *links: str, head: str = "") -> str:
    anchors = "".join(f'<a href="{link}">to {link}</a> ' for link in links)
    return f"<html><head><title>{name}</title>{head}</head><body><h1>{name}</h1><p>About {name}.</p>{anchors}</body>"


async def walked(
    site: Site, uri: str, frontier: Frontier | None = None, depth: int = 3, most: int = 200
) -> list[Passage]:
    return [page async for page in pages(uri, depth=depth, most=most, allow=site.allow, frontier=frontier)]


def docs(site: Site) -> str:
    """Furnish a small site and return where it starts."""
    site.page("/docs/a", article("a", "b", "../blog/x", "https://elsewhere.example/", "a#part", "b?", "logo.png"))
    site.page("/docs/b", article("b", "deep/c", "a", "gone", "mailto:x@e.org"))
    site.page("/docs/deep/c", article("c", "d"))
    site.page("/docs/deep/d", article("d"))
    site.page("/blog/x", article("x"))
    return site.page("/docs/", article("start", "a", "/docs/b"))


async def test_links_below_the_start_are_followed_breadth_first(site: Site) -> None:
    """Each page once and whole, with its title; nothing outside the folder, no picture; a dead link stops nobody."""
    frontier = Frontier()
    found = await walked(site, f"crawl:{docs(site)}", frontier)
    assert [page.title for page in found] == ["start", "a", "b", "c", "d"]
    assert found[1].uri == site.url("/docs/a") and "About a." in found[1].text
    asked = ["/docs/", "/docs/a", "/docs/b", "/docs/deep/c", "/docs/deep/d", "/docs/gone", "/robots.txt"]
    assert sorted(site.seen) == asked
    assert len(frontier.failures) == 1 and "/docs/gone does not exist" in frontier.failures[0]


@pytest.mark.parametrize(("depth", "most", "titles"), [(0, 9, 1), (1, 9, 3), (2, 9, 4), (9, 2, 2)])
async def test_depth_and_count_are_bounds(site: Site, depth: int, most: int, titles: int) -> None:
    """How far, and how many."""
    assert len(await walked(site, docs(site), depth=depth, most=most)) == titles


async def test_a_site_without_end_is_left_at_the_bound(site: Site) -> None:
    """Every page leads to two new ones."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        name = request.path.strip("/")
        body = article(name, f"/{name}0", f"/{name}1").encode()
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.end_headers()
        request.wfile.write(body)

    class Endless(dict[str, object]):
        def get(self, path: str, default: object = None) -> object:
            return None if path == "/robots.txt" else answer

    site.routes = Endless()  # type: ignore[assignment]
    assert len(await walked(site, site.url("/p"), depth=20, most=12)) == 12
    assert len(site.seen) == 13


async def test_robots_txt_is_obeyed(site: Site) -> None:
    """What is forbidden is not asked for; it is a line in the failures."""
    site.page("/robots.txt", "User-agent: *\nDisallow: /docs/deep/\nAllow: /docs/deep/d\n", kind="text/plain")
    frontier = Frontier()
    assert [page.title for page in await walked(site, docs(site), frontier)] == ["start", "a", "b"]
    assert "/docs/deep/c" not in site.seen
    assert any("robots.txt asks crawlers not to" in line for line in frontier.failures)


@pytest.mark.parametrize(
    ("status", "error"), [(404, None), (403, None), (500, SourceUnavailable), (503, SourceUnavailable)]
)
async def test_a_site_that_cannot_say_its_rules_is_left_alone(
    site: Site, status: int, error: type[SourceError] | None
) -> None:
    """No file permits everything, a failing one nothing (RFC 9309)."""
    site.page("/robots.txt", "x", status=status)
    start = site.page("/", article("start"))
    if error is None:
        assert len(await walked(site, start)) == 1
    else:
        with pytest.raises(error, match="robots"):
            await walked(site, start)
        assert "/" not in site.seen


async def test_a_start_that_is_forbidden_is_refused(site: Site) -> None:
    """And a redirect does not lead around the rules."""
    site.page("/robots.txt", "User-agent: swarm\nDisallow: /private\n", kind="text/plain")
    site.page("/private/", article("p"))
    with pytest.raises(SourceRefused, match=r"robots\.txt"):
        await walked(site, site.url("/private/"))
    site.redirect("/open", "/private/")
    with pytest.raises(SourceRefused, match=r"robots\.txt"):
        await walked(site, site.url("/open"))


async def test_one_page_is_read_as_by_a_browser_unless_robots_bind_always(site: Site) -> None:
    """Whom robots.txt binds is a setting."""
    site.page("/robots.txt", "User-agent: *\nDisallow: /\n", kind="text/plain")
    url = site.page("/p", article("p"))
    assert await Page(url, allow=site.allow)("", 3)
    with pytest.raises(SourceRefused, match=r"robots\.txt"):
        await Page(url, allow=site.allow, obeys_robots=True)("", 3)


async def test_pages_say_what_robots_may_do_with_them(site: Site) -> None:
    """noindex is not kept, nofollow is not followed."""
    site.page("/a", article("a", "/b", head='<meta name="robots" content="NOINDEX">'))
    site.page("/b", article("b", "/c", head='<meta name="robots" content="nofollow">'))
    site.page("/c", article("c"))
    assert [page.title for page in await walked(site, site.url("/a"))] == ["b"]


async def test_the_same_text_is_yielded_once(site: Site) -> None:
    """Under however many addresses."""
    site.page("/", "<title>t</title><p>One and the same.</p><a href='/?page=1'>next</a>")
    assert len(await walked(site, site.url("/"))) == 1


async def test_a_crawl_goes_on_where_it_was(site: Site) -> None:
    """The frontier goes through JSON; nothing is read twice, nothing left out."""
    start, frontier = docs(site), Frontier()
    walk = pages(start, allow=site.allow, frontier=frontier)
    first = [await anext(walk), await anext(walk)]
    kept = json.loads(json.dumps(frontier.dump()))
    await walk.aclose()
    asked = len(site.seen)
    rest = await walked(site, start, Frontier.load(kept))
    assert [page.title for page in (*first, *rest)] == ["start", "a", "b", "c", "d"]
    assert not {"/docs/", "/docs/a"} & set(site.seen[asked:])


async def test_a_start_that_moves_takes_its_folder_along(site: Site) -> None:
    """`/` leads to `/en/`, and the crawl stays there, also when it goes on later."""
    site.redirect("/old/", "/en/")
    site.page("/en/", article("en", "/en/a", "/de/"))
    site.page("/en/a", article("a"))
    frontier = Frontier()
    assert [page.title for page in await walked(site, site.url("/old/"), frontier)] == ["en", "a"]
    assert frontier.folder == site.url("/en/")


async def test_a_crawl_is_a_source(site: Site, tmp_path: Path) -> None:
    """The best passages of all pages; the address and the bounds come by address and settings."""
    docs(site)
    settings = Settings.model_validate(
        {"swarm_allow_private": site.allow, "swarm_home": tmp_path, "swarm_crawl_pages": 4}
    )
    source = source_for(f"crawl:{site.url('/docs/')}", (), settings)
    (passage,) = await source("about c", 1)
    assert (passage.uri, passage.where) == (site.url("/docs/deep/c"), "web")
    with pytest.raises(SourceRefused, match="names no web address"):
        await source_for("crawl:file:///etc", (), settings)("", 1)


async def test_a_crawl_of_nothing_says_why(site: Site) -> None:
    """The first failure is in the message."""
    with pytest.raises(SourceNotFound):
        await Crawl(f"crawl:{site.url('/none')}", allow=site.allow)("", 1)
    site.page("/", "<script>draw()</script>")
    with pytest.raises(SourceUnreadable, match="no page with a text"):
        await Crawl(f"crawl:{site.url('/')}", allow=site.allow)("", 1)


def urlset(site: Site, *paths: str, kind: str = "urlset", item: str = "url") -> str:
    rows = "".join(f"<{item}><loc> {site.url(path)} </loc><lastmod>2024-01-01</lastmod></{item}>" for path in paths)
    return f'<?xml version="1.0"?><{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{kind}>'


async def test_sitemaps_are_read_in_all_their_forms(site: Site) -> None:
    """An index of XML, gzip and plain lists; a damaged part is passed over, another host's pages are left out."""
    site.page("/one.xml", urlset(site, "/a", "/b").replace("</urlset>", "<url><loc>http://e.org/</loc></url></urlset>"))
    site.page("/two.xml.gz", gzip.compress(urlset(site, "/b", "/c").encode()), kind="application/gzip")
    site.page("/three.txt", f"{site.url('/d')}\n{site.url('/a')}\n", kind="text/plain")
    site.page("/four.xml.gz", b"\x1f\x8bdamaged", kind="application/gzip")
    parts = ("/one.xml", "/two.xml.gz", "/three.txt", "/four.xml.gz", "/gone.xml", "/index.xml")
    index = site.page("/index.xml", urlset(site, *parts, kind="sitemapindex", item="sitemap"))
    assert await sitemap_urls(index, allow=site.allow) == [site.url(path) for path in ("/a", "/b", "/c", "/d")]
    for path in "abc":
        site.page(f"/{path}", article(path))
    assert [page.title for page in await walked(site, f"sitemap:{index}", most=3)] == ["a", "b", "c"]


async def test_a_site_names_its_sitemaps_in_robots_txt(site: Site) -> None:
    """Else it is where it usually is."""
    site.page("/sitemap.xml", urlset(site, "/a"))
    assert await sitemap_urls(site.url("/"), allow=site.allow) == [site.url("/a")]
    (other,) = [Rules(f"Sitemap: {site.url('/maps/1.xml')}").sitemaps]
    assert other == [site.url("/maps/1.xml")]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<html><p>no sitemap</p></html>", SourceUnreadable),
        ("<urlset></urlset>", SourceNotFound),
        ("<", SourceUnreadable),
        (gzip.compress(b"<urlset>" + b" " * 60_000_000), SourceRefused),
        (
            '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
            "<urlset><url><loc>http://127.0.0.1/&f;&b;</loc></url></urlset>",
            SourceNotFound,
        ),
    ],
)
async def test_what_is_no_sitemap_is_told(site: Site, body: bytes | str, error: type[SourceError]) -> None:
    """Neither entities nor bombs do anything."""
    with pytest.raises(error):
        await sitemap_urls(site.page("/s.xml", body), allow=site.allow)


async def test_an_unchanged_page_costs_a_304(site: Site, tmp_path: Path) -> None:
    """By ETag; the text is the kept one, and a new one replaces it."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        is_known = request.headers.get("If-None-Match") == tag
        request.send_response(304 if is_known else 200)
        request.send_header("ETag", tag)
        request.send_header("Content-Type", "text/html; charset=utf-8")
        request.send_header("Content-Length", "0" if is_known else str(len(tag)))
        request.end_headers()
        statuses.append(304 if is_known else 200)
        if not is_known:
            request.wfile.write(tag.encode())

    statuses: list[int] = []
    tag = '"one"'
    site.routes["/"] = answer
    got = [await fetch(site.url("/"), allow=site.allow, cache=tmp_path) for _ in range(3)]
    assert statuses == [200, 304, 304] and {each.body for each in got} == {b'"one"'}
    assert {each.charset for each in got} == {"utf-8"}
    tag = '"two"'
    assert (await fetch(site.url("/"), allow=site.allow, cache=tmp_path)).body == b'"two"'
    assert statuses[-1] == 200


@pytest.mark.parametrize(
    ("headers", "requests"),
    [
        ({"Cache_Control": "max-age=600"}, 1),
        ({"Cache_Control": "max-age=600", "Vary": "Accept"}, 1),
        ({"Cache_Control": "no-store"}, 2),
        ({"Cache_Control": "max-age=0"}, 2),
        ({"Cache_Control": "max-age=600", "Vary": "*"}, 2),
        ({"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, 2),
        ({}, 2),
    ],
)
async def test_what_may_be_kept_is_kept(site: Site, tmp_path: Path, headers: dict[str, str], requests: int) -> None:
    """By RFC 9111, compressed as it came."""
    url = site.page("/", gzip.compress(b"text"), 200, "text/html", Content_Encoding="gzip", **headers)
    got = [await fetch(url, allow=site.allow, cache=tmp_path) for _ in range(2)]
    assert len(site.seen) == requests and got[0] == got[1] and got[0].body == b"text"


async def test_a_failure_is_not_kept(site: Site, tmp_path: Path) -> None:
    """Neither a missing page nor half a body stands for one that is there later."""
    site.page("/", "half", Content_Length="4000", Cache_Control="max-age=600")
    with pytest.raises(SourceUnavailable):
        await fetch(site.url("/"), allow=site.allow, cache=tmp_path)
    site.page("/", "none", status=404)
    with pytest.raises(SourceNotFound):
        await fetch(site.url("/"), allow=site.allow, cache=tmp_path)
    site.page("/", "whole", Cache_Control="max-age=600")
    assert (await fetch(site.url("/"), allow=site.allow, cache=tmp_path)).body == b"whole"


async def test_a_damaged_cache_is_as_none(site: Site, tmp_path: Path) -> None:
    """Files nobody can read, and a folder nobody can write."""
    url = site.page("/", "text", Cache_Control="max-age=600")
    await fetch(url, allow=site.allow, cache=tmp_path)
    for file in _files(tmp_path):
        file.write_bytes(b"\xff\x00 nothing")
    assert (await fetch(url, allow=site.allow, cache=tmp_path)).body == b"text"
    (tmp_path / "file").write_text("")
    assert (await fetch(url, allow=site.allow, cache=tmp_path / "file")).body == b"text"
    assert len(site.seen) == 3


async def test_the_cache_is_bounded(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was used longest ago goes first."""
    monkeypatch.setattr(Shelf.__init__, "__defaults__", (9_000, 100))
    for number in range(8):
        await fetch(site.page(f"/{number}", "x" * 2_000, Cache_Control="max-age=9"), allow=site.allow, cache=tmp_path)
        await asyncio.sleep(0.01)
    assert sum(file.stat().st_size for file in _files(tmp_path)) <= 9_000
    site.seen.clear()
    await fetch(site.url("/7"), allow=site.allow, cache=tmp_path)
    await fetch(site.url("/0"), allow=site.allow, cache=tmp_path)
    assert site.seen == ["/0"]


async def test_a_host_is_asked_by_few_at_once(site: Site) -> None:
    """Ten want it, two get it."""
    now, most = 0, 0

    def answer(request: BaseHTTPRequestHandler) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        time.sleep(0.03)
        now -= 1
        request.send_response(200)
        request.send_header("Content-Type", "text/plain")
        request.end_headers()

    site.routes["/"] = answer
    await asyncio.gather(*(fetch(site.url("/"), allow=site.allow) for _ in range(10)))
    assert most == AT_ONCE and not turn("127.0.0.1").locked()


async def test_a_host_is_asked_at_a_pace() -> None:
    """A burst is let through, then every `delay` seconds; other hosts need not wait for it."""
    began = time.monotonic()
    for _ in range(5):
        await pace("slow.example", 0.2, burst=3)
    assert 0.3 <= time.monotonic() - began < 2
    began = time.monotonic()
    await pace("other.example", 0.2)
    assert time.monotonic() - began < 0.1


async def test_a_crawl_waits_as_long_as_the_site_asks(site: Site) -> None:
    """Crawl-delay, up to a bound."""
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 0.4\n", kind="text/plain")
    site.page("/a", article("a"))
    began = time.monotonic()
    await walked(site, site.page("/", article("start", "/a")))
    assert time.monotonic() - began >= 0.25
    assert Rules("User-agent: *\nCrawl-delay: 86400").delay == 10


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def test_an_address_has_one_spelling() -> None:
    """By which it is compared; what is no web address has none."""
    assert normal("HTTP://E.org:80#x") == normal("http://e.org/") == "http://e.org/"
    assert normal("https://e.org.:8443/A?b=1#c") == "https://e.org:8443/A?b=1"
    for odd in ("file:///x", "mailto:a@e.org", "http://u:p@e.org/", "http://[", "http://e.org:x/", "", "/a", "http://"):
        assert normal(odd) == ""
    assert is_below("https://e.org/docs/a", "http://e.org/docs/") and not is_below("http://e.orgs/", "http://e.org/")


def test_links_are_found_in_broken_pages_too() -> None:
    """By the page's own base; none that its author does not vouch for."""
    page = (
        "<base href='/x/'><a href=a>1<a href='b'>2</a><a rel='nofollow ugc' href=c>3<a href='http://['>4<a href=z.zip>"
    )
    assert links_in(page, "http://e.org/p/q").urls == ["http://e.org/x/a", "http://e.org/x/b"]
    for nothing in ("", "\0", "<!-- -->", "text"):
        assert links_in(nothing, "http://e.org/").urls == []
