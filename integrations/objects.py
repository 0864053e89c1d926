"""Objects: what lies in object storage (`s3://`, `gs://`, `abfs://` and others), through fsspec, where it was granted.

Credentials come from where each protocol's library looks for them; `SWARM_S3_ENDPOINT_URL` names a server of one's own.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from integrations.reading import BINARY, binary, kind_of_name, looks_binary, read
from swarm.errors import SourceNotFound, SourceRefused, SourceUnavailable, SourceUnreadable
from swarm.passages import Passage
from swarm.ranking import best, spread
from swarm.settings import Settings
from swarm.text.display_url import display_url

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem  # type: ignore[import-untyped]

T = TypeVar("T")
# Not those that read this machine or the web: they have checks of their own elsewhere.
PROTOCOLS = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "abfs": "adlfs",
    "oci": "ocifs",
    "oss": "ossfs",
    "hdfs": "pyarrow",
    "b2": "b2fs",
}
MOST_BYTES = 60_000_000
_MOST_OBJECTS = 2000
_MOST_LISTED = 100_000
_SECONDS = 60.0


class Entry(NamedTuple):
    """An object: its address, bytes, and a mark that changes with its content."""

    uri: str
    size: int
    version: str


@dataclass(frozen=True)
class Objects:
    """An object, or all below a prefix that ends in a slash."""

    uri: str
    settings: Settings

    @property
    def is_document(self) -> bool:
        """Whether it is one object."""
        return not self.uri.endswith("/")

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return the `k` best passages; without a query the beginnings. Raises SourceError."""
        if self.is_document:
            return best(await read_object(self.uri, self.settings), query, k)
        passages: list[Passage] = []
        for entry in (await list_objects(self.uri, self.settings))[:_MOST_OBJECTS]:
            try:
                passages += await read_object(entry.uri, self.settings)
            except (SourceUnreadable, SourceRefused):
                continue  # one of many that is no text
        return best(passages, query, k) if query.strip() else spread(passages, k)

    async def whole(self) -> Passage:
        """Return an object's text as it is. Raises SourceError."""
        from integrations.reading import decode

        body = await _bytes(self.uri, self.settings)
        return Passage(uri=self.uri, where="object", text=decode(body, None, self.uri))


async def list_objects(uri: str, settings: Settings) -> list[Entry]:
    """Return the objects below a prefix, by address. Raises SourceError."""

    def found(system: "AbstractFileSystem") -> list[Entry]:
        protocol = uri.partition("://")[0]
        told = system.find(uri, detail=True)
        entries = [_entry(protocol, path, about) for path, about in sorted(told.items())[:_MOST_LISTED]]
        if not entries:
            raise SourceNotFound(f"there is nothing below {display_url(uri)}; check the bucket and the prefix")
        return entries

    return await _asked(uri, settings, found)


async def read_object(uri: str, settings: Settings) -> list[Passage]:
    """Return all passages of one object in order. Raises SourceError."""
    body = await _bytes(uri, settings)
    kind = kind_of_name(uri)
    if kind not in BINARY and looks_binary(body):
        raise SourceUnreadable(binary(uri))
    return await read(body, kind=kind, uri=uri, where="object", password=settings.swarm_pdf_password)


def check_object(uri: str, settings: Settings) -> str:
    """Return the address if it may be read; raises SourceRefused."""
    if ".." in uri.split("/") or not uri.partition("://")[2].strip("/"):
        raise SourceRefused(f"{display_url(uri)!r} names no object; give s3://BUCKET/KEY, or a prefix that ends in /")
    if not _is_granted(uri, settings.swarm_objects):
        told = ", ".join(settings.swarm_objects) or "nothing"
        raise SourceRefused(
            f"{display_url(uri)} may not be read; SWARM_OBJECTS grants {told}: add a prefix that holds it"
        )
    return uri


def _is_granted(uri: str, granted: Iterable[str]) -> bool:
    return any(uri == each or uri.startswith(each if each.endswith("/") else f"{each}/") for each in granted)


async def _bytes(uri: str, settings: Settings) -> bytes:
    def found(system: "AbstractFileSystem") -> bytes:
        size = int(system.info(uri).get("size") or 0)
        if size > MOST_BYTES:
            raise SourceRefused(f"{display_url(uri)} has {size} bytes; at most {MOST_BYTES} are read")
        body: bytes = system.cat_file(uri, end=min(size, MOST_BYTES)) if size else b""
        return body

    return await _asked(uri, settings, found)


async def _asked(uri: str, settings: Settings, ask: "Callable[[AbstractFileSystem], T]") -> T:
    """Ask the storage in a thread of its own; what its library raises becomes a SourceError."""
    check_object(uri, settings)
    try:
        async with asyncio.timeout(_SECONDS):
            return await asyncio.to_thread(lambda: ask(_system(uri, settings)))
    except (SourceNotFound, SourceRefused):
        raise
    except TimeoutError:
        raise SourceUnavailable(
            f"{display_url(uri)} was not read within {_SECONDS:.0f} seconds; try again later"
        ) from None
    except (FileNotFoundError, IsADirectoryError):
        raise SourceNotFound(f"there is no {display_url(uri)}; a prefix ends in /") from None
    except PermissionError:
        raise SourceRefused(f"{display_url(uri)} is closed to these credentials; see that they may read it") from None
    except ImportError as error:
        missing = PROTOCOLS[uri.partition("://")[0]]
        raise SourceRefused(
            f"{display_url(uri)} needs {missing} ({error.name}): .venv/bin/uv pip install {missing}"
        ) from None
    except Exception as error:  # noqa: BLE001 - botocore and the like have trees of their own
        why = type(error).__name__
        raise SourceUnavailable(f"{display_url(uri)} cannot be read: {why}; check endpoint and credentials") from None


def _system(uri: str, settings: Settings) -> "AbstractFileSystem":
    import fsspec

    protocol = uri.partition("://")[0]
    more: dict[str, object] = {}
    if protocol == "s3":
        more["config_kwargs"] = {"connect_timeout": 10, "read_timeout": 30, "retries": {"max_attempts": 3}}
        if settings.swarm_s3_endpoint_url:
            more["endpoint_url"] = settings.swarm_s3_endpoint_url
    return fsspec.filesystem(protocol, use_listings_cache=False, **more)


def _entry(protocol: str, path: str, about: dict[str, object]) -> Entry:
    version = next((str(about[name]) for name in ("ETag", "etag", "md5Hash", "LastModified") if about.get(name)), "")
    return Entry(f"{protocol}://{path}", int(str(about.get("size") or 0)), version.strip('"'))
