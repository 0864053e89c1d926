"""Phases: how long each part of a command has taken, for a person who waits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Phases:
    """The wall time of each phase, in the order they began."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Take the time of what happens within."""
        started = time.monotonic()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.monotonic() - started

    @property
    def line(self) -> str:
        """All of them in one line: `wall time: stack 9.2 s · model 3.0 s · run 41.5 s`."""
        return "wall time: " + " · ".join(f"{name} {seconds:.1f} s" for name, seconds in self._seconds.items())
