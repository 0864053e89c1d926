"""Rendering: a page that is empty without JavaScript, as a browser leaves it; all that it loads comes by `fetch`.

Needs the extra: `pip install 'swarm[rendered]'`, then `playwright install chromium`
or a Chromium of the system.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.fetch import MEGABYTE, fetch
from swarm.errors import SourceError, SourceRefused, SourceUnavailable
from swarm.text.display_url import display_url

if TYPE_CHECKING:
    from playwright.async_api import Route, WebSocketRoute  # type: ignore[import-not-found]

_MOST_REQUESTS = 100
_MOST_BYTES = 5 * MEGABYTE
_WITHOUT_NETWORK = (
    # The browser itself looks up nothing and connects to nothing: what is not routed to us fails.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_NEEDED = {"document", "script", "xhr", "fetch"}


async def rendered(url: str, *, allow: tuple[str, ...] = (), cache: Path | None = None, timeout: float = 20.0) -> str:
    """Return the HTML of a page once it has loaded. Raises SourceRefused without the extra, or SourceUnavailable."""
    try:
        from playwright.async_api import Error, async_playwright
    except ImportError:
        raise SourceRefused(
            f"{display_url(url)} has no text without JavaScript, and nothing here runs it; "
            "pip install 'swarm[rendered]' and playwright install chromium, or unset SWARM_RENDER"
        ) from None
    left = _MOST_REQUESTS

    async def answer(route: "Route") -> None:
        nonlocal left
        left -= 1
        asked = route.request
        if left < 0 or asked.method != "GET" or asked.resource_type not in _NEEDED:
            await route.abort()
            return
        try:
            got = await fetch(asked.url, allow=allow, accept={"*": _MOST_BYTES}, timeout=timeout, cache=cache)
        except SourceError:
            await route.abort()
            return
        kind = f"{got.content_type}; charset={got.charset}" if got.charset else got.content_type
        await route.fulfill(status=200, body=got.body, headers={"content-type": kind or "text/html"})

    async def close(socket: "WebSocketRoute") -> None:
        await socket.close()

    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                args=list(_WITHOUT_NETWORK),
                chromium_sandbox=os.geteuid() != 0,
                executable_path=_browser(playwright.chromium.executable_path),
            )
            page = await browser.new_page(service_workers="block", accept_downloads=False)
            await page.route("**/*", answer)
            await page.route_web_socket("**/*", close)
            await page.goto(url, timeout=timeout * 1000, wait_until="networkidle")
            html: str = await page.content()
            await browser.close()
            return html
    except Error as error:
        said = " ".join(str(error).split())[:200]
        raise SourceUnavailable(f"{display_url(url)} could not be rendered ({said})") from None


def _browser(own: str) -> str | None:
    """Return the system's Chromium where playwright has not installed its own."""
    return None if Path(own).exists() else shutil.which("chromium")
