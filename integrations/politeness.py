"""Politeness: how often and how many at once one host is asked, whoever asks, within one event loop."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from aiolimiter import AsyncLimiter

AT_ONCE = 2
A_SECOND = 5.0
LONGEST_DELAY = 10.0
"""Seconds; a site that asks for more between two requests (`Crawl-delay`) gets this."""
_MOST_HOSTS = 1_000


@dataclass
class _Host:
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    limiters: dict[float, "AsyncLimiter"] = field(default_factory=dict)


_hosts: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Host]]" = WeakKeyDictionary()


def turn(host: str) -> asyncio.Semaphore:
    """Return what lets at most `AT_ONCE` requests to a host be under way; to be entered with `async with`."""
    return _host(host).turns


async def pace(host: str, delay: float = 1 / A_SECOND, burst: int = round(A_SECOND)) -> None:
    """Wait until the host may be asked again: `delay` seconds after the last time, once `burst` requests were made."""
    from aiolimiter import AsyncLimiter

    delay = round(min(delay, LONGEST_DELAY), 3)
    if delay <= 0:
        return
    limiters = _host(host).limiters
    limiter = limiters.setdefault(delay, AsyncLimiter(burst, burst * delay))
    await limiter.acquire()


def _host(name: str) -> _Host:
    known = _hosts.setdefault(asyncio.get_running_loop(), {})
    if len(known) >= _MOST_HOSTS and name not in known:
        for idle in [each for each, host in known.items() if not host.turns.locked()]:
            del known[idle]
    return known.setdefault(name, _Host())
