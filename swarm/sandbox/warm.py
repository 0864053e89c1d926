"""Warm sandboxes: those of earlier calls, each for one version of one function with its grants, never for another."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from swarm.sandbox.host import Guest

_CALLS = 200
"""Calls after which a sandbox is replaced."""
_IDLE = 6
"""Sandboxes that are kept waiting, about 8 MB each; the one unused longest goes first."""

_SHELVES: "WeakKeyDictionary[asyncio.AbstractEventLoop, OrderedDict[int, tuple[str, Guest]]]" = WeakKeyDictionary()


@asynccontextmanager
async def lent(key: str, make: Callable[[], Guest]) -> AsyncIterator[Guest]:
    """Lend a sandbox that was used for the same `key`, or a new one; it is kept for the next call if it is fit."""
    shelf = _SHELVES.setdefault(asyncio.get_running_loop(), OrderedDict())
    guest = _taken(shelf, key)
    if guest is None:
        guest = make()
        await guest.open()
    try:
        yield guest
    except BaseException:
        guest.close()
        raise
    if guest.is_fit and guest.calls < _CALLS:
        shelf[id(guest)] = (key, guest)
        while len(shelf) > _IDLE:
            shelf.popitem(last=False)[1][1].close()
    else:
        guest.close()


def close_warm() -> None:
    """End the sandboxes that this loop keeps waiting."""
    shelf = _SHELVES.pop(asyncio.get_running_loop(), OrderedDict())
    for _, guest in shelf.values():
        guest.close()


def _taken(shelf: OrderedDict[int, tuple[str, Guest]], key: str) -> Guest | None:
    for number, (known, guest) in reversed(shelf.items()):
        if known == key:
            del shelf[number]
            return guest
    return None
