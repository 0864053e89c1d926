"""A GitHub on loopback that can be written to: one repository, octo/ferry, kept in memory, with moods."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

Record = dict[str, Any]
Mood = Literal["lost", "cut", "refused", "slow down"]
_PAGE = "https://github.com/octo/ferry"


class Hub:
    """What was written to it, in order, and the moods that its next answers to a writer are in.

    `lost`: it is done, and answered with 502; `cut`: it is done, and the connection ends; `refused`: 403;
    `slow down`: not done, and to be asked again after a second.
    """

    def __init__(self) -> None:
        self.issues: list[Record] = []
        self.comments: list[Record] = []
        self.pulls: list[Record] = []
        self.branches: dict[str, str] = {"main": "c0"}
        self.files: dict[tuple[str, str], bytes] = {("main", "README.md"): b"# Ferry\n"}
        self.written: list[str] = []
        self.moods: list[Mood] = []
        self.name = "octo/ferry"
        self.url = ""

    def get(self, path: str) -> object:
        """Answer a question; raises KeyError for what is not there."""
        match path.split("/"):
            case [""]:
                told = {"full_name": self.name, "default_branch": "main", "html_url": _PAGE, "url": self._api("")}
                return told | {"owner": {"login": "octo", "url": f"{self.url}/users/octo"}}
            case ["issues"]:
                return self.issues[::-1]
            case ["issues", number]:
                return {each["number"]: each for each in self.issues}[int(number)]
            case ["issues", _, "comments"]:
                return self.comments
            case ["pulls"]:
                return self.pulls[::-1]
            case ["branches", *parts]:
                return {"name": "/".join(parts), "commit": {"sha": self.branches["/".join(parts)]}}
            case ["commits", *parts]:
                return {"sha": self.branches["/".join(parts)]}
        raise KeyError(path)

    def read(self, path: str, branch: str) -> object:
        """Return a file, or the files of a folder."""
        if any(name.startswith(f"{path}/") for on, name in self.files if on == branch):
            return [{"type": "file", "path": f"{path}/a", "sha": "f", "name": "a"}]
        data = self.files[branch, path]
        sha = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        return {"type": "file", "path": path, "sha": sha, "size": len(data), "name": path}

    def write(self, method: str, path: str, given: Record) -> tuple[int, object]:
        """Write something, and return status and answer; raises KeyError where there is no such place."""
        self.written.append(f"{method} {path}")
        number = len(self.issues) + len(self.pulls) + 1
        match method, path.split("/"):
            case "POST", ["issues"]:
                told = {"number": number, "html_url": f"{_PAGE}/issues/{number}", "url": self._api(f"issues/{number}")}
                self.issues.append({**given, **told, "labels": []})
                return 201, self.issues[-1]
            case "POST", ["issues", to, "comments"]:
                url = f"{_PAGE}/issues/{to}#issuecomment-{len(self.comments) + 1}"
                self.comments.append({"id": len(self.comments) + 1, "body": given["body"], "html_url": url})
                return 201, self.comments[-1]
            case "POST", ["git", "refs"]:
                self.branches[given["ref"].removeprefix("refs/heads/")] = given["sha"]
                return 201, {"ref": given["ref"], "object": {"sha": given["sha"]}}
            case "PUT", ["contents", *parts]:
                branch, name = given["branch"], "/".join(parts)
                _ = self.branches[branch]
                there = (branch, name) in self.files
                if there and given.get("sha") != self.read(name, branch)["sha"]:  # type: ignore[index]
                    return 409, {"message": "is at another sha"}
                self.files[branch, name] = b64decode(given["content"])
                return 200, {"content": {"path": name}, "commit": {"sha": "c1"}}
            case "POST", ["pulls"]:
                if given["head"] == given["base"]:
                    wrong = [{"message": "No commits between main and main"}]
                    return 422, {"message": "Validation Failed", "errors": wrong}
                told = {"number": number, "html_url": f"{_PAGE}/pull/{number}", "url": self._api(f"pulls/{number}")}
                self.pulls.append({**given, **told})
                return 201, self.pulls[-1]
        raise KeyError(path)

    def _api(self, path: str) -> str:
        return f"{self.url}/repos/octo/ferry/{path}".rstrip("/")


@contextmanager
def hub() -> Iterator[Hub]:
    """Yield a running one."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            path = unquote(split.path).removeprefix("/repos/octo/ferry").removeprefix("/")
            try:
                branch = unquote(split.query.partition("ref=")[2])
                is_file = path.startswith("contents/")
                self.answer(200, here.read(path.removeprefix("contents/"), branch) if is_file else here.get(path))
            except KeyError:
                self.answer(404, {"message": "Not Found"})

        def do_POST(self) -> None:
            path = unquote(urlsplit(self.path).path).removeprefix("/repos/octo/ferry/")
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            mood = here.moods.pop(0) if here.moods else None
            if mood == "refused":
                return self.answer(403, {"message": "Resource not accessible by personal access token"})
            if mood == "slow down":
                return self.answer(403, {"message": "You have exceeded a secondary rate limit"}, {"Retry-After": "1"})
            try:
                status, told = here.write(self.command, path, given)
            except KeyError:
                status, told = 404, {"message": "Not Found"}
            if mood == "cut":
                self.close_connection = True
                return None
            return self.answer(502, {}) if mood == "lost" else self.answer(status, told)

        do_PUT = do_POST

        def answer(self, status: int, told: object, headers: dict[str, str] | None = None) -> None:
            data = json.dumps(told).encode()
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(data)), **(headers or {})}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    here = Hub()
    here.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield here
    server.shutdown()
    thread.join()
    server.server_close()
