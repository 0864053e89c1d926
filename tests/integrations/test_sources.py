"""The choice of a source by the form of an address."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from integrations.files import Files
from integrations.github import Repository
from integrations.pdf import Pdf
from integrations.sources import http_cache, source_for
from integrations.threads import Thread
from integrations.web import Page
from swarm.errors import SourceRefused
from swarm.passages import Source
from swarm.settings import Settings

SETTINGS = Settings(github_token=SecretStr("t0ken"), swarm_allow_private=("intranet",))
GITHUB = {"base_url": SETTINGS.github_base_url, "token": SETTINGS.github_token}


def repository(name: str, ref: str = "", path: str = "") -> Repository:
    return Repository(name, ref, path, SETTINGS.github_base_url, SETTINGS.github_token)


def page(uri: str) -> Page:
    """Return a page as the settings want it read."""
    return Page(uri, allow=("intranet",), cache=http_cache(SETTINGS))


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://example.com/a?b=c", page("https://example.com/a?b=c")),
        ("HTTP://example.com", page("HTTP://example.com")),
        (
            "https://example.com/r.PDF?x=1",
            Pdf("https://example.com/r.PDF?x=1", ("intranet",), cache=http_cache(SETTINGS)),
        ),
        ("https://github.com/o/r", repository("o/r")),
        ("https://www.github.com/o/r.git/", repository("o/r")),
        ("https://github.com/o/r#readme", repository("o/r")),
        ("https://github.com/o/r/tree/main/src/a", repository("o/r", "main", "src/a")),
        ("https://github.com/o/r/blob/v1/a%20b.md", repository("o/r", "v1", "a b.md")),
        ("github:o/r", repository("o/r")),
        ("github:o/r/docs/a.md@dev", repository("o/r", "dev", "docs/a.md")),
        (
            "https://github.com/o/r/issues/1",
            Thread("o/r", "issue", "1", SETTINGS.github_base_url, SETTINGS.github_token),
        ),
        ("https://github.com/topics/python", page("https://github.com/topics/python")),
        ("https://github.com.evil.org/o/r", page("https://github.com.evil.org/o/r")),
    ],
)
def test_addresses_choose_their_source(uri: str, source: Source) -> None:
    """Repositories, PDFs and pages are told apart by their addresses alone."""
    assert source_for(uri, (), SETTINGS) == source


@pytest.mark.parametrize("uri", ["b.txt", "./b.txt", "file:b.txt", " b.txt ", "{root}/b.txt", "file://{root}/b.txt"])
def test_a_path_is_tried_against_each_root(tmp_path: Path, uri: str) -> None:
    """The workspace first, then the other folders."""
    roots = (tmp_path / "work", tmp_path / "given")
    for root in roots:
        root.mkdir()
    (roots[1] / "b.txt").write_text("b")
    assert source_for(uri.format(root=roots[1]), roots, SETTINGS) == Files(roots[1] / "b.txt", roots)


def test_the_workspace_wins_and_answers_for_what_is_missing(tmp_path: Path) -> None:
    """The first root that has it; the workspace if none has."""
    roots = (tmp_path / "work", tmp_path / "given")
    for root in roots:
        root.mkdir()
        (root / "b.txt").write_text("b")
    assert source_for("b.txt", roots, SETTINGS) == Files(roots[0] / "b.txt", roots)
    assert source_for("c.txt", roots, SETTINGS) == Files(roots[0] / "c.txt", roots)


def test_a_colon_may_stand_in_a_file_name(tmp_path: Path) -> None:
    """If there is such a file."""
    (tmp_path / "plan:b.txt").write_text("b")
    assert source_for("plan:b.txt", (tmp_path,), SETTINGS) == Files(tmp_path / "plan:b.txt", (tmp_path,))


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "ftp://a/b",
        "data:text/plain,x",
        "mailto:a@b.c",
        "s3://bucket/x",
        "file://host/share/x",
        "github:o",
        "github:o/..",
        "github:o/r/../x",
    ],
)
def test_any_other_form_is_refused_with_the_accepted_ones(tmp_path: Path, uri: str) -> None:
    """In one line."""
    with pytest.raises(SourceRefused) as refused:
        source_for(uri, (tmp_path,), SETTINGS)
    assert "\n" not in str(refused.value)
