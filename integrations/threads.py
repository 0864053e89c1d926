"""Threads: what people wrote on GitHub beside the code: issues, pull requests, releases, commits.

Every passage has the address of the very comment, file or commit. The listings are bounded; a search goes further.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from integrations.addresses import checked_name, origin_of, parts_of
from integrations.complaints import explain
from integrations.github_client import MANNERS, Manners, connected
from swarm.chunks import chunks
from swarm.errors import SourceRefused
from swarm.passages import Passage
from swarm.ranking import best
from swarm.text.display_url import display_url

if TYPE_CHECKING:
    from github import Github
    from github.Commit import Commit
    from github.GitRelease import GitRelease
    from github.Issue import Issue
    from github.PullRequest import PullRequest
    from github.Repository import Repository

Kind = Literal["issues", "issue", "pulls", "pull", "releases", "release", "commits", "commit", "compare"]
_LISTED = 100
_COMMENTS = 500
_FILES = 200
_LONGEST_PATCH = 20_000
_SHORT = re.compile(r"github:([^/@#\s]+/[^/@#\s]+)(?:#(\d{1,9})|/([^@#\s]+))")
_QUALIFIER = re.compile(r'\b[a-z-]+:(?:"[^"]*"|\S+)')
_PATH = {
    "issues": ("issues", "issue"),
    "pull": ("pulls", "pull"),
    "pulls": ("pulls", "pull"),
    "releases": ("releases", "release"),
    "commits": ("commits", "commits"),
    "commit": ("commits", "commit"),
    "compare": ("compare", "compare"),
}


@dataclass(frozen=True)
class Thread:
    """A listing or one thread of a repository: `what` is a number, a tag, a branch, a commit or `base...head`."""

    name: str
    kind: Kind
    what: str
    base_url: str
    token: SecretStr | None = None
    manners: Manners = field(default=MANNERS, compare=False, repr=False)

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return the `k` best passages; without a query the beginning. Raises SourceError.

        Qualifiers in the query of a listing (`is:open label:bug`) are GitHub's to answer.
        """
        found = await asyncio.to_thread(self._read, query)
        plain = _QUALIFIER.sub("", query).strip() if self.kind in ("issues", "pulls") else query
        return best(found, plain, k) if plain else found[: max(k, 0)]

    def _read(self, query: str) -> list[Passage]:
        who = self.manners.who(self.token)
        place = " ".join(filter(None, (self.name, self.kind, self.what)))
        with explain(place, who), connected(self.base_url, self.token, self.manners) as client:
            if self.kind in ("issues", "pulls") and _QUALIFIER.search(query):
                return list(_filtered(client, self.name, "is:pr" if self.kind == "pulls" else "is:issue", query))
            read: dict[Kind, Callable[[Repository, str], Iterator[Passage]]] = {
                "issues": _issues,
                "issue": _issue,
                "pulls": _pulls,
                "pull": _pull,
                "releases": _releases,
                "release": _release,
                "commits": _commits,
                "commit": _commit,
                "compare": _compare,
            }
            return list(read[self.kind](client.get_repo(self.name), self.what))


def thread_of(uri: str, base_url: str, token: SecretStr | None, manners: Manners = MANNERS) -> Thread | None:
    """Read the address of a listing or thread, `github:OWNER/REPO/issues/7` or `#7`; None for any other address."""
    if short := _SHORT.fullmatch(uri.strip()):
        parts = [*short[1].split("/"), *(("issues", short[2]) if short[2] else unquote(short[3]).strip("/").split("/"))]
    else:
        parts = parts_of(uri, origin_of(base_url))
    rest = parts[3:]
    if len(parts) < 3 or parts[2] not in _PATH or (parts[2] == "releases" and rest[:1] not in ([], ["tag"])):
        return None
    several, one = _PATH[parts[2]]
    what = "/".join(rest[1:] if parts[2] == "releases" else rest[:1] if one in ("issue", "pull", "commit") else rest)
    if one in ("issue", "pull") and what and not (what.isascii() and what.isdecimal() and len(what) < 10):
        return None
    kind = one if what else several
    return Thread(checked_name("/".join(parts[:2]), uri), kind, what, base_url, token, manners)  # type: ignore[arg-type]


def _filtered(client: "Github", name: str, wanted: str, query: str) -> Iterator[Passage]:
    """Yield what GitHub's search finds in one repository, whatever the query says to widen it (`repo:`, `OR`)."""
    within = re.sub(r"-?\b(repo|org|user|owner):\S+", "", query, flags=re.IGNORECASE)
    for hit in islice(client.search_issues(f"repo:{name} {wanted} {within}"), _LISTED):
        if urlsplit(hit.html_url).path.casefold().startswith(f"/{name}/".casefold()):
            yield from summary(hit)


def _issues(repo: "Repository", _: str) -> Iterator[Passage]:
    for issue in islice(repo.get_issues(state="all", sort="updated"), _LISTED):
        if not _is_pull(issue):
            yield from summary(issue)


def _pulls(repo: "Repository", _: str) -> Iterator[Passage]:
    for pull in islice(repo.get_pulls(state="all", sort="updated", direction="desc"), _LISTED):
        yield from summary(pull)


def _issue(repo: "Repository", number: str) -> Iterator[Passage]:
    issue = repo.get_issue(int(number))
    if _is_pull(issue):
        yield from _pull(repo, number)
        return
    yield from _opened(issue)
    yield from _comments(_title(issue), issue.get_comments())
    yield from _unread(issue.html_url, _title(issue), "comments", issue.comments, _COMMENTS)


def _pull(repo: "Repository", number: str) -> Iterator[Passage]:
    pull = repo.get_pull(int(number))
    title = _title(pull)
    yield from _opened(pull)
    yield from _comments(title, pull.get_issue_comments())
    yield from _comments(title, (review for review in islice(pull.get_reviews(), _COMMENTS) if review.body))
    yield from _comments(title, pull.get_review_comments())
    for file in islice(pull.get_files(), _FILES):
        told = f"{file.filename} ({file.status}, +{file.additions} -{file.deletions})"
        yield from passages_of(f"{pull.html_url}/files", title, f"{told}\n{(file.patch or '')[:_LONGEST_PATCH]}")
    yield from _unread(f"{pull.html_url}/files", title, "changed files", pull.changed_files, _FILES)


def _releases(repo: "Repository", _: str) -> Iterator[Passage]:
    for release in islice(repo.get_releases(), _LISTED):
        yield from _one_release(release)


def _release(repo: "Repository", tag: str) -> Iterator[Passage]:
    yield from _one_release(repo.get_release(tag))


def _one_release(release: "GitRelease") -> Iterator[Passage]:
    title = f"{release.tag_name}: {release.name or ''}".rstrip(": ")
    yield from passages_of(release.html_url, title, f"{title} ({_day(release.published_at)})\n{release.body or ''}")


def _commits(repo: "Repository", branch: str) -> Iterator[Passage]:
    found = repo.get_commits(sha=branch) if branch else repo.get_commits()
    for commit in islice(found, _LISTED):
        yield from passages_of(commit.html_url, _first_line(commit), _told(commit))


def _commit(repo: "Repository", sha: str) -> Iterator[Passage]:
    commit = repo.get_commit(sha)
    yield from passages_of(commit.html_url, _first_line(commit), _told(commit))
    yield from _changes(commit.html_url, _first_line(commit), commit.files)


def _compare(repo: "Repository", span: str) -> Iterator[Passage]:
    base, dots, head = span.partition("...")
    if not (base and dots and head):
        raise SourceRefused(f"{display_url(span)!r} compares nothing; write BASE...HEAD")
    compared = repo.compare(base, head)
    for commit in islice(compared.commits, _LISTED):
        yield from passages_of(commit.html_url, span, _told(commit))
    yield from _changes(compared.html_url, span, compared.files)


def _changes(uri: str, title: str, files: Iterable[object]) -> Iterator[Passage]:
    for file in islice(files, _FILES):
        patch = (getattr(file, "patch", None) or "")[:_LONGEST_PATCH]
        yield from passages_of(
            uri, f"{title} › {getattr(file, 'filename', '')}", f"{getattr(file, 'filename', '')}\n{patch}"
        )


def summary(issue: "Issue | PullRequest") -> Sequence[Passage]:
    """Return an issue or pull request as one passage: its title, its state and how it begins."""
    return passages_of(issue.html_url, _title(issue), f"{_state(issue)}\n{(issue.body or '')[:1000]}")[:1]


def _opened(issue: "Issue | PullRequest") -> Sequence[Passage]:
    return passages_of(issue.html_url, _title(issue), f"{_state(issue)}\n{issue.body or ''}")


def _comments(title: str, comments: Iterable[object]) -> Iterator[Passage]:
    for comment in islice(comments, _COMMENTS):
        who = getattr(getattr(comment, "user", None), "login", "somebody")
        when = _day(getattr(comment, "created_at", None) or getattr(comment, "submitted_at", None))
        verdict = f" ({state.lower().replace('_', ' ')})" if (state := getattr(comment, "state", "")) else ""
        said = f"{who}{verdict}, {when}: {getattr(comment, 'body', '') or ''}"
        yield from passages_of(str(getattr(comment, "html_url", "")), title, said)


def _unread(uri: str, title: str, what: str, count: int | None, most: int) -> Iterator[Passage]:
    """Yield a line about what is left out of a thread that is longer than is read."""
    if (count or 0) > most:
        yield from passages_of(uri, title, f"Of {count} {what} the first {most} were read.")


def _is_pull(issue: "Issue") -> bool:
    # Of a plain issue GitHub leaves `pull_request` out, for which the client would ask again, issue by issue.
    return "/pull/" in issue.html_url


def _state(issue: "Issue | PullRequest") -> str:
    labels = ", ".join(label.name for label in issue.labels)
    who = issue.user.login if issue.user else "somebody"
    told = f"#{issue.number} {issue.title} ({issue.state}; opened by {who}, {_day(issue.created_at)}"
    return f"{told}; labels: {labels})" if labels else f"{told})"


def _title(issue: "Issue | PullRequest") -> str:
    return f"#{issue.number} {issue.title}"


def _told(commit: "Commit") -> str:
    made = commit.commit
    return f"{commit.sha[:10]} by {made.author.name}, {_day(made.author.date)}\n{made.message}"


def _first_line(commit: "Commit") -> str:
    return commit.commit.message.split("\n")[0][:200]


def _day(when: object) -> str:
    return str(when)[:10] if when else "unknown date"


def passages_of(uri: str, title: str, text: str) -> list[Passage]:
    """Return a text of GitHub's in passages, all under its address."""
    return [Passage(uri=uri, title=title, where="github", text=piece.text) for piece in chunks(text)]
