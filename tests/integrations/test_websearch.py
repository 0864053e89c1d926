"""Web search, against a SearXNG and Brave's API emulated on loopback."""

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import integrations.fetch
from integrations.sources import source_for
from integrations.websearch import BRAVE, WebSearch
from swarm.errors import SourceError, SourceRefused, SourceUnavailable, SourceUnreadable
from swarm.passages import Passage
from swarm.settings import Settings
from tests.integrations.conftest import Site

KEY = "BSA-very-secret-key"
ROWS = [
    {"url": "https://e.org/bees", "title": "Bees", "content": "Bees make <b>honey</b> &amp; wax.", "engine": "x"},
    {"url": "https://e.org/bees#more", "title": "Bees again", "content": "The same page."},
    {"url": "javascript:alert(1)", "title": "Odd", "content": "No address."},
    {"url": "https://e.org/wax", "title": "Wax", "content": None},
    "no row",
    {"url": "https://e.org/c", "title": "C", "content": "Third."},
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrations.fetch, "_FIRST_PAUSE", 0.01)


def settings(site: Site, home: Path, key: str | None = None) -> Settings:
    return Settings.model_validate({"swarm_search_url": site.url("/"), "swarm_search_key": key, "swarm_home": home})


def searxng(site: Site) -> None:
    """Answer as SearXNG does: JSON only if asked for it."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked = parse_qs(urlsplit(request.path).query)
        assert asked["format"] == ["json"]
        _send(
            request, 200, {"query": asked["q"][0], "number_of_results": 0, "results": ROWS, "unresponsive_engines": []}
        )

    site.routes["/search"] = answer


def brave(site: Site) -> None:
    """Answer as Brave's API does: only to who has a key."""
    rows = [
        {"description" if name == "content" else name: text for name, text in row.items()}
        for row in ROWS
        if isinstance(row, dict)
    ]

    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("X-Subscription-Token") != KEY:
            _send(request, 401, {"type": "ErrorResponse", "error": {"code": "SUBSCRIPTION_TOKEN_INVALID"}})
            return
        count = int(parse_qs(urlsplit(request.path).query)["count"][0])
        _send(request, 200, {"type": "search", "web": {"type": "search", "results": rows[:count]}})

    site.routes["/web/search"] = answer


def _send(request: BaseHTTPRequestHandler, status: int, said: object) -> None:
    body = json.dumps(said).encode()
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@pytest.mark.parametrize("key", [None, KEY])
async def test_results_are_passages(site: Site, tmp_path: Path, key: str | None) -> None:
    """Address, title and snippet, the engine's best first; each page once, and only what can be fetched."""
    searxng(site)
    brave(site)
    found = await source_for("web:", (), settings(site, tmp_path, key))("how bees make honey", 8)
    assert found == [
        Passage(uri="https://e.org/bees", title="Bees", where="web", text="Bees make honey & wax.", score=1.0),
        Passage(uri="https://e.org/wax", title="Wax", where="web", text="Wax", score=0.5),
        Passage(uri="https://e.org/c", title="C", where="web", text="Third.", score=0.3333),
    ]
    assert "how+bees+make+honey" in site.seen[-1] and KEY not in site.seen[-1]


async def test_the_question_may_stand_in_the_address(site: Site, tmp_path: Path) -> None:
    """`web:bees` with the query "honey" asks for both; no more than asked for comes back."""
    searxng(site)
    assert len(await source_for("web:bees", (), settings(site, tmp_path))("honey", 1)) == 1
    assert "q=bees+honey" in site.seen[0]


async def test_without_an_engine_it_says_what_to_set(tmp_path: Path) -> None:
    """And without words, that there are none."""
    none = Settings.model_validate({"swarm_home": tmp_path})
    with pytest.raises(SourceRefused, match=r"SWARM_SEARCH_URL .* SWARM_SEARCH_KEY"):
        await source_for("web:bees", (), none)("", 3)
    with pytest.raises(SourceRefused, match="needs words"):
        await source_for("web:", (), none)("  ", 3)
    assert urlsplit(BRAVE).scheme == "https"


async def test_a_wrong_key_is_told_and_not_shown(site: Site, tmp_path: Path) -> None:
    """The message names the setting, not its value."""
    brave(site)
    with pytest.raises(SourceRefused, match="check SWARM_SEARCH_KEY") as refused:
        await source_for("web:bees", (), settings(site, tmp_path, "wrong-secret"))("", 3)
    assert "wrong-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (403, "no", SourceRefused, "must permit `json`"),
        (404, "no", SourceRefused, "check SWARM_SEARCH_URL"),
        (429, "slow down", SourceUnavailable, "429"),
        (500, "no", SourceUnavailable, "500"),
        (200, "<html>a page</html>", SourceUnreadable, "no JSON object"),
        (200, "[1]", SourceUnreadable, "no JSON object"),
        (200, "[" * 100_000, SourceUnreadable, "no JSON object"),
        (200, "\xff", SourceUnreadable, "no JSON object"),
    ],
)
async def test_an_engine_that_fails_is_told(
    site: Site, tmp_path: Path, status: int, body: str, error: type[SourceError], said: str
) -> None:
    """One line each, with what to do."""
    site.page("/search", body, status=status)
    with pytest.raises(error, match=said) as failed:
        await source_for("web:bees", (), settings(site, tmp_path))("", 3)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("said", [{}, {"results": None}, {"results": {}}, {"web": []}, {"results": []}])
@pytest.mark.parametrize("key", [None, KEY])
async def test_an_answer_without_results_has_none(site: Site, tmp_path: Path, key: str | None, said: object) -> None:
    """Nothing found is no failure."""
    for path in ("/search", "/web/search"):
        site.page(path, json.dumps(said), kind="application/json")
    assert await source_for("web:bees", (), settings(site, tmp_path, key))("", 3) == []


async def test_the_key_goes_to_the_engine_alone(site: Site, tmp_path: Path) -> None:
    """A redirect gets no header of ours, and nothing private that is not the engine."""
    site.redirect("/web/search", "/elsewhere")
    site.page("/elsewhere", "{}", kind="application/json")
    assert await source_for("web:bees", (), settings(site, tmp_path, KEY))("", 3) == []
    assert "x-subscription-token" in site.headers[0] and "x-subscription-token" not in site.headers[1]
    site.redirect("/web/search", site.url("/elsewhere").replace("127.0.0.1", "localhost"))
    with pytest.raises(SourceRefused, match="not fetched"):
        await WebSearch.parse("web:bees", settings(site, tmp_path, KEY))("", 3)
