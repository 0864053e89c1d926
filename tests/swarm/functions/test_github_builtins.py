"""The built-in functions for GitHub ask for the thread that is meant; what they are themselves, test_builtin shows."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import JsonValue

from integrations.addresses import Address, parse_address
from integrations.threads import thread_of
from swarm.functions.built_in import FOLDER
from swarm.functions.exchange import parse_yaml
from swarm.functions.grants import Grants
from swarm.functions.running import Running
from swarm.sandbox.packages import Packages
from swarm.sandbox.warm import close_warm


async def _asked(folder: Path, name: str, arguments: dict[str, JsonValue]) -> tuple[str, str]:
    """Return the address and the query with which a built-in asks."""
    asked: list[Mapping[str, JsonValue]] = []

    async def ask(_: str, given: Mapping[str, JsonValue]) -> JsonValue:
        asked.append(given)
        return [{"uri": "u", "text": "t"}]

    function = parse_yaml((FOLDER / f"{name}.yaml").read_text("utf-8"), name)
    try:
        told = await Running(Packages(folder)).run(function, arguments, ask, Grants())
    finally:
        close_warm()
    assert told.ok, told.message
    return str(asked[0]["uri"]), str(asked[0]["query"])


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "what"),
    [
        ("github_issues", {"query": "is:open"}, "issues", ""),
        ("github_issue", {"number": 7}, "issue", "7"),
        ("github_pull_request", {"number": 7}, "pull", "7"),
        ("github_releases", {}, "releases", ""),
        ("github_releases", {"tag": "@octo/ferry@1.0#?"}, "release", "@octo/ferry@1.0#?"),
        ("github_commits", {}, "commits", ""),
        ("github_commits", {"branch": "feature/tides 100%"}, "commits", "feature/tides 100%"),
        ("github_commits", {"commit": "abc123"}, "commit", "abc123"),
    ],
)
async def test_a_thread_is_asked_for(
    tmp_path: Path, name: str, arguments: dict[str, JsonValue], kind: str, what: str
) -> None:
    """Whatever signs a tag or branch has; in the short form, which leads to the GitHub that is set."""
    uri, query = await _asked(tmp_path, name, {"repository": "o/r", **arguments})
    thread = thread_of(uri, "https://api.github.com", None)
    assert thread is not None and uri.startswith("github:")
    assert (thread.name, thread.kind, thread.what, query) == ("o/r", kind, what, arguments.get("query", ""))


async def test_a_file_may_be_called_as_a_thread(tmp_path: Path) -> None:
    """Its path is a path."""
    uri, _ = await _asked(tmp_path, "github_file", {"repository": "o/r", "path": "issues/7", "ref": "v1@2"})
    assert thread_of(uri, "https://api.github.com", None) is None
    assert parse_address(uri) == Address("o/r", "v1@2", "issues/7")


async def test_a_search_can_be_kept_to_a_repository(tmp_path: Path) -> None:
    """By GitHub's own qualifier."""
    asked = await _asked(
        tmp_path, "github_search_issues", {"query": "pump", "repository": "o/r", "pull_requests": True}
    )
    assert asked == ("github-search:prs", "repo:o/r pump")
