"""Waits: how long GitHub's rate limits, primary and secondary, and its bad moments are waited for, and no longer."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from github import RateLimitExceededException
from github.GithubRetry import GithubRetry
from urllib3 import Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError
from urllib3.response import BaseHTTPResponse

_LIMITS = (403, 429)
_WRITES = ("POST", "PUT", "PATCH", "DELETE")
_TOLD = 2.0
"""Seconds from which a wait is worth a line in the log."""
_LOG = logging.getLogger(__name__)


@dataclass
class Allowance:
    """The seconds that are left to wait, for all requests of one client together."""

    seconds: float


def waits(most: float) -> Retry:
    """Return retries that wait `most` seconds in all; a limit that lasts longer is an error at once."""
    return _Waits(
        allowance=Allowance(most),
        secondary_rate_wait=min(10.0, most),
        max_rate_limit_wait=most,
        retry_after_max=int(most) + 1,
        status_forcelist=[*range(500, 600), 429],
        raise_on_status=False,
        total=3,
        backoff_factor=0.2,
    )


class _Waits(GithubRetry):
    """Retries that count what they wait, and that heed 429, which PyGithub takes for an ordinary error."""

    def __init__(self, *, allowance: Allowance, **given: Any) -> None:
        super().__init__(**given)
        self.allowance = allowance

    def new(self, **changed: Any) -> Self:
        """Return the next one, with the same allowance."""
        return super().new(allowance=self.allowance, **changed)

    def increment(  # type: ignore[override]  # as PyGithub has it
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Retry:
        """Return the retries that are left, with the wait before the next; raises RateLimitExceededException.

        What writes is not repeated where it may have been done: whoever asked has to look first.
        """
        if method in _WRITES and (response is None or response.status >= 500):
            raise error or MaxRetryError(_pool, url or "")  # type: ignore[arg-type]
        try:
            retry = super().increment(method, url, response, error, _pool, _stacktrace)  # type: ignore[arg-type]
        except MaxRetryError:
            if response is not None and response.status in _LIMITS:
                raise _limit(response) from None
            raise
        if response is None:
            return retry
        if response.status == 429 and (until := _until(response.headers)):
            retry.get_backoff_time = lambda: until  # type: ignore[method-assign]
        wait = self._asked(response.headers.get("Retry-After")) or retry.get_backoff_time()
        if wait > self.allowance.seconds:
            raise _limit(response)
        self.allowance.seconds -= wait
        if wait >= _TOLD:
            until_then = datetime.now(UTC) + timedelta(seconds=wait)
            _LOG.warning("GitHub asks to wait %.0f seconds, until %s UTC", wait, f"{until_then:%H:%M:%S}")
        return retry

    def _asked(self, told: str | None) -> float:
        """Return what `Retry-After` asks for in seconds, uncut: it may be more than is waited."""
        return float(told) if told and told.isdigit() and len(told) < 10 else float(self.retry_after_max if told else 0)


def _until(headers: Mapping[str, str]) -> float:
    reset = headers.get("X-RateLimit-Reset", "")
    if not (reset.isdigit() and len(reset) < 12) or headers.get("X-RateLimit-Remaining", "0") != "0":
        return 0.0
    return max(int(reset) + 1 - datetime.now(UTC).timestamp(), 0.0)


def _limit(response: BaseHTTPResponse) -> RateLimitExceededException:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return RateLimitExceededException(response.status, None, headers)
