"""The app answers real requests as its notes ask, and its own tests pass."""

import ast
import csv
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.goals.trying import pytest_fault

_LEAST_TESTS = 10
Ask = Callable[..., tuple[int, str, dict[str, str]]]


def check(folder: Path, answer: str) -> str:
    """Return the first request that is answered wrongly, or what is wrong with the tests."""
    if not (folder / "shelf.py").is_file() or not (folder / "test_shelf.py").is_file():
        return "shelf.py or test_shelf.py is missing"
    tree = ast.parse((folder / "test_shelf.py").read_text(encoding="utf-8"))
    tests = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name.startswith("test")]
    if len(tests) < _LEAST_TESTS:
        return f"test_shelf.py has {len(tests)} tests"
    with tempfile.TemporaryDirectory() as place:
        try:
            _tried(folder, Path(place) / "a.db")
        except (AssertionError, OSError) as error:
            return f"request: {error}"
    return pytest_fault(folder, "test_shelf.py")


def _tried(folder: Path, database: Path) -> None:
    with _served(folder, database) as ask:
        _add(ask)
        _find(ask)
        _lend(ask)
        _refuse(ask)
        _together(ask)
    with _served(folder, database) as ask:
        assert "3 books, 2 lent" in ask("/")[1], "after a restart the books are not as they were"


def _add(ask: Ask) -> None:
    assert "0 books, 0 lent" in ask("/")[1], "an empty shelf does not say '0 books, 0 lent'"
    code, _, head = ask("/books", title="  Walden ", author="Thoreau")
    assert code == 303 and head["location"].endswith("/books/1"), f"adding a book: {code} to {head.get('location')}"
    assert "1 book, 0 lent" in ask("/")[1], "one book is not '1 book, 0 lent'"
    assert ask("/books", title="walden", author=" THOREAU")[0] == 409, "the same book twice is not 409"
    assert ask("/books", title="<b>100%</b>", author="A & B")[0] == 303, "a second book was refused"
    assert ask("/books", title="100 days", author="Zoë")[0] == 303, "a third book was refused"
    page = ask("/")[1]
    assert "<b>100%" not in page and "&lt;b&gt;100%" in page, "a title is shown as HTML"
    assert page.index("100 days") < page.index("Walden"), "the list is not by title"
    assert ask("/books", title=" ", author="x")[0] == 400, "an empty title is not 400"
    assert ask("/books", title="x" * 201, author="x")[0] == 400, "a long title is not 400"


def _find(ask: Ask) -> None:
    for query, wanted in (("WALDEN", 1), ("thoreau wal", 1), ("100%", 1), ("100", 2), ("_", 0), ("zoë", 1)):
        page = ask(f"/?q={urllib.parse.quote(query)}")[1]
        found = sum(f'/books/{number}"' in page or f"/books/{number}'" in page for number in (1, 2, 3))
        assert found == wanted, f"q={query} finds {found} books instead of {wanted}"


def _lend(ask: Ask) -> None:
    assert ask("/books/1/lend", name=" ")[0] == 400, "lending to nobody is not 400"
    assert ask("/books/1/return", x="")[0] == 409, "returning what is at home is not 409"
    assert ask("/books/1/lend", name="<i>Kim")[0] == 303, "lending is not 303"
    assert ask("/books/1/lend", name="Bo")[0] == 409, "lending twice is not 409"
    page = ask("/")[1]
    assert "<i>Kim" not in page and "&lt;i&gt;Kim" in page, "a name is shown as HTML, or not at all"
    assert "Walden" in ask("/lent")[1] and "100 days" not in ask("/lent")[1], "/lent is wrong"
    _, text, head = ask("/books.csv")
    assert head["content-type"].startswith("text/csv"), "the CSV has another type"
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["id", "title", "author", "lent_to", "since"], f"the CSV begins with {rows[0]}"
    assert rows[1][:4] == ["1", "Walden", "Thoreau", "<i>Kim"] and rows[2][1] == "<b>100%</b>", f"the CSV has {rows}"
    assert ask("/books/1/return", x="")[0] == 303, "returning is not 303"
    assert "Kim" in ask("/books/1")[1], "who had it before is not on its page"
    assert ask("/books/1/lend", name="Bo")[0] == 303, "lending again is not 303"


def _refuse(ask: Ask) -> None:
    for path in ("/books/99", "/books/x", "/nothing"):
        assert ask(path)[0] == 404, f"{path} is not 404"
    assert ask("/books/99/lend", name="Bo")[0] == 404, "lending what is not there is not 404"
    assert ask("/books/1/lend")[0] == 405 and ask("/lent", x="1")[0] == 405, "a wrong method is not 405"
    assert ask("/books", title="x", author="y" * 10_001)[0] == 413, "a large body is not 413"


def _together(ask: Ask) -> None:
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda name=name: codes.append(ask("/books/2/lend", name=name)[0]))  # type: ignore[misc]
        for name in "abcdefgh"
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(codes) == [303] + [409] * 7, f"eight at once get {sorted(codes)}"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:  # type: ignore[override]
        """Follow nothing."""


@contextmanager
def _served(folder: Path, database: Path) -> Iterator[Ask]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "shelf.py", "--port", str(port), "--db", str(database)]
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        _wait(port)
        yield _asking(port)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise OSError("the app does not listen")


def _asking(port: int) -> Ask:
    opener = urllib.request.build_opener(_Stay)

    def ask(path: str, **fields: str) -> tuple[int, str, dict[str, str]]:
        body = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with opener.open(f"http://127.0.0.1:{port}{path}", body, 20) as got:
                return _told(got.status, got)
        except urllib.error.HTTPError as error:
            return _told(error.code, error)

    return ask


def _told(code: int, got: object) -> tuple[int, str, dict[str, str]]:
    text = got.read().decode("utf-8")  # type: ignore[attr-defined]
    return code, text, {name.lower(): value for name, value in got.headers.items()}  # type: ignore[attr-defined]
