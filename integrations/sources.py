"""Sources: from an address as a person or a model writes it to the source that answers for it."""

import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from integrations.files import Files
from swarm.errors import SourceRefused
from swarm.file_names import on_disk
from swarm.passages import Passage, Source
from swarm.run.protected import Protection
from swarm.settings import Settings
from swarm.text.display_url import display_url

PROTOCOLS = frozenset(("s3", "gs", "abfs", "oci", "oss", "hdfs", "b2"))
"""Of object storage."""
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]+):", re.IGNORECASE)
_FORMS = (
    "a path, file:PATH, http(s)://..., https://github.com/OWNER/REPO[/blob/REF/PATH|/issues/7], github:OWNER/REPO[#7], "
    "github-search:issues, crawl:URL, sitemap:URL, web:WORDS, memory: or s3://BUCKET/KEY"
)


def source_for(uri: str, roots: tuple[Path, ...], settings: Settings, named: frozenset[str] = frozenset()) -> Source:
    """Return the source for `uri`; relative paths are tried against each root, of which the first is the workspace.

    Raises SourceRefused for an address of no known form. Nothing is fetched before the source is called.
    """
    uri = uri.strip()
    scheme = found[1].lower() if (found := _SCHEME.match(uri)) else ""
    match scheme:
        case "memory":
            from integrations.memory import remembered

            return remembered(uri, settings)
        case "github":
            return _thread(uri, settings) or _repository(uri, settings)
        case "github-search":
            from integrations.github_client import asked_at
            from integrations.github_search import search_of

            return search_of(uri, *asked_at(uri, settings))
        case "http" | "https":
            return _web(uri, settings)
        case "crawl" | "sitemap":
            return _crawl(uri, settings)
        case "web":
            from integrations.websearch import WebSearch

            return WebSearch.parse(uri, settings)
        case known if known in PROTOCOLS:
            from integrations.objects import Objects, check_object

            return Objects(check_object(uri, settings), settings)
        case "file":
            return _file(_path_in(uri), roots, settings, named)
        case "" if uri:
            return _file(uri, roots, settings, named)
    # A file may have a colon in its name.
    if uri and "://" not in uri and any(_exists(root / uri) for root in roots):
        return _file(uri, roots, settings, named)
    raise SourceRefused(f"{display_url(uri)!r} is no address that can be read; give {_FORMS}")


async def whole(uri: str, roots: tuple[Path, ...], settings: Settings, named: frozenset[str] = frozenset()) -> Passage:
    """Return the text behind an address as it is, in one passage; of files and web pages only. Raises SourceError."""
    source = source_for(uri, roots, settings, named)
    asked = getattr(source, "whole", None)
    if asked is None:
        raise SourceRefused(f"{display_url(uri)} has no text of its own; ask for passages of it")
    found: Passage = await asked()
    return found


def _repository(uri: str, settings: Settings) -> Source:
    from integrations.github import Repository
    from integrations.github_client import asked_at

    base_url, token, manners = asked_at(uri, settings)
    return Repository.parse(uri, base_url=base_url, token=token, manners=manners)


def _thread(uri: str, settings: Settings) -> Source | None:
    from integrations.addresses import origin_of, parts_of
    from integrations.github_client import asked_at
    from integrations.threads import thread_of

    if not uri.startswith("github:") and not parts_of(uri, origin_of(settings.github_base_url)):
        return None
    return thread_of(uri, *asked_at(uri, settings))


def _web(uri: str, settings: Settings) -> Source:
    from integrations.addresses import is_repository, origin_of

    if thread := _thread(uri, settings):
        return thread
    if is_repository(uri, origin_of(settings.github_base_url)):
        return _repository(uri, settings)
    try:
        path = urlsplit(uri).path
    except ValueError as error:
        raise SourceRefused(f"{display_url(uri)} is not a usable address: {error}") from None
    if path.lower().endswith(".pdf"):
        from integrations.pdf import Pdf

        return Pdf(
            uri,
            allow=settings.swarm_allow_private,
            password=settings.swarm_pdf_password,
            cache=http_cache(settings),
            obeys_robots=settings.swarm_robots == "always",
        )
    from integrations.web import Page

    return Page(
        uri,
        allow=settings.swarm_allow_private,
        cache=http_cache(settings),
        obeys_robots=settings.swarm_robots == "always",
        renders=settings.swarm_render,
    )


def http_cache(settings: Settings) -> Path:
    """Return the folder in which what was fetched is kept."""
    return settings.swarm_home / "cache" / "http"


def _crawl(uri: str, settings: Settings) -> Source:
    from integrations.crawl import Crawl

    return Crawl(
        uri,
        depth=settings.swarm_crawl_depth,
        most=settings.swarm_crawl_pages,
        allow=settings.swarm_allow_private,
        cache=http_cache(settings),
    )


def _path_in(uri: str) -> str:
    """Return the path of a file address: file:notes.md, file:/a/b, file:///a/b, file://localhost/a/b."""
    rest = uri[len("file:") :]
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host not in ("", "localhost"):
            raise SourceRefused(f"{display_url(uri)} names the host {host!r}; only files of this machine are read")
        rest = os.fsdecode(unquote_to_bytes(slash + path))
    return rest


def _file(name: str, roots: tuple[Path, ...], settings: Settings, named: frozenset[str]) -> Source:
    """Choose the first root that has it; if none has, the first, whose answer then says so."""
    path = Path(name).expanduser() if name.startswith("~/") else Path(name)
    closed = Protection(settings.swarm_home, named)
    if path.is_absolute() or not roots:
        return Files(on_disk(path), roots, settings.swarm_pdf_password, closed)
    candidates = [on_disk((root if root.is_dir() else root.parent) / path) for root in roots]
    found = next((one for one in candidates if _exists(one)), candidates[0])
    return Files(found, roots, settings.swarm_pdf_password, closed)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
