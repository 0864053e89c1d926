"""Archive: a whole repository in one download, file by file, for the memory; nothing of it is written to disk."""

import asyncio
import gzip
import io
import tarfile
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from integrations.addresses import Address, origin_of, parse_address
from integrations.clone import NO_TEXT, archive_url
from integrations.fetch import MEGABYTE, fetch
from integrations.github_client import asked_at
from swarm.errors import SourceRefused, SourceUnreadable
from swarm.settings import Settings

_LARGEST = 200 * MEGABYTE
_LARGEST_UNPACKED = 800 * MEGABYTE
_LARGEST_FILE = 2 * MEGABYTE
_MOST_FILES = 50_000
_SECONDS = 300.0


class Member(NamedTuple):
    """A file of a repository."""

    uri: str
    path: str
    body: bytes


async def members(uri: str, settings: Settings) -> list[Member]:
    """Return the text files of a repository, or of a folder of it, in order of their paths. Raises SourceError."""
    base_url, token, manners = asked_at(uri, settings)
    origin = origin_of(base_url)
    address = parse_address(uri, origin)
    ref, url = await asyncio.to_thread(archive_url, address, base_url, token, manners)
    # An Enterprise server may be in a private network; who set it as GitHub's address has allowed it.
    host = urlsplit(base_url).netloc
    allow = (*settings.swarm_allow_private, host) if urlsplit(url).netloc == host else settings.swarm_allow_private
    got = await fetch(url, allow=allow, accept={"*": _LARGEST}, timeout=_SECONDS)
    return await asyncio.to_thread(
        lambda: sorted(_unpacked(got.body, address, f"{origin}/{address.name}/blob/{quote(ref)}"))
    )


def _unpacked(body: bytes, address: Address, base: str) -> Iterator[Member]:
    left, count = _LARGEST_UNPACKED, 0
    try:
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
            for entry in archive:
                left -= max(entry.size, 512)
                if left < 0 or count >= _MOST_FILES:
                    raise SourceRefused(f"{address.name} unpacks to more than is read; add a folder of it")
                path = entry.name.partition("/")[2]
                inside = not address.path or f"{path}/".startswith(f"{address.path}/")
                if not (entry.isreg() and inside and entry.size <= _LARGEST_FILE) or NO_TEXT.search(path):
                    continue
                file = archive.extractfile(entry)
                if file is not None:
                    count += 1
                    yield Member(f"{base}/{quote(path)}", path, file.read(_LARGEST_FILE))
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, OSError) as error:
        raise SourceUnreadable(f"the archive of {address.name} cannot be unpacked ({error}); try again later") from None
