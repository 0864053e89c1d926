"""Writing to GitHub: an issue, a comment, a branch, a file or a pull request, each at most once.

What carries a text gets a mark that people do not see. Whoever cannot know whether it was written, because a process
died or an answer was lost, looks for it before writing again.
"""

import asyncio
import hashlib
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar
from urllib.parse import quote

from pydantic import Field, JsonValue, StringConstraints, TypeAdapter, ValidationError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from integrations.complaints import explain
from integrations.github_client import asked_at, connected
from swarm.errors import BadArguments, SourceRefused, SourceUnavailable
from swarm.keys import digest
from swarm.nodes import Noun, shorten
from swarm.settings import Settings
from swarm.text.models import CleanText

if TYPE_CHECKING:
    from github.Issue import Issue
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest
    from github.Repository import Repository

_LOOKED_THROUGH = 300
"""The newest issues, comments or pull requests, among which what was written before is looked for."""
_SHOWN = 20_000
"""Characters of one text that a person is shown before saying yes."""
_TRIES = 3
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")

Text = TypeVar("Text", bound="Issue | IssueComment | PullRequest")
Title = Annotated[CleanText, StringConstraints(pattern=r"\S", max_length=256, strip_whitespace=True)]
Body = Annotated[CleanText, StringConstraints(max_length=60_000)]
# What git allows as the name of a branch, but for the signs that mean something in an address or a shell.
Branch = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*$", max_length=200)
]
Head = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9-]+:)?[A-Za-z0-9_][A-Za-z0-9_./+-]*$", max_length=250)]
Path = Annotated[str, StringConstraints(pattern=r"^[^/\\\x00-\x1f][^\\\x00-\x1f]*[^/\\\x00-\x1f]$|^[^/\\.\x00-\x1f]$")]


class Written(Noun):
    """What stands on GitHub now; `is_new` is false for what was there already."""

    url: str
    number: int | None = None
    is_new: bool = True


class _Wish(Noun):
    repository: Annotated[str, StringConstraints(pattern=f"^{_NAME.pattern}$")]

    @property
    def question(self) -> str:
        """What a person is asked: every word that would be written, as text that nothing renders."""
        told = self.model_dump(mode="json", exclude={"action", "repository"}, exclude_defaults=True)
        rows = [f"{name}:{_one(value)}" for name, value in told.items()]
        fence = "`" * max(3, 1 + max((len(run) for row in rows for run in re.findall(r"`+", row)), default=0))
        what = f"May this be written to GitHub: {self.name} in {self.repository}? Answer yes, or say why not."
        return "\n".join([what, "", fence, *rows, fence])

    @property
    def name(self) -> str:
        """What it is, in two words: `create issue`."""
        return str(self.model_dump()["action"]).replace("_", " ")


class CreateIssue(_Wish):
    """Open an issue."""

    action: Literal["create_issue"] = "create_issue"
    title: Title
    body: Body = ""
    labels: Annotated[tuple[Title, ...], Field(max_length=20)] = ()

    def done(self, repo: "Repository", mark: str) -> Written:
        """Do it, unless it is done."""
        if there := _marked(repo.get_issues(state="all", sort="created", direction="desc"), mark):
            return Written(url=there.html_url, number=there.number, is_new=False)
        issue = repo.create_issue(self.title, _with(self.body, mark), labels=list(self.labels))
        return Written(url=issue.html_url, number=issue.number)


class CreateComment(_Wish):
    """Comment on an issue or a pull request."""

    action: Literal["create_comment"] = "create_comment"
    number: Annotated[int, Field(ge=1, le=999_999_999)]
    body: Annotated[Body, StringConstraints(min_length=1)]

    def done(self, repo: "Repository", mark: str) -> Written:
        """Do it, unless it is done."""
        issue = repo.get_issue(self.number)
        if there := _marked(issue.get_comments().reversed, mark):
            return Written(url=there.html_url, number=self.number, is_new=False)
        return Written(url=issue.create_comment(_with(self.body, mark)).html_url, number=self.number)


class CreateBranch(_Wish):
    """Make a branch of another one, a tag or a commit; of the default branch where none is named."""

    action: Literal["create_branch"] = "create_branch"
    branch: Branch
    source: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./+-]*$", max_length=200)] = ""

    def done(self, repo: "Repository", mark: str) -> Written:
        """Do it, unless there is a branch of that name."""
        from github import UnknownObjectException

        url = f"{repo.html_url}/tree/{quote(self.branch)}"
        try:
            repo.get_branch(self.branch)
            return Written(url=url, is_new=False)
        except UnknownObjectException:
            commit = repo.get_commit(self.source or repo.default_branch)
            repo.create_git_ref(f"refs/heads/{self.branch}", commit.sha)
            return Written(url=url)


class WriteFile(_Wish):
    """Write a file on a branch, in one commit."""

    action: Literal["write_file"] = "write_file"
    branch: Branch
    path: Annotated[Path, StringConstraints(max_length=500)]
    text: Annotated[str, StringConstraints(max_length=1_000_000)]
    message: Annotated[CleanText, StringConstraints(max_length=2000)] = ""

    def done(self, repo: "Repository", mark: str) -> Written:
        """Do it, unless the file has that text; raises SourceRefused where a folder is."""
        from github import UnknownObjectException

        data, url = self.text.encode(), f"{repo.html_url}/blob/{quote(self.branch)}/{quote(self.path)}"
        message = self.message or f"Write {self.path}"
        try:
            there = repo.get_contents(self.path, ref=self.branch)
        except UnknownObjectException:
            repo.create_file(self.path, message, data, branch=self.branch)
            return Written(url=url)
        if isinstance(there, list):
            raise SourceRefused(f"{self.path} is a folder of {self.repository}; name a file")
        if there.sha == hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest():
            return Written(url=url, is_new=False)
        repo.update_file(self.path, message, data, there.sha, branch=self.branch)
        return Written(url=url)


class CreatePullRequest(_Wish):
    """Open a pull request of a branch, `OWNER:BRANCH` for one in a fork, into another or the default branch."""

    action: Literal["create_pull_request"] = "create_pull_request"
    head: Head
    title: Title
    body: Body = ""
    base: Branch | Literal[""] = ""
    draft: bool = False

    def done(self, repo: "Repository", mark: str) -> Written:
        """Do it, unless it is done."""
        head = self.head if ":" in self.head else f"{repo.owner.login}:{self.head}"
        if there := _marked(repo.get_pulls(state="all", sort="created", direction="desc", head=head), mark):
            return Written(url=there.html_url, number=there.number, is_new=False)
        base, body = self.base or repo.default_branch, _with(self.body, mark)
        pull = repo.create_pull(base, self.head, title=self.title, body=body, draft=self.draft)
        return Written(url=pull.html_url, number=pull.number)


Wish = CreateIssue | CreateComment | CreateBranch | WriteFile | CreatePullRequest
_WISH: TypeAdapter[Wish] = TypeAdapter(Annotated[Wish, Field(discriminator="action")])


def parse_wish(action: object, repository: object, fields: object) -> Wish:
    """Read what code wants written, which is as untrusted as the code; raises BadArguments."""
    given = fields if isinstance(fields, Mapping) else {"fields": fields}
    try:
        wish = _WISH.validate_python({**given, "action": action, "repository": repository})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"] if part != action)
        told = f"{where}: {first['msg']}" if where else first["msg"]
        raise BadArguments(f"api.github({shorten(str(action), 40)!r}): {shorten(told, 300)}") from None
    parts = (*wish.repository.split("/"), *(wish.path.split("/") if isinstance(wish, WriteFile) else ()))
    if any(not part.strip(".") or part.casefold() == ".git" for part in parts):
        raise BadArguments(f"api.github({wish.action!r}): {shorten('/'.join(parts), 200)} is no place in a repository")
    return wish


async def write(wish: Wish, author: str, settings: Settings) -> Written:
    """Do what is wished, once for one author; raises SourceError."""
    return await asyncio.to_thread(_write, wish, f"<!-- swarm:{digest(author, wish.model_dump())} -->", settings)


@retry(
    retry=retry_if_exception_type(SourceUnavailable),
    stop=stop_after_attempt(_TRIES),
    wait=wait_exponential(max=4),
    reraise=True,
)
def _write(wish: Wish, mark: str, settings: Settings) -> Written:
    base_url, token, manners = asked_at("", settings)
    who = manners.who(token)
    if not who:
        raise SourceRefused(f"nobody may write to {wish.repository} without a name; set GITHUB_TOKEN, or a GitHub App")
    with explain(wish.repository, who, writes=True), connected(base_url, token, manners) as client:
        repo = client.get_repo(wish.repository)
        if repo.full_name.casefold() != wish.repository.casefold():  # the grant is for the name that was given
            raise SourceRefused(f"{wish.repository} is called {repo.full_name} now; name it so")
        return wish.done(repo, mark)


def _with(body: str, mark: str) -> str:
    return f"{body}\n\n{mark}".strip()


def _marked(listed: "Iterable[Text]", mark: str) -> "Text | None":
    """Return what bears the mark, among the newest."""
    return next((each for each in islice(listed, _LOOKED_THROUGH) if mark in (each.body or "")), None)


def _one(value: JsonValue) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    cut = f"\n… and {len(text) - _SHOWN} characters more" if len(text) > _SHOWN else ""
    return f"{chr(10) if chr(10) in text else ' '}{text[:_SHOWN]}{cut}"
