"""Refusals: an endpoint's no, by status or inside a 200, in its own words and with the numbers it names."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrations.patience import Transient, retry_after
from swarm.errors import ModelError, ModelRefused
from swarm.text.redaction import redact

if TYPE_CHECKING:
    import openai

_LONGEST = 4000
_DEEPEST = 6
_MOST = 60
# What an endpoint sends back of the request: words of a prompt must not be read as words about it.
_ECHOED = {"input", "ctx", "url", "request", "messages", "user_id", "request_id", "documentation_url"}
_NUMBERED = {"code", "status", "error_code", "created", "timestamp", "time"}
"""Keys whose numbers say nothing about limits."""
_NOT_FOR_LEARNING = {401, 402, 407, 408, 409, 425, 429}
_PASSING = {408, 409, 425, 429}
_ADVICE = {
    400: "the request does not suit this model; try another SWARM_MODEL",
    401: "check OPENAI_API_KEY",
    402: "the account is out of credit",
    403: "this key may not use that model; check OPENAI_API_KEY and SWARM_MODEL",
    404: "check SWARM_MODEL and OPENAI_BASE_URL (it usually ends in /v1)",
}
UNSUPPORTED = re.compile(
    r"unsupported|not (?:be )?supported|(?:do|does)(?:n't| not) support|(?:is|are)n't (?:enabled|available|allowed)"
    r"|not (?:permitted|allowed|available|implemented|enabled|recognized|valid)|un(?:known|recognized|expected)"
    r"|extra (?:inputs|fields)|extra_forbidden|no endpoints found|only supports?|incompatible|no such parameter"
    r"|must alternate|chat.?template|jinja"
)
_PASSES = re.compile(
    r"rate.?limit|overload|capacity|time.?d? ?out|upstream|temporar|try again|unavailable|provider ret"
)
_CONTEXT = re.compile(
    r"context[ _-]?(?:length|window|size|limit)|exceed_context|context the overflows|max_model_len|maximum model length"
    r"|(?:prompt|inputs?|request|messages?|conversation)(?: is| are)? too (?:long|large)"
    r"|too many (?:input |prompt )?token|reduce the length"
    r"|input tokens? (?:count )?.{0,30}exceed|number of tokens allowed|max_new_tokens. must be <="
    r"|must have less than \d+ tokens|prompt contains"
)
_WINDOW = (
    r"\bn_ctx\D{0,3}(\d{3,})",
    r"\d+ \+ \d+ > (\d+)",
    r"> (\d+) maximum",
    r"(\d{3,}) maximum context",
    r"(?:context[ _-]?(?:length|window|size|limit)|n_ctx|max_model_len|maximum model length|tokens allowed"
    r"|configured limit)\D{0,40}?(\d{3,})",
    r"limit (\d+), requested",
    r"(?:must be <=|less than|cannot exceed|maximum of|limit of|limit is|at most) (\d{3,})",
)
_PROMPT = (
    r"(\d+) (?:in|from|of) (?:the )?(?:messages|prompt|input|text input)",
    r"(\d+) (?:tokens? (?:in|from|of) the (?:messages|prompt|input)|input tokens)",
    r"messages resulted in (\d+)",
    r"prompt (?:contains|has) (?:at least )?(\d+)",
    r"too long: (\d+)",
    r"length (\d+)\) is longer",
    r"(?:input|count|request) \((\d+)",
    r"n_prompt_tokens\D{0,3}(\d+)",
    r"(\d+) \+ \d+ >",
    r"(?:given|received):? (\d+)",
)
_TOTAL = (r"requested (?:about )?(?:a total of )?(\d+)",)
_LIMIT = re.compile(r"max_?(?:completion_|output_|new_)?tokens|(?:output|completion|generated) tokens|maxoutputtokens")
_BOUND = (
    r"(?:at most|<=|less than or equal to|no (?:more|greater) than|up to|(?:cannot|must not) exceed|limited to)"
    r" \D?(\d+)",
    r"maximum(?: allowed)?(?: \w+){0,6}? (?:is|of)\D{0,4}(\d+)",
    r"limit (?:is|of) (\d+)",
    r"[\[(]\d+ ?, ?(\d+) ?[\])]",
    r"between \d+ and (\d+)",
    r"\d+ > (\d+)",
)
_TOO_LARGE = re.compile(r"too (?:large|big|high|many)|exceed|above|maximum|at most|less than|<=|range|greater than")


class Refusal(Exception):
    """An endpoint's no. `words` is all it says, in lower case and on one line, for reading; `said` is for people."""

    def __init__(self, status: int, body: object, after: float | None = None) -> None:
        self.status, self.after = status, after
        self.said = said_by(body)
        self.words = re.sub(r"(?<=\d),(?=\d{3})", "", " ".join(_texts(body))[:_LONGEST].lower())
        super().__init__(self.said)

    @property
    def may_teach(self) -> bool:
        """Whether another way to ask could help: a request was understood and refused, not a person or a rush."""
        if 400 <= self.status < 500 and self.status not in {*_NOT_FOR_LEARNING, 403}:
            return True
        return self.status not in _NOT_FOR_LEARNING and bool(UNSUPPORTED.search(self.words))

    def error(self, place: str) -> Transient | ModelError:
        """Return what the refusal means here; `place` names host and model."""
        said = self.said
        # An exhausted quota also comes as a 429, and no waiting mends it.
        quota = "insufficient_quota" in self.words
        if (self.status in _PASSING or self.status >= 500) and not quota:
            return Transient(f"{self.status} {said}".strip(), self.after)
        advice = _ADVICE[402] if quota else _ADVICE.get(self.status, _ADVICE[400])
        return ModelRefused(f"{place} refused with {self.status}: {said or 'no reason given'}; {advice}")


@dataclass(frozen=True)
class TooLong:
    """What a refusal says about the context: the window, the prompt, and prompt and answer together, in tokens."""

    window: int | None = None
    prompt: int | None = None
    total: int | None = None


def refusal_of(error: "openai.APIStatusError") -> Refusal:
    """Read a client's error for its whole body, of which the client itself keeps only a part."""
    text = redact(error.response.text)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = text
    return Refusal(error.status_code, body, retry_after(error.response.headers.get("retry-after")))


def sort_out(error: "openai.OpenAIError", place: str) -> Transient | ModelError:
    """Turn a client's error into what it means here."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return Transient("no answer in time")
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        more = f" or the connection broke ({type(cause).__name__})" if cause else ""
        return Transient(f"cannot connect{more}")
    if not isinstance(error, openai.APIStatusError):
        return Transient(f"unreadable answer ({type(error).__name__})")
    return refusal_of(error).error(place)


def wrapped_refusal(fault: object) -> Refusal:
    """Read an error that came inside a 200; without a status of its own it is taken for one that may pass."""
    code = fault.get("code", fault.get("status")) if isinstance(fault, dict) else None
    if isinstance(code, str) and code.isdigit():
        code = int(code)
    if isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600:
        return Refusal(code, fault)
    refusal = Refusal(502, fault)
    if "invalid_request" in refusal.words and not _PASSES.search(refusal.words):
        refusal.status = 400
    return refusal


def too_long(refusal: Refusal) -> TooLong | None:
    """Return what a refusal says about the context length, or None if it is about something else."""
    words = refusal.words
    if refusal.status != 413 and (not _CONTEXT.search(words) or _is_about_output(words)):
        return None
    return TooLong(_number(_WINDOW, words), _number(_PROMPT, words), _number(_TOTAL, words))


def output_bound(refusal: Refusal, sent: int) -> int | None:
    """Return the most tokens an answer may have by the words of a refusal of `sent`, or None if it says no less."""
    words = refusal.words
    if not _LIMIT.search(words) or not _TOO_LARGE.search(words):
        return None
    named = [int(found) for pattern in _BOUND for found in re.findall(pattern, words)]
    fitting = [number for number in named if 16 <= number < sent]
    if not fitting and not named:
        fitting = [number for number in map(int, re.findall(r"(?<![\w.-])\d+(?![\w-])", words)) if 16 <= number < sent]
    return max(fitting, default=None)


def said_by(body: object) -> str:
    """Return an endpoint's own words on one line, redacted and cut to 300 characters; a page of HTML is left out."""
    if isinstance(body, list) and body and isinstance(body[0], dict) and "error" in body[0]:
        body = body[0]
    inner = body.get("error") or body if isinstance(body, dict) else body
    message = inner.get("message") if isinstance(inner, dict) else inner
    text = " ".join((message if isinstance(message, str) and message else " ".join(_texts(inner))).split())
    return "" if text.startswith("<") else redact(text)[:300]


def _is_about_output(words: str) -> bool:
    """Say whether a limit of the answer alone is meant, though the context is mentioned beside it."""
    about = re.search(
        r"max_(?:completion_|output_|new_)?tokens\W+(?:must be|should be|supports|cannot|has to be)?\s*"
        r"(?:less than or equal|<=|at most|between|in range|no more)",
        words,
    )
    return bool(about) and not re.search(r"tokens\W+\+", words)


def _number(patterns: tuple[str, ...], words: str) -> int | None:
    for pattern in patterns:
        if found := re.search(pattern, words):
            return int(found.group(1))
    return None


def _texts(body: object, depth: int = 0) -> Iterator[str]:
    """Yield the texts and named numbers in a body, without what it echoes of the request."""
    if depth > _DEEPEST:
        return
    if isinstance(body, str):
        yield re.sub(r"['\"]?input(?:_value)?['\"]?\s*[:=]\s*[\[{'\"].*", "", " ".join(body.split()))
    elif isinstance(body, dict):
        if isinstance(body.get("loc"), list | tuple):
            yield ".".join(str(part) for part in body["loc"])
        for key, value in list(body.items())[:_MOST]:
            if key in _ECHOED or key == "loc":
                continue
            if isinstance(value, int | float):
                yield "" if key in _NUMBERED else f"{key} {value}"
            elif not (isinstance(value, str) and value.isdigit()):
                yield from _texts(value, depth + 1)
    elif isinstance(body, list | tuple):
        for each in body[:_MOST]:
            yield from _texts(each, depth + 1)
