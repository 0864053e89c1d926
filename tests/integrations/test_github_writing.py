"""Writing to GitHub: once, only where it was granted, and only what a person has said yes to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from integrations.github_writing import Written, parse_wish, write
from integrations.office import Consent, Office
from swarm.errors import BadArguments, FunctionRefused, SourceError, SourceNotFound, SourceRefused
from swarm.settings import Settings
from swarm.workspace import Workspace
from tests.github_hub import Hub, Mood, hub

_TOKEN = "ghp_0123456789abcdefSECRET"
_REPOSITORY = "octo/ferry"
_WISHES: list[tuple[str, dict[str, Any], str]] = [
    ("create_issue", {"title": "The pump leaks", "body": "A lot.", "labels": ["bug"]}, "/issues/2"),
    ("create_comment", {"number": 1, "body": "Mended."}, "/issues/1#issuecomment-1"),
    ("create_branch", {"branch": "ada/pump"}, "/tree/ada/pump"),
    ("write_file", {"branch": "main", "path": "docs/Über uns.md", "text": "# Größe\n"}, "/docs/%C3%9Cber%20uns.md"),
    ("write_file", {"branch": "main", "path": "README.md", "text": "# New\n", "message": "Anew"}, "/README.md"),
    ("create_pull_request", {"head": "ada/pump", "title": "Mend the pump"}, "/pull/2"),
]


@pytest.fixture
def github() -> Iterator[Hub]:
    """A GitHub with one issue."""
    with hub() as it:
        it.write("POST", "issues", {"title": "The pump", "body": None})
        it.written.clear()
        yield it


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries."""
    monkeypatch.setattr("integrations.github_writing._write.retry.sleep", lambda seconds: None)


@pytest.fixture
def settings(github: Hub, tmp_path: Path) -> Settings:
    """Settings that lead there, with a token and a grant."""
    told = {"github_base_url": github.url, "github_token": _TOKEN, "swarm_home": tmp_path, "github_max_wait": 3}
    return Settings.model_validate({**told, "swarm_grants": "github:write:Octo/Ferry"})


async def _write(settings: Settings, action: str, fields: object, author: str = "a node") -> Written:
    return await write(parse_wish(action, _REPOSITORY, fields), author, settings)


@pytest.mark.parametrize(("action", "fields", "place"), _WISHES)
@pytest.mark.parametrize("mood", [None, "lost", "cut"])
async def test_what_is_wished_is_written_once(
    action: str, fields: dict[str, Any], place: str, mood: Mood | None, github: Hub, settings: Settings
) -> None:
    """Also where the answer was lost: it is looked for before it is written again, now and by whoever comes later."""
    github.moods = [mood] if mood else []
    written = await _write(settings, action, fields)
    assert written.url.endswith(place)
    assert written.is_new is (mood is None)
    again = await _write(settings, action, fields)
    assert (again.url, again.number, again.is_new) == (written.url, written.number, False)
    assert len(github.written) == 1


async def test_two_authors_write_twice(github: Hub, settings: Settings) -> None:
    """Only what is the same whoever made it, a branch or a file's text, is not made again."""
    for author in ("a node", "another"):
        assert (await _write(settings, "create_issue", {"title": "Leak"}, author)).is_new
        assert (await _write(settings, "create_branch", {"branch": "fix"}, author)).is_new is (author == "a node")
    marks = [issue["body"] for issue in github.issues[1:]]
    assert len(set(marks)) == 2
    assert all(mark.startswith("<!-- swarm:") for mark in marks)


@pytest.mark.parametrize(
    ("action", "fields", "error", "words"),
    [
        ("create_comment", {"number": 404, "body": "x"}, SourceNotFound, "no such place"),
        ("create_branch", {"branch": "b", "source": "nowhere"}, SourceNotFound, "no such place"),
        ("write_file", {"branch": "nowhere", "path": "a.md", "text": "x"}, SourceNotFound, "no such place"),
        ("write_file", {"branch": "main", "path": "docs", "text": "x"}, SourceRefused, "is a folder"),
        ("create_pull_request", {"head": "main", "title": "x"}, SourceRefused, "No commits between main and main"),
    ],
)
async def test_what_cannot_be_written_is_said_in_a_line(
    action: str, fields: dict[str, Any], error: type[SourceError], words: str, github: Hub, settings: Settings
) -> None:
    """GitHub's own words are in it, the token is not."""
    github.files["main", "docs/a"] = b""
    with pytest.raises(error) as told:
        await _write(settings, action, fields)
    assert words in str(told.value)
    assert _TOKEN not in str(told.value) and "\n" not in str(told.value)


async def test_a_refusal_is_final_and_a_limit_is_waited_for(github: Hub, settings: Settings) -> None:
    """Nobody writes without a name, nor to a repository that is called otherwise now."""
    github.moods = ["refused"]
    with pytest.raises(SourceRefused, match=r"does not let GITHUB_TOKEN write.*not accessible"):
        await _write(settings, "create_issue", {"title": "Leak"})
    github.moods = ["slow down"]
    assert (await _write(settings, "create_issue", {"title": "Leak"})).is_new
    assert len(github.written) == 1
    with pytest.raises(SourceRefused, match="set GITHUB_TOKEN"):
        await _write(settings.model_copy(update={"github_token": None}), "create_issue", {"title": "Leak"})
    github.name = "octo/elsewhere"
    with pytest.raises(SourceRefused, match="is called octo/elsewhere now"):
        await _write(settings, "create_issue", {"title": "Leak"})


@pytest.mark.parametrize(
    ("action", "repository", "fields"),
    [
        ("delete_repository", _REPOSITORY, {}),
        (7, _REPOSITORY, {}),
        ("create_issue", "ferry", {"title": "x"}),
        ("create_issue", "../ferry", {"title": "x"}),
        ("create_issue", "octo/ferry/..", {"title": "x"}),
        ("create_issue", "octo/ferry\n", {"title": "x"}),
        ("create_issue", None, {"title": "x"}),
        ("create_issue", _REPOSITORY, {"title": " "}),
        ("create_issue", _REPOSITORY, {"title": "x", "body": "b" * 60_001}),
        ("create_issue", _REPOSITORY, {"title": "x", "assignees": ["ada"]}),
        ("create_issue", _REPOSITORY, "title"),
        ("create_comment", _REPOSITORY, {"number": 0, "body": "x"}),
        ("create_comment", _REPOSITORY, {"number": 1, "body": ""}),
        ("create_branch", _REPOSITORY, {"branch": "-x"}),
        ("create_branch", _REPOSITORY, {"branch": "a..b/../c"}),
        ("create_branch", _REPOSITORY, {"branch": "a b"}),
        ("create_branch", _REPOSITORY, {"branch": "a/"}),
        ("write_file", _REPOSITORY, {"branch": "main", "path": "/etc/passwd", "text": ""}),
        ("write_file", _REPOSITORY, {"branch": "main", "path": "a/../../b", "text": ""}),
        ("write_file", _REPOSITORY, {"branch": "main", "path": ".GIT/config", "text": ""}),
        ("write_file", _REPOSITORY, {"branch": "main", "path": "a//b", "text": ""}),
        ("write_file", _REPOSITORY, {"branch": "main", "path": "a\nb", "text": ""}),
        ("create_pull_request", _REPOSITORY, {"head": "a:b:c", "title": "x"}),
    ],
)
def test_what_code_asks_for_is_checked(action: object, repository: object, fields: object) -> None:
    """One line that names the action."""
    with pytest.raises(BadArguments, match=r"^api\.github\([^\n]+$"):
        parse_wish(action, repository, fields)


def test_a_person_sees_every_word_as_text(settings: Settings) -> None:
    """Nothing can end the block that it stands in; of a very long text the beginning, and how much more."""
    body = "```\n![x](https://evil.example/a.png)\n````"
    question = parse_wish("create_issue", _REPOSITORY, {"title": "T", "body": body}).question
    assert question.startswith("May this be written to GitHub: create issue in octo/ferry?")
    assert question.count("`````") == 2 and question.endswith("\n`````") and body in question
    long = parse_wish("write_file", _REPOSITORY, {"branch": "b", "path": "p", "text": "x" * 30_000}).question
    assert "10000 characters more" in long and len(long) < 21_000


def _office(settings: Settings, tmp_path: Path, consent: Consent, **thinking: Any) -> Office:
    return Office(settings, Workspace(tmp_path, tmp_path / "keep", "goal"), "a node", thinking, consent)


async def test_nothing_is_written_without_a_grant_and_a_yes(github: Hub, settings: Settings, tmp_path: Path) -> None:
    """A yes is to these words; others are asked for anew. What the model said until then, it is not asked again."""
    asked = []

    async def write_text(brief: str) -> str:
        asked.append(brief)
        return f"text {len(asked)}"

    async def function(office: Office) -> object:
        body = await office.ask("write_text", {"brief": "the leak"})
        fields: JsonValue = {"title": "Leak", "body": f"{body} {_TOKEN}"}
        return await office.ask("github", {"action": "create_issue", "repository": _REPOSITORY, "fields": fields})

    first = _office(settings, tmp_path, Consent(), write_text=write_text)
    with pytest.raises(FunctionRefused, match="a person must say yes first: create issue in octo/ferry"):
        await function(first)
    (wish,) = first.wishes
    assert _TOKEN not in wish.question
    second = _office(settings, tmp_path, first.consent.with_wish(wish, first.answers), write_text=write_text)
    assert (await function(second)) == {"url": "https://github.com/octo/ferry/issues/2", "number": 2, "is_new": True}
    assert list(second.places) == ["https://github.com/octo/ferry/issues/2"]
    assert len(asked) == 1
    assert github.issues[-1]["body"].startswith("text 1 ***\n")

    title: dict[str, JsonValue] = {"title": "Another"}
    other: dict[str, JsonValue] = {"action": "create_issue", "repository": _REPOSITORY, "fields": title}
    with pytest.raises(FunctionRefused, match="a person must say yes"):
        await second.ask("github", other)
    trusting = settings.model_copy(update={"swarm_confirm": False})
    await _office(trusting, tmp_path, Consent()).ask("github", other)
    for grants in ((), ("github:write:octo/boat",), ("github:write:oct/*",)):
        refusing = trusting.model_copy(update={"swarm_grants": grants})
        with pytest.raises(FunctionRefused, match="run with --grant github:write:octo/ferry"):
            await _office(refusing, tmp_path, Consent()).ask("github", other)
    wide = trusting.model_copy(update={"swarm_grants": ("github:write:octo/*",)})
    await _office(wide, tmp_path, Consent()).ask("github", {**other, "fields": {"title": "A third"}})
    assert [issue["title"] for issue in github.issues] == ["The pump", "Leak", "Another", "A third"]
