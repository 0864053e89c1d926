"""Patience: a failure that may pass, and how long to wait for it."""

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from swarm.errors import ModelError

if TYPE_CHECKING:
    from tenacity import RetryCallState

LONGEST_WAIT = 60.0
"""Seconds; a `Retry-After` beyond it is not honoured further."""


class Transient(Exception):
    """A failure worth another try; stays in this package.

    `after` is the endpoint's wish, in seconds; `final` is what to raise at the end if it does not pass.
    """

    def __init__(self, what: str, after: float | None = None, final: ModelError | None = None) -> None:
        super().__init__(what)
        self.after, self.final = after, final


def retry_after(header: str | None) -> float | None:
    """Read `Retry-After` (RFC 9110, 10.2.3: seconds or a date) as seconds from now, or None."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None


def pause(state: "RetryCallState", first: float) -> float:
    """Return the seconds to wait: the endpoint's wish, or exponential from `first`, jittered, at most 20."""
    from tenacity import wait_exponential, wait_random

    failure = state.outcome.exception() if state.outcome else None
    after = failure.after if isinstance(failure, Transient) else None
    if after is not None:
        return after + wait_random(0, first / 4)(state)
    return wait_exponential(multiplier=first, max=20)(state) * wait_random(0.5, 1.0)(state)
