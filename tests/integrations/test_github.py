"""GitHub, against a small emulation of its API on loopback, through the real PyGithub."""

import base64
import json
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from integrations.github import Repository
from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnavailable, SourceUnreadable
from swarm.passages import Passage
from tests.integrations.conftest import Site
from tests.integrations.test_pdf import made

TOKEN = "ghp_0123456789abcdefSECRET"
FILES: dict[str, bytes] = {
    "README.md": b"# Ferry\n\nA timetable for small ferries.\n",
    "docs/setup.md": b"# Setup\n\nInstall the harbour database first.\n",
    "docs/guide.pdf": made("The captain's guide."),
    "src/timetable.py": b"def next_departure(now):\n    return min(t for t in TIMES if t > now)\n",
    "src/retry_policy.py": b"LIMIT = 5\n",
    "src/odd.py": b"# The anemometer is read here.\n",
    "logo.png": b"\x89PNG\0\0\0",
    "data/large.csv": b"port,minutes\n" + b"north,4\n" * 200_000,
}


class Hub:
    """One repository, octo/ferry, with the branches main and feature/tides."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.searches: list[str] = []
        base = "/repos/octo/ferry"
        self.json(base, {"full_name": "octo/ferry", "default_branch": "main", "url": site.url(base)})
        entries: list[dict[str, object]] = [{"path": "src", "type": "tree", "sha": "t1"}]
        for number, (path, body) in enumerate(FILES.items()):
            entries.append({"path": path, "type": "blob", "sha": f"b{number}", "size": len(body)})
            content = base64.encodebytes(body).decode()
            self.json(f"{base}/git/blobs/b{number}", {"sha": f"b{number}", "encoding": "base64", "content": content})
        for ref in ("main", "feature%2Ftides"):
            self.json(f"{base}/git/trees/{ref}", {"sha": "t0", "truncated": False, "tree": entries})
        self.found: list[str] = []
        site.routes["/search/code"] = self._search

    def json(self, path: str, answer: object, status: int = 200, **headers: str) -> None:
        self.site.page(path, json.dumps(answer), status=status, kind="application/json", **headers)

    def refuse(self, path: str, status: int, message: str, **headers: str) -> None:
        self.json(path, {"message": message}, status=status, **headers)

    def _search(self, request: BaseHTTPRequestHandler) -> None:
        self.searches.append(parse_qs(urlsplit(request.path).query)["q"][0])
        items = [{"path": path, "name": path, "sha": "x", "url": "x"} for path in self.found]
        self.json("/answer", {"total_count": len(items), "incomplete_results": False, "items": items})
        self.site.routes["/answer"](request)

    async def ask(self, uri: str = "github:octo/ferry", query: str = "", k: int = 8, token: str = "") -> list[Passage]:
        secret = SecretStr(token) if token else None
        return await Repository.parse(uri, base_url=self.site.url(""), token=secret)(query, k)

    async def failure(self, uri: str = "github:octo/ferry", query: str = "", token: str = "") -> tuple[type, str]:
        with pytest.raises(SourceError) as raised:
            await self.ask(uri, query, token=token)
        assert TOKEN not in str(raised.value) and "\n" not in str(raised.value)
        return type(raised.value), str(raised.value)


@pytest.fixture
def hub(site: Site) -> Hub:
    return Hub(site)


async def test_an_empty_query_gives_the_tree_and_the_readme(hub: Hub) -> None:
    """What there is, and what it is for."""
    tree, readme = await hub.ask()
    assert (tree.uri, tree.where, tree.title) == ("https://github.com/octo/ferry", "github", "octo/ferry: 8 files")
    assert f"src/timetable.py ({len(FILES['src/timetable.py'])} bytes)" in tree.text
    assert (readme.uri, readme.lines) == ("https://github.com/octo/ferry/blob/main/README.md", (1, 3))


async def test_a_folder_gives_its_part_of_the_tree(hub: Hub) -> None:
    """By its address."""
    (tree,) = await hub.ask("https://github.com/octo/ferry/tree/main/docs")
    assert tree.uri.endswith("/tree/main/docs") and "docs/setup.md" in tree.text and "src/" not in tree.text


@pytest.mark.parametrize(
    ("uri", "query"),
    [
        ("https://github.com/octo/ferry/blob/main/docs/setup.md", ""),
        ("https://github.com/octo/ferry/blob/main/docs/setup.md", "harbour"),
        ("github:octo/ferry/docs/setup.md", ""),
        ("github:octo/ferry", "docs/setup.md"),
        ("github:octo/ferry", "/Docs/Setup.md"),
        ("github:octo/ferry/docs", "setup.md"),
    ],
)
async def test_a_file_is_read_by_address_or_by_query(hub: Hub, uri: str, query: str) -> None:
    """One passage, named by its path, under its address."""
    (passage,) = await hub.ask(uri, query)
    assert (passage.title, passage.text) == ("docs/setup.md", FILES["docs/setup.md"].decode().strip())
    assert passage.uri == "https://github.com/octo/ferry/blob/main/docs/setup.md"


async def test_a_branch_may_have_slashes(hub: Hub) -> None:
    """An address does not say where the branch ends and the path begins; GitHub is asked."""
    hub.refuse("/repos/octo/ferry/git/trees/feature", 404, "Not Found")
    (passage,) = await hub.ask("https://github.com/octo/ferry/blob/feature/tides/docs/setup.md")
    assert passage.uri == "https://github.com/octo/ferry/blob/feature/tides/docs/setup.md"


async def test_large_files_and_pdfs_are_read(hub: Hub) -> None:
    """Over 1 MB the contents API gives nothing; the blob has it all."""
    passages = await hub.ask(query="data/large.csv", k=2)
    assert passages[0].text.startswith("port,minutes\nnorth,4") and passages[0].lines is not None
    (page,) = await hub.ask(query="docs/guide.pdf")
    assert (page.text, page.page) == ("The captain's guide.", 1)


async def test_without_a_token_likely_files_are_read_and_ranked(hub: Hub) -> None:
    """By the words in their paths, then by their text; GitHub's search, which wants a token, is not asked."""
    first, *_ = await hub.ask(query="how is the next departure computed from the timetable?")
    assert first.title == "src/timetable.py" and first.score > 0
    assert hub.searches == [] and len(hub.site.seen) <= 2 + 8


async def test_with_a_token_the_code_search_is_asked(hub: Hub) -> None:
    """What it finds is read first; qualifiers in the query cannot widen it to other repositories."""
    hub.found = ["src/odd.py"]
    first, *_ = await hub.ask(query="anemometer repo:octo/private", token=TOKEN)
    assert first.title == "src/odd.py"
    assert hub.searches == ["anemometer repo octo private repo:octo/ferry"]
    assert hub.site.headers[0]["authorization"] == f"token {TOKEN}"


@pytest.mark.parametrize(("status", "message"), [(422, "Validation Failed"), (403, "Forbidden"), (404, "Not Found")])
async def test_a_search_that_fails_falls_back_to_the_tree(hub: Hub, status: int, message: str) -> None:
    """An instance without code search still answers."""
    hub.refuse("/search/code", status, message)
    first, *_ = await hub.ask(query="retry policy", token=TOKEN)
    assert first.title == "src/retry_policy.py"


async def test_a_repository_that_is_not_there_is_told(hub: Hub) -> None:
    """Or is private: with and without a token the advice differs."""
    kind, said = await hub.failure("github:octo/none")
    assert kind is SourceNotFound and "octo/none" in said and "set GITHUB_TOKEN if it is private" in said
    assert "that GITHUB_TOKEN may read it" in (await hub.failure("github:octo/none", token=TOKEN))[1]


async def test_a_missing_path_or_branch_is_told(hub: Hub) -> None:
    """With the nearest name there is."""
    kind, said = await hub.failure("github:octo/ferry/docs/setpu.md")
    assert kind is SourceNotFound and "did you mean docs/setup.md?" in said
    kind, said = await hub.failure("github:octo/ferry@nope")
    assert kind is SourceNotFound and "no branch, tag or commit 'nope'" in said


async def test_a_refused_token_is_told_without_showing_it(hub: Hub) -> None:
    """401."""
    hub.refuse("/repos/octo/ferry", 401, "Bad credentials")
    kind, said = await hub.failure(token=TOKEN)
    assert kind is SourceRefused and "GITHUB_TOKEN" in said and "401" in said


async def test_missing_rights_are_told(hub: Hub) -> None:
    """403 that is no rate limit."""
    hub.refuse("/repos/octo/ferry", 403, "Resource not accessible by personal access token")
    kind, said = await hub.failure(token=TOKEN)
    assert kind is SourceRefused and "read access" in said and len(hub.site.seen) == 1


@pytest.mark.parametrize("token", ["", TOKEN])
async def test_a_rate_limit_is_told_and_not_slept_through(hub: Hub, token: str) -> None:
    """The limit is reset in an hour: told at once, with the time."""
    reset = str(int(time.time()) + 3600)
    message = "API rate limit exceeded for 127.0.0.1."
    hub.refuse("/repos/octo/ferry", 403, message, X_RateLimit_Remaining="0", X_RateLimit_Reset=reset)
    began = time.monotonic()
    kind, said = await hub.failure(token=token)
    assert kind is SourceUnavailable and "rate limit is reached until" in said and time.monotonic() - began < 3
    assert ("set GITHUB_TOKEN" in said) is not bool(token)


async def test_a_limit_with_a_short_wait_is_waited_for(hub: Hub) -> None:
    """Retry-After of a second: then it goes on."""
    answer = hub.site.routes["/repos/octo/ferry"]
    hub.refuse("/repos/octo/ferry", 403, "You have exceeded a secondary rate limit", Retry_After="1")
    refusal = hub.site.routes["/repos/octo/ferry"]
    hub.site.routes["/repos/octo/ferry"] = lambda request: (refusal if len(hub.site.seen) < 2 else answer)(request)
    assert len(await hub.ask()) == 2


async def test_a_server_in_trouble_is_told(hub: Hub) -> None:
    """After its retries."""
    hub.refuse("/repos/octo/ferry", 502, "Bad gateway")
    kind, _ = await hub.failure()
    assert kind is SourceUnavailable and len(hub.site.seen) == 4


async def test_an_empty_repository_is_told(hub: Hub) -> None:
    """409 from the tree."""
    hub.refuse("/repos/octo/ferry/git/trees/main", 409, "Git Repository is empty.")
    kind, said = await hub.failure()
    assert kind is SourceNotFound and "no commits yet" in said


async def test_a_binary_file_is_told(hub: Hub) -> None:
    """If it alone was asked for."""
    kind, said = await hub.failure(query="logo.png")
    assert kind is SourceUnreadable and "logo.png is binary" in said


async def test_a_server_that_is_not_github_is_told(hub: Hub) -> None:
    """HTML where JSON was expected, or nobody there."""
    hub.site.page("/repos/octo/ferry", "<html>Welcome</html>")
    kind, said = await hub.failure()
    assert kind is SourceUnavailable and "GITHUB_BASE_URL" in said
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        await Repository("octo/ferry", base_url="http://127.0.0.1:9")("", 1)
