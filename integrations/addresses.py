"""Addresses of GitHub repositories, as people write them; of github.com, or of the Enterprise server that is set."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from swarm.errors import SourceRefused
from swarm.text.display_url import display_url

API = "https://api.github.com"
SITE = "https://github.com"
HOSTS = {"github.com", "www.github.com"}
_PART = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_SHORT = re.compile(r"github:([^/@\s]+/[^/@\s]+)(?:/([^@]*))?(?:@(.+))?")
# First parts of github.com that are pages of the site, not owners.
_PAGES = {"about", "apps", "collections", "enterprise", "explore", "features", "marketplace", "orgs", "settings"}
_PAGES |= {"sponsors", "topics", "trending", "users", "search", "security", "pricing", "login", "notifications"}


@dataclass(frozen=True)
class Address:
    """A place in a repository; `ref` and `path` may each be empty, a branch's slashes may have ended up in `path`."""

    name: str
    ref: str = ""
    path: str = ""


def origin_of(base_url: str) -> str:
    """Return where the pages are that belong to an API: of https://HOST/api/v3 and https://api.NAME.ghe.com its own."""
    split = urlsplit(base_url)
    host = split.netloc.lower()
    if split.path.rstrip("/").endswith("/api/v3"):
        return f"{split.scheme}://{host}"
    return f"{split.scheme}://{host[4:]}" if host.startswith("api.") and host.endswith(".ghe.com") else SITE


def parts_of(url: str, origin: str = SITE) -> list[str]:
    """Return the parts of the path of a page of GitHub, or of the Enterprise server at `origin`; none for any other."""
    try:
        split = urlsplit(url.strip())
        known = split.scheme in ("http", "https") and split.netloc.lower() in HOSTS | {urlsplit(origin).netloc}
    except ValueError:
        return []
    return [unquote(part) for part in split.path.split("/") if part] if known else []


def is_repository(url: str, origin: str = SITE) -> bool:
    """Say whether a web address is a repository, a folder or a file in one; issues and the like are pages."""
    return bool(_parts(url, origin))


def parse_address(uri: str, origin: str = SITE) -> Address:
    """Read https://github.com/OWNER/REPO[/tree|blob/REF/PATH] or github:OWNER/REPO[/PATH][@REF], `%40` for an `@`.

    Raises SourceRefused.
    """
    if parts := _parts(uri, origin):
        owner, repo, *rest = parts
        ref = rest[1] if len(rest) > 1 else ""
        return _checked(Address(f"{owner}/{repo.removesuffix('.git')}", ref, "/".join(rest[2:])), uri)
    if (short := _SHORT.fullmatch(uri.strip())) is not None:
        name, path, ref = short.groups()
        return _checked(Address(name.removesuffix(".git"), unquote(ref or ""), unquote(path or "").strip("/")), uri)
    raise _no_address(uri)


def _parts(url: str, origin: str) -> list[str]:
    parts = parts_of(url, origin)
    plain = len(parts) == 2 or (len(parts) > 3 and parts[2] in ("tree", "blob"))
    return parts if plain and parts[0] not in _PAGES else []


def _checked(address: Address, uri: str) -> Address:
    owner, _, repo = address.name.partition("/")
    sound = all(_PART.fullmatch(part) and part.strip(".") for part in (owner, repo))
    if not sound or ".." in (*address.path.split("/"), *address.ref.split("/")):
        raise _no_address(uri)
    return address


def checked_name(name: str, uri: str) -> str:
    """Return OWNER/REPO if it can be one; raises SourceRefused naming the address."""
    return _checked(Address(name.removesuffix(".git")), uri).name


def _no_address(uri: str) -> SourceRefused:
    return SourceRefused(
        f"{display_url(uri)!r} is no repository address; give https://github.com/OWNER/REPO or github:OWNER/REPO"
    )
