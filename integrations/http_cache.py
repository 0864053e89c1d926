"""HTTP cache: what was fetched, kept on disk by the rules of RFC 9111, so that an unchanged page costs a 304.

hishel decides what may be kept and when it is asked for again; this is where it lies: a file for each address.
"""

import asyncio
import hashlib
import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
from hishel import AsyncBaseStorage, CacheOptions, Entry, Headers, Request, Response
from hishel.httpx import AsyncCacheTransport

from swarm.text.redaction import redact_bytes

MOST_BYTES = 200_000_000
"""Of the whole folder; what was used longest ago goes first."""
MOST_ENTRIES = 5_000
_LARGEST = 20_000_000
_OPTIONS = CacheOptions(shared=False, supported_methods=["GET"], allow_stale=False)


def cached(transport: httpx.AsyncBaseTransport, folder: Path) -> httpx.AsyncBaseTransport:
    """Return a transport that asks `transport` only for what `folder` does not have fresh."""
    return AsyncCacheTransport(transport, Shelf(folder), rfc=_OPTIONS)


def cache_key(url: str, is_allowed_private: bool) -> str:
    """Return the key of an address; what a permission let in is not found without it."""
    return hashlib.sha256(f"{is_allowed_private:d} {url}".encode()).hexdigest()


class Shelf(AsyncBaseStorage):
    """A folder of answers: of each address the last one. What cannot be written or read is as if it were not there."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES, most_entries: int = MOST_ENTRIES) -> None:
        super().__init__()
        self.folder = folder
        self.most_bytes = most_bytes
        self.most_entries = most_entries

    async def create_entry(
        self, request: Request, response: Response, key: str, *, ttl: float | None = None, tti: float | None = None
    ) -> Entry:
        """Return the entry with a stream that keeps the body once it was read to its end; `ttl` and `tti` are unused"""
        entry = Entry(_id_of(key), request, response)
        return replace(entry, response=replace(response, stream=self._saving(entry)))

    async def get_entries(self, key: str) -> list[Entry]:
        """Return the entry under a key, or none."""
        try:
            entry = await asyncio.to_thread(_read, self._path(_id_of(key)))
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return [entry]

    async def update_headers(self, id: uuid.UUID, headers: Headers) -> None:
        """Replace the headers of an answer that was found unchanged."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            await asyncio.to_thread(self._update, id, headers)

    async def remove_entry(self, id: uuid.UUID) -> None:
        """Forget an answer."""
        with suppress(OSError):
            self._path(id).unlink(missing_ok=True)

    def _path(self, id: uuid.UUID) -> Path:
        return self.folder / f"{id.hex}.http"

    async def _saving(self, entry: Entry) -> AsyncIterator[bytes]:
        body = bytearray()
        assert isinstance(entry.response.stream, AsyncIterator)
        async for part in entry.response.stream:
            if len(body) <= _LARGEST:
                body += part
            yield part
        # An answer that knows a key of ours is read, redacted, and not kept.
        if len(body) <= _LARGEST and redact_bytes(bytes(body)) == body:
            with suppress(OSError):
                await asyncio.to_thread(self._write, entry, bytes(body))

    def _update(self, id: uuid.UUID, headers: Headers) -> None:
        path = self._path(id)
        entry = _read(path)
        body = path.read_bytes().partition(b"\n")[2]
        self._write(replace(entry, response=replace(entry.response, headers=headers)), body)

    def _write(self, entry: Entry, body: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        head = {
            "url": entry.request.url,
            "asked": _listed(entry.request.headers),
            "status": entry.response.status_code,
            "told": _listed(entry.response.headers),
        }
        # Written beside and moved, so that whoever reads meanwhile finds the old one or the new one.
        beside = self.folder / f"{uuid.uuid4().hex}.part"
        beside.write_bytes(json.dumps(head).encode() + b"\n" + body)
        beside.replace(self._path(entry.id))
        self._trim()

    def _trim(self) -> None:
        with os.scandir(self.folder) as scanned:
            files = [(status.st_mtime, status.st_size, each.path) for each in scanned if (status := each.stat())]
        held = sum(size for _, size, _ in files)
        for number, (_, size, path) in enumerate(sorted(files)):
            if held <= self.most_bytes and len(files) - number <= self.most_entries:
                return
            Path(path).unlink(missing_ok=True)
            held -= size


def _id_of(key: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, key)


def _listed(headers: Headers) -> dict[str, list[str]]:
    return {name: headers.get_list(name) or [] for name in headers}


def _read(path: Path) -> Entry:
    head, newline, body = path.read_bytes().partition(b"\n")
    told = json.loads(head)
    if not newline:
        raise ValueError(path)
    os.utime(path)
    request = Request("GET", told["url"], Headers(told["asked"]))
    response = Response(int(told["status"]), Headers(told["told"]), _once(body))
    return Entry(uuid.UUID(path.stem), request, response)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
