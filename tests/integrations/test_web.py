"""Pages, from a real site on loopback."""

import pytest

from integrations.html import html_content, html_text
from integrations.tags import tamed
from integrations.web import Page
from swarm.errors import SourceUnreadable
from swarm.passages import Passage
from tests.integrations.conftest import Site
from tests.integrations.test_pdf import made

ARTICLE = """<!DOCTYPE html><html><head><title>Bridges &amp; rivers</title><style>p {color: red}</style></head><body>
<header><h1>SITE NAME</h1></header><nav><a href="/">Home</a></nav>
<main><h1>Bridges</h1><p>The <b>old</b> bridge has <a href="/arches?n=3">three arches</a>. {filler}</p>
<h2>Costs</h2><ul><li>Stone: 5</li><li>Labour:<ol><li>masons</li><li>carters</li></ol></li></ul>
<table><tr><th>Year</th><th>Cost</th></tr><tr><td>1801</td><td>12|3</td></tr></table>
<pre><code class="language-python">def cross():

    return "river"
</code></pre><blockquote><p>Never again.</p></blockquote>
<p>See <a href="javascript:steal()">this</a> and <a href="#top">that</a>; run <code>cross()</code>.<br>
Whoever wants to go on reads the chapter on the weirs and the mills below the town.</p></main>
<aside>ADVERT</aside><footer>COPYRIGHT</footer><script>var SCRIPT = 1;</script></body></html>"""
FILLER = "It was built of stone from the quarry above the town, and paid for by the millers. " * 3

TEXT = """# Bridges

The old bridge has [three arches](https://e.org/arches?n=3). {filler}

## Costs

- Stone: 5
- Labour:
  1. masons
  2. carters

| Year | Cost |
| --- | --- |
| 1801 | 12\\|3 |

```python
def cross():

    return "river"
```

> Never again.

See this and that; run `cross()`.
Whoever wants to go on reads the chapter on the weirs and the mills below the town."""


async def read(site: Site, body: bytes | str, kind: str = "text/html", query: str = "") -> list[Passage]:
    return await Page(site.page("/p", body, kind=kind), allow=site.allow)(query, 8)


def test_the_main_content_keeps_its_structure() -> None:
    """Headings, links, lists, tables, code and quotes stay; navigation, adverts and scripts go."""
    title, text = html_text(ARTICLE.replace("{filler}", FILLER), "https://e.org/p")
    assert title == "Bridges & rivers"
    assert text == TEXT.replace("{filler}", FILLER.strip())


def test_without_a_main_element_the_densest_block_is_taken() -> None:
    """Long paragraphs win over a long list of links."""
    links = "".join(f"<li><a href='/{n}'>some other story number {n}</a></li>" for n in range(20))
    _, text = html_text(f"<div id=side><ul>{links}</ul></div><div id=story><p>{FILLER}</p><p>{FILLER}</p></div>")
    assert "quarry" in text and "other story" not in text


def test_a_short_page_is_kept_whole() -> None:
    """A page without paragraphs is its body."""
    assert html_text("<body><div>Hello</div><span>there</span></body>") == ("", "Hello\n\nthere")


def test_author_and_date_stand_first() -> None:
    """As the page says them; no year is guessed from a copyright."""
    head = "<meta name=author content='Ada Berg'><meta property=article:published_time content=2024-05-03T08:00:00Z>"
    story = f"<title>T</title>{{}}<article><p>{FILLER}</p><p>{FILLER}</p></article><footer>© 1999</footer>"
    content = html_content(f"<html><head>{story.format(head)}</html>")
    assert (content.title, content.author, content.date) == ("T", "Ada Berg", "2024-05-03")
    assert html_text(f"<html><head>{story.format(head)}")[1].startswith("By Ada Berg, 2024-05-03\n\nIt was built")
    assert html_content(f"<html><head>{story.format('')}")[2:] == ("", "")


def test_relative_links_are_those_of_the_page() -> None:
    """Resolved against its whole address, folder included."""
    page = f"<html><body><article><p>{FILLER} <a href='next.html'>Next</a>, <a href=../up>up</a>.</p><p>{FILLER}</p>"
    text = html_text(page, "https://e.org/docs/guide/first.html")[1]
    assert "[Next](https://e.org/docs/guide/next.html)" in text and "[up](https://e.org/docs/up)" in text


def test_a_main_element_that_the_extractor_missed_is_taken() -> None:
    """A page whose main content is a long list of links is no page without content."""
    items = "".join(f"<li><a href='/f{n}'>function_{n}</a></li>" for n in range(200))
    text = html_text(f"<html><body><nav>HOME</nav><main><h1>Index</h1><ul>{items}</ul></main></body></html>")[1]
    assert "function_199" in text and "HOME" not in text


def test_tables_within_tables_are_read_once() -> None:
    """Each level of a layout made of tables used to double what it held."""
    assert html_text("<table><tr><td>" * 40 + "deep" + "</td></tr></table>" * 40)[1] == "deep"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>a<!-- x <b> -->b</p>", "<p>ab</p>"),
        ("a < b <c", "a &lt; b <c>"),
        ("<p title='a > b'>x", "<p title='a > b'>x"),
        ("<p title=don't>x's</p>", "<p title=don't>x's</p>"),
        ('<a href="x>y</a>', '<a href="x>y</a>'),
        ("<script>if (a < b) '<p>'</script>x", "x"),
        (
            '<script type="application/ld+json">{"a": 1}</script>',
            '<script type="application/ld+json">{"a": 1}</script>',
        ),
        ("<title>a <b> c</title>x", "<title>a &lt;b> c</title>x"),
        ("<!DOCTYPE html><?xml?><![CDATA[x]]>y", "y"),
        (f"<p {'a=1 ' * 600}>x", "<p>x"),
        ("<p>x<!-- never closed <p>y", "<p>x"),
        ("</P >x</p", "</P >x</p>"),
    ],
)
def test_a_page_is_tamed_before_it_is_parsed(page: str, text: str) -> None:
    """What a parser would spend minutes on goes; what a person wrote stays."""
    assert tamed(page) == text


def test_a_page_nested_without_end_is_read() -> None:
    """Ten thousand elements deep, and no recursion error."""
    _, text = html_text("<div>" * 10_000 + "deep" + "</div>" * 10_000)
    assert text == "deep"


def test_xml_sent_as_html_is_read_without_a_warning() -> None:
    """Warnings are errors here."""
    assert html_text("<?xml version='1.0'?><feed><p>x</p></feed>")[1] == "x"


async def test_passages_name_their_page(site: Site) -> None:
    """Address, title and place; the passage that answers comes first."""
    first, *_ = await read(site, ARTICLE.replace("{filler}", FILLER * 9), query="what did masons cost in 1801")
    assert (first.uri, first.title, first.where) == (site.url("/p"), "Bridges & rivers", "web")
    assert "1801" in first.text and first.score > 0 and len(first.text) <= 1200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<p>Gödel, 東京</p>".encode(), "text/html; charset=utf-8"),
        ("<p>Gödel, 東京</p>".encode(), "text/html"),
        ("<p>Gödel, 東京</p>".encode(), "text/html; charset=no-such-charset"),
        ("<p>Gödel, 東京</p>".encode(), "text/html; charset=ascii"),
        ("<p>Gödel, 東京</p>".encode("utf-16"), "text/html"),
        ("<meta charset=shift_jis><p>Godel, 東京</p>".encode("shift_jis"), "text/html"),
        ("<p>Godel, 東京</p>".encode("euc_jp"), "text/html; charset=EUC-JP"),
    ],
)
async def test_every_charset_is_read(site: Site, body: bytes, kind: str) -> None:
    """Claimed, declared, marked, missing or wrong."""
    (passage,) = await read(site, body, kind)
    assert passage.text in ("Gödel, 東京", "Godel, 東京")


async def test_latin_letters_in_no_stated_charset_are_guessed(site: Site) -> None:
    """Bytes that are not UTF-8 still give the words."""
    (passage,) = await read(site, ("<p>" + "Größe und Übergang, schön für alle. " * 5 + "</p>").encode("latin-1"))
    assert "Größe und Übergang" in passage.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [("text/plain", "a < b"), ("application/json", '{"a": 1}'), ("application/xml", "<a>1</a>"), ("text/csv", "a,b")],
)
async def test_text_of_other_types_is_taken_as_it_is(site: Site, kind: str, body: str) -> None:
    """Only HTML is converted."""
    (passage,) = await read(site, body, kind)
    assert passage.text == body


async def test_a_pdf_behind_a_page_address_is_read_as_one(site: Site) -> None:
    """The type decides, not the address."""
    (passage,) = await read(site, made("On paper."), "application/pdf")
    assert (passage.text, passage.page, passage.where) == ("On paper.", 1, "web")


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("<script>render()</script>", "text/html", "JavaScript"),
        (b"\0\1\2" * 99, "text/plain", "is binary"),
        (b"PK\3\4", "application/zip", "is application/zip"),
    ],
)
async def test_what_has_no_text_is_told(site: Site, body: bytes | str, kind: str, said: str) -> None:
    """An error with the reason, not an empty list."""
    with pytest.raises(SourceUnreadable, match=said):
        await read(site, body, kind)
