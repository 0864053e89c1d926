"""Patience: which of an endpoint's failures pass, and how long to wait for it."""

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from swarm.errors import ModelError, ModelRefused

if TYPE_CHECKING:
    import openai
    from tenacity import RetryCallState

LONGEST_WAIT = 60.0
"""Seconds; a `Retry-After` beyond it is not honoured further."""

_PASSING = {408, 409, 429}
_ADVICE = {
    400: "the request does not suit this model; try another SWARM_MODEL",
    401: "check OPENAI_API_KEY",
    402: "the account is out of credit",
    403: "this key may not use that model; check OPENAI_API_KEY and SWARM_MODEL",
    404: "check SWARM_MODEL and OPENAI_BASE_URL (it usually ends in /v1)",
}


class Transient(Exception):
    """A failure worth another try; stays in this package. `after`: the endpoint's wish, in seconds."""

    def __init__(self, what: str, after: float | None = None) -> None:
        super().__init__(what)
        self.after = after


def sort_out(error: "openai.OpenAIError", place: str, secret: str) -> Transient | ModelError:
    """Turn a client error into what it means here; `place` names host and model, `secret` is blotted out."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return Transient("no answer in time")
    if isinstance(error, openai.APIConnectionError):
        return Transient(_cause(error))
    if not isinstance(error, openai.APIStatusError):
        return Transient(f"unreadable answer ({type(error).__name__})")
    said = blot(said_in(error), secret)
    # An exhausted quota also comes as a 429, and no waiting mends it.
    quota = error.code == "insufficient_quota"
    if (error.status_code in _PASSING or error.status_code >= 500) and not quota:
        return Transient(f"{error.status_code} {said}".strip(), retry_after(error.response.headers.get("retry-after")))
    advice = _ADVICE[402] if quota else _ADVICE.get(error.status_code, _ADVICE[400])
    return ModelRefused(f"{place} refused with {error.status_code}: {said or 'no reason given'}; {advice}")


def said_in(error: "openai.APIStatusError") -> str:
    """Return the endpoint's own words on one line, cut to 300 characters; a page of HTML is left out."""
    body = error.body
    inner = body.get("error", body) if isinstance(body, dict) else body
    message = inner.get("message", inner) if isinstance(inner, dict) else inner
    text = " ".join(str(message or "").split())
    return "" if text.startswith("<") else text[:300]


def blot(text: str, secret: str) -> str:
    """Remove a secret from a text that is shown to people."""
    return text.replace(secret, "***") if len(secret) > 3 else text


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


def _cause(error: BaseException) -> str:
    cause = error.__cause__
    return f"cannot connect or the connection broke ({type(cause).__name__})" if cause else "cannot connect"
