"""robots.txt (RFC 9309): what a site lets a crawl read, and how long it wants to be left alone between two pages."""

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from integrations.fetch import MEGABYTE, fetch
from integrations.politeness import LONGEST_DELAY
from integrations.refusals import NotOpen
from swarm.errors import SourceNotFound, SourceRefused, SourceUnavailable
from swarm.text.display_url import display_url

if TYPE_CHECKING:
    from protego import Protego

AGENT = "swarm"
_MOST_READ = 500_000
"""Bytes of the file that count; the RFC asks for as many."""
_FRESH = 3600.0
_MOST_SITES = 500


@dataclass(frozen=True)
class Rules:
    """What one site says; an empty text permits everything, None stands for a site that cannot be asked."""

    text: str | None

    @cached_property
    def _parsed(self) -> "Protego":
        from protego import Protego

        return Protego.parse(self.text or "")

    def permits(self, url: str) -> bool:
        """Say whether a crawl may read an address."""
        return self.text is not None and bool(self._parsed.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds the site wants between two pages, at most `LONGEST_DELAY`, 0 if it says nothing."""
        said = self._parsed.crawl_delay(AGENT)
        return min(max(float(said), 0.0), LONGEST_DELAY) if said else 0.0

    @property
    def sitemaps(self) -> list[str]:
        """The sitemaps it names."""
        return list(self._parsed.sitemaps)


_known: dict[tuple[str, tuple[str, ...]], tuple[float, Rules]] = {}


async def rules_for(url: str, *, allow: tuple[str, ...] = (), cache: Path | None = None) -> Rules:
    """Return the rules of the site an address is on, asked for once an hour.

    A site without the file permits everything, one that fails to answer nothing (RFC 9309, 2.3.1). Raises
    SourceRefused where the address itself is not fetched.
    """
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    when, rules = _known.get((origin, allow), (0.0, Rules("")))
    if time.monotonic() - when < _FRESH and when:
        return rules
    rules = await _asked(f"{origin}/robots.txt", allow, cache)
    if len(_known) >= _MOST_SITES:
        _known.clear()
    if rules.text is not None:  # a site that failed is asked again the next time
        _known[(origin, allow)] = (time.monotonic(), rules)
    return rules


async def insist(url: str, *, allow: tuple[str, ...] = (), cache: Path | None = None) -> Rules:
    """Return the rules for an address that they permit; raises SourceRefused for one that they do not."""
    rules = await rules_for(url, allow=allow, cache=cache)
    if rules.text is None:
        raise SourceUnavailable(
            f"{display_url(url)} is not read: the site's robots.txt cannot be had, and until it can nothing is "
            "permitted; try again later"
        )
    if not rules.permits(url):
        raise SourceRefused(
            f"{display_url(url)} is not read: the site's robots.txt asks crawlers not to; give another page"
        )
    return rules


async def _asked(url: str, allow: tuple[str, ...], cache: Path | None) -> Rules:
    try:
        got = await fetch(url, allow=allow, accept={"*": 5 * MEGABYTE}, timeout=10, cache=cache)
    except (SourceNotFound, NotOpen):  # a 4xx: there are no rules
        return Rules("")
    except SourceUnavailable:
        return Rules(None)
    return Rules(got.body[:_MOST_READ].decode("utf-8", "replace"))
