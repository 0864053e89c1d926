"""Redaction: the secrets that this process knows, taken out of whatever leaves it, in every spelling.

The one mechanism for all edges: what crosses a run's boundary (`swarm.nodes.Noun`), a passage, a model call, a stored
row, an artifact, a log record, a line on the terminal. `load_settings` makes the secrets known; nothing else need be
handed on. A text is redacted whole, before it is cut.
"""

import base64
import logging
import re
import traceback
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any
from urllib.parse import quote

MARK = "***"
SHORTEST = 6
"""A shorter value is not worth the damage that its removal would do to ordinary words."""
_SHORTEST_LINE = 6
_PLAIN = re.compile(r"[A-Za-z0-9_]+")
"""What no spelling changes, but base64."""
_BREAK = r"(?:\s|\\{1,4}[nr])*"
_BESIDE = r"(?:(?<!\\)[A-Za-z0-9+/_-])?"
"""A character that holds bits of the secret, too; not the second one of an escape."""
_WRAPPED = 38
"""Half of a line of base64 as mail and `base64` wrap it: of two such pieces one is whole."""


class Redaction:
    """Takes secrets out of texts: as they are, escaped in JSON, by `repr` or in an address, in base64, line by line."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        lines = {line for secret in secrets for line in _lines(secret)}
        self.secrets = frozenset(lines)
        self._needles = [needle for each in sorted(lines, key=len, reverse=True) for needle in _needles(each)]

    def text(self, text: str) -> str:
        """Return `text` with `***` in the place of every secret; lines stay lines."""
        for hints, pattern in self._needles:
            if not hints or any(hint in text for hint in hints):
                text = pattern.sub(_mark, text)
        return text

    def json(self, value: Any) -> Any:
        """Return a JSON value without secrets in its texts and names; what is not JSON stays as it is."""
        if not self._needles:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.json(name): self.json(each) for name, each in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self.json(each) for each in value)
        return value

    def data(self, data: bytes) -> bytes:
        """Return bytes without secrets."""
        if not self._needles:
            return data
        return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


_known = Redaction()


def learn(secrets: Iterable[str]) -> None:
    """Make secrets known to this process; they stay known until it ends."""
    global _known
    new = {secret for secret in secrets if len(secret) >= SHORTEST}
    if any(line not in _known.secrets for secret in new for line in _lines(secret)):
        _known = Redaction(new | _known.secrets)


def forget() -> None:
    """Forget all secrets; for tests, which share a process."""
    global _known
    _known = Redaction()


def redact(text: str) -> str:
    """Return `text` without the secrets that this process knows."""
    return _known.text(text)


def redact_json(value: Any) -> Any:
    """Return a JSON value without them."""
    return _known.json(value)


def redact_bytes(data: bytes) -> bytes:
    """Return bytes without them."""
    return _known.data(data)


def redact_logs() -> None:
    """Have every log record of this process say nothing secret, its traceback included."""
    if logging.getLogRecordFactory() is not _Record:
        logging.setLogRecordFactory(_Record)


class _Record(logging.LogRecord):
    """A log record that is redacted when it is written."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if self.exc_info and self.exc_info[0]:
            self.exc_text = redact("".join(traceback.format_exception(*self.exc_info)).rstrip())

    def getMessage(self) -> str:
        return redact(super().getMessage())


def _lines(secret: str) -> Iterator[str]:
    """Yield a secret, or, of one with several lines, each line that is long enough; not a PEM's first and last."""
    lines = [line.strip() for line in re.split(r"\r?\n|\\n", secret)]
    parts = [line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith("-----")]
    yield from parts if len(lines) > 1 and parts else (secret,)


def _needles(secret: str) -> Iterator[tuple[tuple[str, ...], re.Pattern[str]]]:
    """Yield what a secret looks like: a pattern, and texts without one of which it cannot match."""
    plain = max(_PLAIN.findall(secret), key=len, default="")
    yield ((plain,) if len(plain) > 2 else ()), re.compile(_spelt(secret))
    for core in _encoded(secret.encode("utf-8", "surrogateescape")):
        size = min(_WRAPPED, (len(core) + 1) // 2)
        pattern = _BREAK.join(map(re.escape, core))
        yield (core[:size], core[size : 2 * size]), re.compile(rf"{_BESIDE}{pattern}[A-Za-z0-9+/_=-]{{0,2}}")


def _spelt(secret: str) -> str:
    """Return a pattern of a text in which each character may be escaped, as often as JSON and `repr` nest."""
    parts = re.findall(r"\\+|[^\\]", secret, re.DOTALL)
    return "".join(_character(part) for part in parts)


def _character(part: str) -> str:
    if part[0] == "\\":
        return rf"(?:(?:\\{{{len(part)},{64 * len(part)}}})|(?:%5[cC]){{{len(part)}}})"
    if _PLAIN.fullmatch(part) or part in "-.":
        return re.escape(part)
    if part == "\n":
        return r"(?:\r?\n|\\{1,40}n|%0[aA]|\\{1,40}u000[aA])"
    units = part.encode("utf-16-be", "surrogatepass")
    ways = [rf"\\{{0,40}}{re.escape(part)}", "".join(f"(?i:%{byte:02x})" for byte in part.encode("utf-8", "replace"))]
    ways.append("".join(rf"\\{{1,40}}u(?i:{units[at : at + 2].hex()})" for at in range(0, len(units), 2)))
    ways += [rf"\\{{1,40}}[xU](?i:0*{ord(part):x})", rf"&(?i:#0*{ord(part)}|#x0*{ord(part):x});"]
    ways += [re.escape(quoted) for quoted in {escape(part), quote(part, safe="")} - {part}]
    ways += [r"\+"] if part == " " else []
    return f"(?:{'|'.join(ways)})"


def _encoded(data: bytes) -> Iterator[str]:
    """Yield what stands in any base64 of a text that holds these bytes, wherever in it they begin."""
    found = set[str]()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data).decode()
        core = encoded[(8 * offset + 5) // 6 : 8 * (offset + len(data)) // 6]
        found |= {core, core.replace("+", "-").replace("/", "_")}
    yield from sorted(found)


def _mark(found: re.Match[str]) -> str:
    return MARK + "\n" * found[0].count("\n")
