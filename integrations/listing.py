"""Listing: a source as the items it is made of, each read on its own, with a version where one can be told cheaply."""

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import NamedTuple, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr

from integrations.archive import Member, members
from integrations.github import Repository
from integrations.objects import list_objects
from integrations.reading import BINARY, kind_of_name, read
from integrations.sources import PROTOCOLS, source_for
from swarm.chunks import chunks
from swarm.errors import SourceNotFound, SourceUnreadable
from swarm.memory.addresses import path_of
from swarm.memory.records import Document, Where
from swarm.passages import Passage
from swarm.run.protected import Protection
from swarm.settings import Settings

_EVERYTHING = 100_000
"""Passages of one item that are read at most."""
_MOST_FILES = 100_000


class Listed(NamedTuple):
    """An item of a source: an empty version says that it has to be read to know whether it has changed."""

    uri: str
    version: str
    read: Callable[[], Awaitable[list[Document]]]


async def listed(uri: str, settings: Settings) -> AsyncGenerator[Listed]:
    """Yield the items of a source. Raises SourceError if there is none."""
    if uri.startswith("file:"):
        path = path_of(uri)
        if not path.exists():
            raise SourceNotFound(f"there is no {path}; check the path")
        for each in _files(path, settings):
            yield each
        return
    if urlsplit(uri).scheme in ("crawl", "sitemap"):
        async for each in _pages(uri, settings):
            yield each
        return
    if isinstance(source_for(uri, (), settings), Repository) and "/blob/" not in uri:
        for member in await members(uri, settings):
            version = hashlib.sha256(member.body).hexdigest()[:16]
            yield Listed(member.uri, version, partial(_read_member, member))
        return
    if urlsplit(uri).scheme in PROTOCOLS and uri.endswith("/"):
        for entry in await list_objects(uri, settings):
            yield Listed(entry.uri, entry.version, partial(_documents, entry.uri, settings))
        return
    # Anything else is one item, or answers with the items it has.
    yield Listed(uri, "", lambda: _documents(uri, settings))


def _files(path: Path, settings: Settings) -> "Sequence[Listed]":
    from itertools import islice

    from integrations.files import walk

    closed = Protection(settings.swarm_home)
    paths = islice(walk(path, closed=closed), _MOST_FILES) if path.is_dir() else [path]
    return [
        _file(each, path, closed, settings.swarm_pdf_password) for each in paths if not path.is_dir() or _has_text(each)
    ]


def _has_text(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return True  # reading it says why


def _file(path: Path, root: Path, closed: Protection, password: SecretStr | None) -> Listed:
    try:
        status = path.stat()
        version = f"{status.st_mtime_ns}-{status.st_size}"
    except OSError:
        version = ""  # reading it says why
    return Listed(path.as_uri(), version, partial(_read_file, path, root, closed, password))


async def _read_file(path: Path, root: Path, closed: Protection, password: SecretStr | None) -> list[Document]:
    from integrations.files import Files

    passages = await Files(path, (root,), password, closed)("", _EVERYTHING)
    return documents_of([passage.model_copy(update={"uri": path.as_uri()}) for passage in passages])


async def _pages(uri: str, settings: Settings) -> AsyncGenerator[Listed]:
    """Yield the pages of a site as they come, then what could not be read."""
    from integrations.crawl import Crawl, Frontier, pages

    source, frontier = source_for(uri, (), settings), Frontier()
    assert isinstance(source, Crawl)
    walk = pages(uri, depth=source.depth, most=source.most, allow=source.allow, cache=source.cache, frontier=frontier)
    async with aclosing(walk) as walked:
        async for page in walked:
            version = hashlib.sha256(page.text.encode()).hexdigest()[:16]
            yield Listed(page.uri, version, partial(_cut, page))
    for why in frontier.failures:
        yield Listed(uri, "", partial(_fail, why))


async def _cut(page: Passage) -> list[Document]:
    pieces = chunks(page.text)
    return documents_of([page.model_copy(update={"text": piece.text}) for piece in pieces])


async def _fail(why: str) -> list[Document]:
    raise SourceUnreadable(why)


async def _read_member(member: Member) -> list[Document]:
    kind = kind_of_name(member.path)
    passages = await read(member.body, kind=kind if kind in BINARY else "text", uri=member.uri, where="github")
    return documents_of([passage.model_copy(update={"title": member.path}) for passage in passages])


async def _documents(uri: str, settings: Settings) -> list[Document]:
    return documents_of(await source_for(uri, (), settings)("", _EVERYTHING))


def documents_of(passages: Sequence[Passage]) -> list[Document]:
    """Return passages as the documents they belong to, in order."""
    by_uri: dict[str, list[Passage]] = {}
    for passage in passages:
        by_uri.setdefault(passage.uri, []).append(passage.model_copy(update={"score": 0.0}))
    return [
        Document(uri=uri, where=_where(found[0].where), title=found[0].title, passages=tuple(found))
        for uri, found in by_uri.items()
    ]


def _where(told: str) -> Where:
    known: tuple[Where, ...] = get_args(Where)
    return next((each for each in known if each == told), "web")
