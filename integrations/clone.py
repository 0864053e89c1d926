"""What is taken from a repository to answer one query: its tree and a few files, through PyGithub, in one thread."""

import base64
import difflib
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pydantic import SecretStr

from integrations.addresses import Address
from integrations.complaints import explain
from integrations.github_client import MANNERS, Manners, connected
from swarm.errors import SourceNotFound, SourceRefused
from swarm.ranking import best_names
from swarm.words import words

if TYPE_CHECKING:
    from github import Github
    from github.GitTree import GitTree
    from github.Repository import Repository as Remote

MOST_BYTES = 25_000_000
_MOST_OF_MANY = 400_000
"""Bytes of a file that is one of several candidates; a larger one is seldom what was looked for."""
_MOST_FILES = 8
_FEW_WORDS = 6
_LINK = "120000"
"""Git's mode of a link."""
_MOST_LINKS = 8
_POINTER = 1024
"""Bytes; a pointer of Git LFS has fewer."""
_README = re.compile(r"readme(\.\w+)?", re.IGNORECASE)
NO_TEXT = re.compile(
    r"\.(png|jpe?g|gif|ico|webp|svg|mp[34]|mov|woff2?|ttf|zip|t?gz|bz2|xz|7z|jar|so|dll|exe|bin|pyc|lock|min\.js)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Entry:
    """A file in the tree, or what stands for one: a link, another repository, a pointer of Git LFS."""

    path: str
    sha: str
    size: int
    kind: Literal["file", "link", "submodule", "lfs"] = "file"

    @property
    def about(self) -> str:
        """What is said of it in a listing."""
        return {
            "file": f"{self.size} bytes",
            "link": "a link",
            "submodule": f"a submodule, another repository, at {self.sha[:10]}",
            "lfs": f"in Git LFS, a pointer of {self.size} bytes here",
        }[self.kind]


@dataclass(frozen=True)
class Found:
    """Files with their bytes, best first; `listing` is the tree if that was asked for, `named` if one file was."""

    ref: str
    files: list[tuple[Entry, bytes]]
    listing: Sequence[Entry] = ()
    named: bool = False
    cut: bool = False


@dataclass(frozen=True)
class _Tree:
    """The files below `path` at `ref`, whose slashes have been told from the path's; `cut` if GitHub left some out."""

    ref: str
    path: str
    entries: list[Entry]
    cut: bool


def find(address: Address, query: str, base_url: str, token: SecretStr | None, manners: Manners = MANNERS) -> Found:
    """Return what answers `query` (see integrations.github); blocks for a bounded time. Raises SourceError."""
    who = manners.who(token)
    with explain(address.name, who), connected(base_url, token, manners) as client:
        remote = client.get_repo(address.name)
        tree = _completed(remote, _tree(remote, address), query)
        if (one := _named(tree, query)) is not None:
            wanted = one.path != tree.path
            one = _followed(remote, one, tree)
            return Found(tree.ref, [(one, _bytes(remote, one, MOST_BYTES))], named=wanted)
        below = _below(tree, address)
        if not query:
            below = _with_pointers(remote, below, tree)
            readme = [entry for entry in below if _README.fullmatch(_inside(entry, tree.path))][:1]
            return Found(tree.ref, _texts(remote, readme), listing=below, cut=tree.cut)
        hits = _searched(client, address.name, query) if who and tree.ref == remote.default_branch else []
        return Found(tree.ref, _texts(remote, _candidates(below, hits, query)))


def archive_url(
    address: Address, base_url: str, token: SecretStr | None, manners: Manners = MANNERS
) -> tuple[str, str]:
    """Return the ref of an address and where its archive is; blocks for a bounded time. Raises SourceError."""
    with explain(address.name, manners.who(token)), connected(base_url, token, manners) as client:
        remote = client.get_repo(address.name)
        ref = address.ref or remote.default_branch
        return ref, remote.get_archive_link("tarball", ref)


def _tree(remote: "Remote", address: Address) -> _Tree:
    """Fetch the tree. A branch may have slashes, so parts of the path join the ref until GitHub knows it."""
    from github import GithubException

    parts = address.path.split("/") if address.path else []
    first = address.ref or remote.default_branch
    for taken in range(min(len(parts), 3) + 1 if address.ref else 1):
        ref = "/".join([first, *parts[:taken]])
        try:
            tree = remote.get_git_tree(ref, recursive=True)
        except GithubException as error:
            if error.status not in (404, 422):
                raise
            continue
        return _Tree(ref, "/".join(parts[taken:]), _entries(tree), bool(tree.raw_data.get("truncated")))
    raise SourceNotFound(f"{address.name} has no branch, tag or commit {first!r}; check its name")


def _completed(remote: "Remote", tree: _Tree, query: str) -> _Tree:
    """Return a tree that GitHub cut (at 100,000 entries or 7 MB) with what is asked for, if that was left out."""
    if not tree.cut:
        return tree
    asked = query.strip("/") if not re.search(r"\s", query) else ""
    for path in dict.fromkeys(("/".join(filter(None, (tree.path, asked))), tree.path)):
        if path and not any(f"{entry.path}/".startswith(f"{path}/") for entry in tree.entries):
            tree = replace(tree, entries=[*tree.entries, *_contents(remote, path, tree.ref)])
    return tree


def _contents(remote: "Remote", path: str, ref: str) -> list[Entry]:
    """Return the file at a path, or the files directly in that folder; none if it is not there."""
    from github import UnknownObjectException

    try:
        found = remote.get_contents(path, ref=ref)
    except UnknownObjectException:
        return []
    several = found if isinstance(found, list) else [found]
    return [Entry(each.path, each.sha, each.size or 0) for each in several if each.type == "file"]


def _entries(tree: "GitTree") -> list[Entry]:
    entries = []
    for item in tree.tree:
        if item.type == "commit":
            entries.append(Entry(item.path, item.sha, 0, "submodule"))
        elif item.type == "blob":
            entries.append(Entry(item.path, item.sha, item.size or 0, "link" if item.mode == _LINK else "file"))
    return entries


def _followed(remote: "Remote", entry: Entry, tree: _Tree) -> Entry:
    """Return the file a link leads to, or the entry itself; raises SourceNotFound where there is no file."""
    for _ in range(_MOST_LINKS):
        if entry.kind == "submodule":
            raise SourceNotFound(_submodule(remote, entry, tree))
        if entry.kind != "link":
            return entry
        target = _bytes(remote, entry, _MOST_OF_MANY).decode("utf-8", "replace")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), target))
        found = next((each for each in tree.entries if each.path == path), None)
        if found is None:
            raise SourceNotFound(f"{entry.path} is a link to {target!r}, which is no file of {remote.full_name}")
        entry = found
    raise SourceNotFound(f"{entry.path} is a link that leads to no file")


def _submodule(remote: "Remote", entry: Entry, tree: _Tree) -> str:
    """Return the line for another repository in this one, with its address where .gitmodules tells it."""
    told = _text_at(remote, tree, ".gitmodules")
    named = re.search(rf"path\s*=\s*{re.escape(entry.path)}\s*\n(?:(?!\[)[^\n]*\n)*?\s*url\s*=\s*(\S+)", told + "\n")
    where = f", {named[1]}" if named else ""
    return f"{entry.path} is a submodule: another repository{where}, at {entry.sha[:10]}; ask for that one"


def _text_at(remote: "Remote", tree: _Tree, path: str) -> str:
    found = next((each for each in tree.entries if each.path == path and 0 < each.size <= _MOST_OF_MANY), None)
    return _bytes(remote, found, _MOST_OF_MANY).decode("utf-8", "replace") if found else ""


def _with_pointers(remote: "Remote", entries: list[Entry], tree: _Tree) -> list[Entry]:
    """Return entries with those marked that .gitattributes keeps in Git LFS."""
    lines = [line.split() for line in _text_at(remote, tree, ".gitattributes").splitlines()]
    patterns = [words[0] for words in lines if "filter=lfs" in words[1:]]
    if not patterns:
        return entries
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(patterns)
    return [
        replace(each, kind="lfs")
        if each.kind == "file" and each.size < _POINTER and spec.match_file(each.path)
        else each
        for each in entries
    ]


def _named(tree: _Tree, query: str) -> Entry | None:
    """Return the file that the address or the query names, if one does."""
    by_path = {entry.path.casefold(): entry for entry in tree.entries}
    asked = query.strip("/").casefold()
    within = f"{tree.path}/{asked}".strip("/").casefold() if asked else ""
    inside = [tree.path, *([f"{tree.path}/{query.strip('/')}".strip("/"), query.strip("/")] if query else [])]
    for entry in tree.entries:
        if entry.kind == "submodule" and any(path.startswith(f"{entry.path}/") for path in inside):
            return entry
    exact = next((entry for entry in tree.entries if entry.path == tree.path), None)
    return exact or by_path.get(within) or (by_path.get(asked) if asked else None)


def _below(tree: _Tree, address: Address) -> list[Entry]:
    """Return the files in the folder that the address names; raises SourceNotFound."""
    prefix = f"{tree.path}/" if tree.path else ""
    if below := [entry for entry in tree.entries if entry.path.startswith(prefix)]:
        return below
    if not tree.path:
        raise SourceNotFound(f"{address.name} has no files at {tree.ref}")
    near = difflib.get_close_matches(tree.path, [entry.path for entry in tree.entries], n=1)
    hint = f"; did you mean {near[0]}?" if near else "; ask for its tree with an empty query"
    raise SourceNotFound(f"{address.name} has no {tree.path} at {tree.ref}{hint}")


def _inside(entry: Entry, folder: str) -> str:
    return entry.path.removeprefix(f"{folder}/" if folder else "")


def _searched(client: "Github", name: str, query: str) -> list[str]:
    """Return paths by GitHub's own code search, which needs all words; none where it is missing or used up."""
    from github import GithubException

    # Words only: a qualifier in the query (repo:, org:) must not widen the search to what else the token can see.
    terms = words(query)[:_FEW_WORDS]
    if not terms:
        return []
    try:
        page = client.search_code(" ".join(terms), repo=name).get_page(0)
        return [hit.path for hit in page]
    except GithubException:
        return []


def _candidates(entries: Sequence[Entry], hits: Sequence[str], query: str) -> list[Entry]:
    """Return the files worth reading: found by search, then by their paths, then README and what stands highest."""
    by_path = {
        e.path: e for e in entries if e.kind == "file" and 0 < e.size <= _MOST_OF_MANY and not NO_TEXT.search(e.path)
    }
    by_name = best_names(list(by_path), query, _MOST_FILES)
    usual = sorted(by_path, key=lambda path: (not _README.fullmatch(path), path.count("/"), path))
    order = dict.fromkeys([*hits, *by_name, *usual])
    return [by_path[path] for path in order if path in by_path][:_MOST_FILES]


def _texts(remote: "Remote", entries: Sequence[Entry]) -> list[tuple[Entry, bytes]]:
    return [(entry, _bytes(remote, entry, _MOST_OF_MANY)) for entry in entries if entry.size <= _MOST_OF_MANY]


def _bytes(remote: "Remote", entry: Entry, most: int) -> bytes:
    """Fetch a file as a git blob: the contents API leaves out what is over 1 MB."""
    if entry.size > most:
        raise SourceRefused(f"{entry.path} has {entry.size} bytes; at most {most} are read")
    blob = remote.get_git_blob(entry.sha)
    return base64.b64decode(blob.content) if blob.encoding == "base64" else blob.content.encode()
