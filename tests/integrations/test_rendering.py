"""Rendering, in a real browser where the extra is installed; without it, in words that say how to get it."""

import importlib.util
import json
import shutil
from http.server import BaseHTTPRequestHandler

import pytest

from integrations.web import Page
from swarm.errors import SourceRefused, SourceUnreadable
from tests.integrations.conftest import Site

_HAS_EXTRA = importlib.util.find_spec("playwright") is not None
_BROWSER = shutil.which("chromium")
needs_browser = pytest.mark.skipif(not (_HAS_EXTRA and _BROWSER), reason="needs the extra `rendered` and a Chromium")

DRAWN = """<title>Drawn</title><div id=a></div><script src="/draw.js"></script>"""
DRAW = """
const say = text => { const p = document.createElement('p'); p.textContent = text; document.body.append(p) };
fetch('/data.json').then(r => r.json()).then(d => say('The bridge is ' + d.age + ' years old.'));
for (const url of TARGETS) fetch(url, {mode: 'no-cors'}).then(() => say('REACHED ' + url)).catch(() => {});
for (const url of TARGETS) { const i = new Image(); i.src = url; document.body.append(i) }
try { new WebSocket('ws://ORIGIN/socket') } catch (e) {}
navigator.sendBeacon('http://ORIGIN/beacon', 'x');
"""


def drawn(site: Site, *targets: str) -> str:
    """Furnish a page that JavaScript draws, and return its address."""
    site.page("/data.json", '{"age": 200}', kind="application/json")
    script = DRAW.replace("TARGETS", json.dumps(list(targets))).replace("ORIGIN", site.origin)
    site.page("/draw.js", script, kind="text/javascript")
    return site.page("/page", DRAWN)


@pytest.mark.skipif(_HAS_EXTRA, reason="the extra is installed")
async def test_without_the_extra_it_says_how_to_get_it(site: Site) -> None:
    """And without the setting nothing is tried."""
    with pytest.raises(SourceRefused, match=r"pip install 'swarm\[rendered\]'"):
        await Page(drawn(site), allow=site.allow, renders=True)("", 3)
    with pytest.raises(SourceUnreadable, match="JavaScript"):
        await Page(drawn(site), allow=site.allow)("", 3)


@needs_browser
async def test_a_page_drawn_by_a_script_is_read(site: Site) -> None:
    """With what the script loads."""
    (passage,) = await Page(drawn(site), allow=site.allow, renders=True)("", 3)
    assert (passage.title, passage.text) == ("Drawn", "The bridge is 200 years old.")


@needs_browser
async def test_a_script_reaches_nothing_private(site: Site) -> None:
    """No host but the one that is allowed, by whatever the browser has to ask with; nothing is sent."""
    seen: list[str] = []

    def hear(request: BaseHTTPRequestHandler) -> None:
        seen.append(f"{request.headers.get('Host')}{request.path}")
        request.send_error(404)

    for path in ("/inside", "/socket", "/beacon"):
        site.routes[path] = hear
    port = site.origin.partition(":")[2]
    url = drawn(site, f"http://localhost:{port}/inside", f"http://[::1]:{port}/inside", "http://169.254.169.254/")
    (passage,) = await Page(url, allow=site.allow, renders=True)("", 3)
    assert "REACHED" not in passage.text and seen == []
