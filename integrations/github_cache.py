"""GitHub's answers, kept by their ETags: what has not changed costs a 304, which no rate limit counts.

Nothing is answered from here unasked: GitHub says each time, to the very token that asks, whether it may be used again.
"""

import hashlib
import io
import json
import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from github import Github

MOST_BYTES = 100_000_000
"""Of the whole folder; what was used longest ago goes first."""
MOST_ENTRIES = 4_000
_LARGEST = 5_000_000
_HOPS = 3
_MOVED = (301, 302, 307, 308)
_KEPT = ("content-type", "etag", "last-modified", "link")


def keep_answers(client: "Github", folder: Path | None) -> None:
    """Have a client follow what has moved, and keep its answers in `folder`, if one is given."""

    def connection(*args: Any, **options: Any) -> object:
        made = plain(*args, **options)
        retry, size = options.get("retry"), options.get("pool_size") or 2
        adapter = _Keeping(folder, max_retries=retry, pool_connections=size, pool_maxsize=size)
        made.session.mount(f"{made.protocol}://", adapter)
        return made

    # PyGithub lets connections be replaced for all clients of a process only, and then opens a new one a request.
    plain = vars(client.requester)["_Requester__connectionClass"]
    vars(client.requester)["_Requester__connectionClass"] = connection


class _Keeping(HTTPAdapter):
    """Sends what is asked for; a GET with the ETag of the answer that is kept."""

    def __init__(self, folder: Path | None, **options: Any) -> None:
        super().__init__(**options)
        self._folder = folder

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Return the answer, be it a new one or, if GitHub says that nothing has changed, the one that is kept."""
        for _ in range(_HOPS):
            response = self._asked(request, *args, **options)
            target = urljoin(request.url or "", response.headers.get("Location", ""))
            if request.method != "GET" or response.status_code not in _MOVED or not _same_api(request.url, target):
                break
            request = request.copy()
            request.url = target
        return response

    def _asked(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if self._folder is None or request.method != "GET":
            return super().send(request, *args, **options)
        path = self._folder / f"{_key(request)}.json"
        head, body = _read(path)
        if etag := head.get("etag"):
            request.headers["If-None-Match"] = etag
        response = super().send(request, *args, **options)
        if etag and response.status_code == 304:
            return _again(response, head, body)
        if response.status_code == 200 and "ETag" in response.headers and len(response.content) <= _LARGEST:
            with suppress(OSError):
                self._write(path, response)
        return response

    def _write(self, path: Path, response: requests.Response) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        head = {name: response.headers[name] for name in _KEPT if name in response.headers}
        # Written beside and moved, so that whoever reads meanwhile finds the old one or the new one.
        beside = path.parent / f"{uuid.uuid4().hex}.part"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(json.dumps(head).encode() + b"\n" + response.content)
        beside.replace(path)
        _trim(path.parent)


def _key(request: requests.PreparedRequest) -> str:
    """Return the name of an answer: another token, or another form that is accepted, has another one."""
    told = [request.headers.get(name) or "" for name in ("Authorization", "Accept", "X-GitHub-Api-Version")]
    return hashlib.sha256(json.dumps([request.url, *told]).encode()).hexdigest()


def _same_api(url: str | None, target: str) -> bool:
    """Say whether a repository has moved within the API; an archive is elsewhere, and not for the client."""
    old, new = urlsplit(url or ""), urlsplit(target)
    within = "/repositories/" in new.path or "/repos/" in new.path
    return within and (old.scheme, old.netloc) == (new.scheme, new.netloc)


def _again(response: requests.Response, head: Mapping[str, str], body: bytes) -> requests.Response:
    """Return a 304 as the answer that it stands for, with the limits that it tells."""
    again = requests.Response()
    again.status_code, again.reason, again.encoding = 200, "OK", "utf-8"
    again.url, again.request = response.url, response.request
    again.headers.update({name: value for name, value in response.headers.items() if name.lower().startswith("x-")})
    again.headers.update(head)
    again.raw = io.BytesIO(body)
    response.close()
    return again


def _read(path: Path) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body that are kept; nothing if there are none, or they are damaged."""
    with suppress(OSError, ValueError):
        head, newline, body = path.read_bytes().partition(b"\n")
        told = json.loads(head)
        if newline and isinstance(told, dict) and all(isinstance(value, str) for value in told.values()):
            os.utime(path)
            return told, body
    return {}, b""


def _trim(folder: Path) -> None:
    files = []
    with os.scandir(folder) as scanned:
        for each in scanned:
            with suppress(FileNotFoundError):
                files.append((each.stat().st_mtime, each.stat().st_size, each.path))
    held = sum(size for _, size, _ in files)
    for number, (_, size, path) in enumerate(sorted(files)):
        if held <= MOST_BYTES and len(files) - number <= MOST_ENTRIES:
            return
        Path(path).unlink(missing_ok=True)
        held -= size
