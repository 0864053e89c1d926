"""A headless Chromium for tests of the page, driven over its DevTools protocol; skips where there is none."""

import base64
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.sync.connection import Connection

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1200,900"),
)
_SECONDS = 60.0


class Page:
    """One page: where it is, what it shows, and what it has asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._number = 0
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **given: object) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": given}))
        while True:
            message: dict[str, Any] = json.loads(self._connection.recv(timeout=_SECONDS))
            if message.get("id") == self._number:
                assert "error" not in message, message
                return dict(message["result"])
            self.events.append(message)

    def open(self, url: str) -> None:
        """Go to an address."""
        self.call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """Return the value of a JavaScript expression; promises are waited for."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, script: str, seconds: float = _SECONDS) -> Any:
        """Wait until an expression is true, and return it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            # An expression that is asked of a page that is just being left fails.
            with contextlib.suppress(AssertionError):
                if found := self.run(script):
                    return found
            time.sleep(0.2)
        raise AssertionError(f"{script} never was true; the page says: {self.text[:500]}")

    @property
    def text(self) -> str:
        """What a person reads."""
        return str(self.run("document.body.innerText"))

    def requests(self) -> list[str]:
        """Return the addresses that have been asked for."""
        self.run("0")  # what has happened until now is heard of
        asked = [each["params"] for each in self.events if each.get("method") == "Network.requestWillBeSent"]
        return [str(each["request"]["url"]) for each in asked]

    def errors(self) -> list[str]:
        """Return what the browser complained of."""
        self.run("0")
        entries = [each["params"]["entry"] for each in self.events if each.get("method") == "Log.entryAdded"]
        return [f"{each['text']} {each.get('url', '')}" for each in entries if each["level"] == "error"]

    def screenshot(self, path: Path) -> None:
        """Save what is to be seen as a PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


@contextlib.contextmanager
def browser() -> Iterator[Page]:
    """Start a browser with a profile of its own and yield its page."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("there is no Chromium here")
    with tempfile.TemporaryDirectory(prefix="sw-browser-", ignore_cleanup_errors=True) as profile:
        argv = [program, *_FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"]
        child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(_page_socket(Path(profile)), max_size=None) as connection:
                yield Page(connection)
        finally:
            child.terminate()
            child.wait(20)


def _page_socket(profile: Path) -> str:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError, StopIteration, IndexError):
            port = (profile / "DevToolsActivePort").read_text().splitlines()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
                return str(next(each for each in json.load(answer) if each["type"] == "page")["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise AssertionError("the browser did not start")
