"""GitHub's own searches: for issues, pull requests, code (of those who log in only) or repositories."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, cast

from pydantic import SecretStr

from integrations.complaints import explain
from integrations.github_client import MANNERS, Manners, connected
from integrations.threads import passages_of, summary
from swarm.errors import SourceRefused
from swarm.passages import Passage
from swarm.text.display_url import display_url

if TYPE_CHECKING:
    from github import Github
    from github.ContentFile import ContentFile
    from github.Repository import Repository

SCHEME = "github-search:"
_SEARCHES = ("issues", "prs", "code", "repositories")
_MOST = 100


@dataclass(frozen=True)
class Search:
    """A search; qualifiers in the query (`repo:octo/ferry is:open`) are GitHub's to answer."""

    what: str
    base_url: str
    token: SecretStr | None = None
    manners: Manners = field(default=MANNERS, compare=False, repr=False)

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return the first `k` hits, at most 100, in GitHub's order. Raises SourceError."""
        if not query.strip():
            raise SourceRefused(f"{SCHEME}{self.what} needs a query: say what to look for")
        if self.what == "code" and not self.manners.who(self.token):
            raise SourceRefused("GitHub searches code only for those who log in: set GITHUB_TOKEN")
        return await asyncio.to_thread(self._read, query, min(max(k, 0), _MOST))

    def _read(self, query: str, k: int) -> list[Passage]:
        who = self.manners.who(self.token)
        with explain("the search", who), connected(self.base_url, self.token, self.manners) as client:
            return [passage for passages in islice(self._hits(client, query), k) for passage in passages[:1]]

    def _hits(self, client: "Github", query: str) -> Iterator[Sequence[Passage]]:
        match self.what:
            case "code":
                return map(_file, client.search_code(query, highlight=True))
            case "repositories":
                return map(_repository, client.search_repositories(query))
        kind = "is:pr" if self.what == "prs" else "is:issue"
        return map(summary, client.search_issues(f"{kind} {query}"))


def search_of(uri: str, base_url: str, token: SecretStr | None, manners: Manners = MANNERS) -> Search:
    """Read `github-search:issues`; raises SourceRefused."""
    what = uri.strip()[len(SCHEME) :].strip("/ ").lower()
    if what not in _SEARCHES:
        raise SourceRefused(f"{display_url(uri)!r} is no search; give {SCHEME}{{{'|'.join(_SEARCHES)}}}")
    return Search(what, base_url, token, manners)


def _file(hit: "ContentFile") -> Sequence[Passage]:
    """Return a file with the lines in it that GitHub has found."""
    matches = cast("list[dict[str, object]] | None", hit.text_matches)
    told = "\n…\n".join([f"{hit.repository.full_name}: {hit.path}", *(str(m.get("fragment")) for m in matches or ())])
    return passages_of(hit.html_url, hit.path, told)


def _repository(hit: "Repository") -> Sequence[Passage]:
    told = f"{hit.full_name}: {hit.description or ''}\n{hit.stargazers_count} stars, {hit.language or ''}"
    return passages_of(hit.html_url, hit.full_name, told)
