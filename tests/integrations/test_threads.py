"""Issues, pull requests, releases, commits and searches on an emulated GitHub, through the real PyGithub."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.sources import source_for
from integrations.threads import Thread
from integrations.web import Page
from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnavailable
from swarm.passages import Passage
from swarm.settings import Settings
from tests.integrations.conftest import Site

_PAGE = "https://github.com/octo/ferry"


def _issue(number: int, title: str, body: str, **more: object) -> dict[str, object]:
    return {
        "number": number,
        "title": title,
        "body": body,
        "state": "open",
        "html_url": f"{_PAGE}/issues/{number}",
        "user": {"login": "ada"},
        "labels": [{"name": "bug"}],
        "created_at": "2026-05-01T10:00:00Z",
        **more,
    }


def _comment(number: int, body: str, kind: str = "issues/1#issuecomment-") -> dict[str, object]:
    at = "2026-05-03T10:00:00Z"
    return {
        **{"id": number, "body": body, "created_at": at, "user": {"login": "bob"}},
        "html_url": f"{_PAGE}/{kind}{number}",
    }


_COMMIT = {
    "sha": "abc1234567890",
    "html_url": f"{_PAGE}/commit/abc1234567890",
    "commit": {"message": "Mend the pump\n\nIt leaked.", "author": {"name": "Ada", "date": "2026-05-02T10:00:00Z"}},
    "files": [{"filename": "pump.py", "status": "modified", "additions": 1, "deletions": 1, "patch": "-leak\n+hold"}],
}


@pytest.fixture
def settings(site: Site) -> Settings:
    """Settings that lead to a GitHub with a repository in which people have talked."""
    base = "/repos/octo/ferry"
    pull = _issue(2, "Hold the water", "Fixes #1", html_url=f"{_PAGE}/pull/2", labels=[])
    answers: dict[str, object] = {
        base: {"full_name": "octo/ferry", "default_branch": "main", "url": site.url(base)},
        f"{base}/issues": [_issue(1, "The pump leaks", "Water everywhere."), {**pull, "pull_request": {"url": "x"}}],
        f"{base}/issues/1": _issue(1, "The pump leaks", "Water everywhere.", url=site.url(f"{base}/issues/1")),
        f"{base}/issues/1/comments": [_comment(number, f"comment {number} on valves") for number in range(1, 131)],
        f"{base}/issues/2": {**pull, "pull_request": {"url": "x"}, "url": site.url(f"{base}/issues/2")},
        f"{base}/issues/2/comments": [_comment(900, "Well done.", "pull/2#issuecomment-")],
        f"{base}/pulls": [{**pull, "issue_url": site.url(f"{base}/issues/2"), "url": site.url(f"{base}/pulls/2")}],
        f"{base}/pulls/2": {
            **pull,
            "issue_url": site.url(f"{base}/issues/2"),
            "url": site.url(f"{base}/pulls/2"),
        },
        f"{base}/pulls/2/comments": [_comment(901, "Why not rubber?", "pull/2#discussion_r")],
        f"{base}/pulls/2/reviews": [
            {"body": "Mind the seal.", "state": "CHANGES_REQUESTED", "user": {"login": "eve"}}
            | {"submitted_at": "2026-05-03T11:00:00Z", "html_url": f"{_PAGE}/pull/2#pullrequestreview-5"},
            {"body": "", "state": "APPROVED", "html_url": f"{_PAGE}/pull/2#pullrequestreview-6"},
        ],
        f"{base}/pulls/2/files": _COMMIT["files"],
        f"{base}/releases": [
            {"tag_name": "v1.0", "name": "First", "body": "It floats.", "html_url": f"{_PAGE}/releases/tag/v1.0"}
            | {"published_at": "2026-05-04T10:00:00Z"}
        ],
        f"{base}/releases/tags/v1.0": {
            **{"tag_name": "v1.0", "name": "First", "body": "It floats.", "published_at": None},
            "html_url": f"{_PAGE}/releases/tag/v1.0",
        },
        f"{base}/commits": [_COMMIT],
        f"{base}/commits/abc1234": _COMMIT,
        f"{base}/compare/main...pump": {
            **{"html_url": f"{_PAGE}/compare/main...pump", "commits": [_COMMIT], "files": _COMMIT["files"]},
            "url": site.url("/x"),
        },
    }
    for path, answer in answers.items():
        site.page(path, json.dumps(answer), kind="application/json")
    for what in ("issues", "repositories", "code"):
        found = [_issue(7, f"hit of {what}", "b", full_name="octo/ferry", path="a.py", repository={"full_name": "o/r"})]
        body = {"total_count": 1, "incomplete_results": False, "items": found}
        site.page(f"/search/{what}", json.dumps(body), kind="application/json")
    return Settings.model_validate({"github_base_url": site.url("")})


async def _ask(settings: Settings, uri: str, query: str = "", k: int = 500) -> list[Passage]:
    return await source_for(uri, (), settings)(query, k)


async def test_an_issue_comes_with_all_its_comments(settings: Settings, site: Site) -> None:
    """Each under its own address, so that it can be cited; a query picks among them."""
    found = await _ask(settings, f"{_PAGE}/issues/1")
    assert len(found) == 131
    assert found[0].text.startswith("#1 The pump leaks (open; opened by ada, 2026-05-01; labels: bug)\nWater")
    assert found[130].uri == f"{_PAGE}/issues/1#issuecomment-130" and "bob" in found[130].text
    (best,) = await _ask(settings, "github:octo/ferry#1", "comment 77", 1)
    assert best.uri.endswith("-77") and best.where == "github" and best.title == "#1 The pump leaks"


async def test_a_pull_request_comes_with_reviews_and_changes(settings: Settings) -> None:
    """Also where it is asked for as an issue."""
    found = await _ask(settings, f"{_PAGE}/pull/2")
    assert [each.uri.removeprefix(f"{_PAGE}/pull/2") for each in found] == [
        "",
        "#issuecomment-900",
        "#pullrequestreview-5",
        "#discussion_r901",
        "/files",
    ]
    assert found[2].text == "eve (changes requested), 2026-05-03: Mind the seal."
    assert "pump.py (modified, +1 -1)\n-leak\n+hold" in found[-1].text
    assert [each.uri for each in await _ask(settings, f"{_PAGE}/issues/2")] == [each.uri for each in found]


async def test_listings_releases_commits_and_comparisons(settings: Settings, site: Site) -> None:
    """Issues without pull requests; qualifiers are GitHub's to answer, and cannot leave the repository."""
    assert [each.uri for each in await _ask(settings, f"{_PAGE}/issues")] == [f"{_PAGE}/issues/1"]
    assert [each.uri for each in await _ask(settings, f"{_PAGE}/pulls")] == [f"{_PAGE}/pull/2"]
    assert not [path for path in site.seen if "/issues/" in path], "one request lists them all"
    for uri in (f"{_PAGE}/releases", f"{_PAGE}/releases/tag/v1.0"):
        assert "It floats." in (await _ask(settings, uri))[0].text
    assert "Mend the pump" in (await _ask(settings, f"{_PAGE}/commits"))[0].text
    commit = await _ask(settings, f"{_PAGE}/commit/abc1234")
    assert "It leaked." in commit[0].text and "-leak" in commit[1].text
    assert "-leak" in (await _ask(settings, f"{_PAGE}/compare/main...pump"))[-1].text
    await _ask(settings, f"{_PAGE}/issues", "is:open label:bug repo:secret/other leak")
    asked = parse_qs(urlsplit(next(path for path in reversed(site.seen) if "/search/issues" in path)).query)["q"][0]
    assert asked.startswith("repo:octo/ferry is:issue is:open label:bug") and "secret" not in asked


async def test_searches(settings: Settings) -> None:
    """Issues, pull requests and repositories; code needs a token, and a search a query."""
    for what in ("issues", "prs", "repositories"):
        assert len(await _ask(settings, f"github-search:{what}", "pump")) == 1
    with pytest.raises(SourceRefused, match="set GITHUB_TOKEN"):
        await _ask(settings, "github-search:code", "pump")
    with pytest.raises(SourceRefused, match="needs a query"):
        await _ask(settings, "github-search:issues", " ")
    with pytest.raises(SourceRefused, match="is no search"):
        source_for("github-search:people", (), settings)


async def test_what_goes_wrong_is_one_line(settings: Settings, site: Site) -> None:
    """A thread that is not there, a server that fails, an answer that is not GitHub's."""
    site.page("/repos/octo/ferry/issues/404", '{"message": "Not Found"}', status=404, kind="application/json")
    site.page("/repos/octo/ferry/issues/500", "oops", status=500)
    site.page("/repos/octo/ferry/issues/3", "[1, 2]", kind="application/json")
    for number, error in (("404", SourceNotFound), ("500", SourceUnavailable), ("3", SourceError)):
        with pytest.raises(error) as raised:
            await _ask(settings, f"{_PAGE}/issues/{number}")
        assert "\n" not in str(raised.value) and "octo/ferry" in str(raised.value)


def test_addresses_are_told_apart(settings: Settings) -> None:
    """Threads by their form; the pages of the site stay pages."""
    for uri, kind, what in (
        (f"{_PAGE}/issues", "issues", ""),
        (f"{_PAGE}/issues/12", "issue", "12"),
        (f"{_PAGE}/pull/3/files", "pull", "3"),
        (f"{_PAGE}/releases/tag/v1/b", "release", "v1/b"),
        (f"{_PAGE}/commits/main", "commits", "main"),
        (f"{_PAGE}/compare/a...b/c", "compare", "a...b/c"),
    ):
        found = source_for(uri, (), settings)
        assert isinstance(found, Thread) and (found.kind, found.what) == (kind, what), uri
    for uri in (
        f"{_PAGE}/issues/new",
        f"{_PAGE}/wiki/Home",
        f"{_PAGE}/releases/latest",
        "https://github.com.evil/o/r/pull/1",
    ):
        assert isinstance(source_for(uri, (), settings), Page), uri
