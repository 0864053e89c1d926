"""Sanitize: texts from outside, made such that JSON, a database, a terminal, a prompt and a page can take them."""

import json
import re

from swarm.text.display_url import mask_urls
from swarm.text.redaction import redact

# Half a surrogate pair is no UTF-8, Postgres refuses NUL, and the rest can steer a terminal; tabs and line ends stay.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Marks without a width, and those that turn the direction of what follows: with them a line reads as it is not.
_INVISIBLE = (
    "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_INVISIBLE}]")
_ODD = re.compile(f"[\x7f-\x9f\u2028\u2029\ud800-\udfff{_INVISIBLE}]")
_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069]")
_PLAIN_NAME = re.compile(r"[\w./@+~:?&=%#*-]+")
_MARKUP = re.compile(r"[\[<]")


def replace_unfit(text: str) -> str:
    """Return a text with U+FFFD in the place of what no store takes."""
    return _UNFIT.sub("\ufffd", text)


def terminal_text(text: str) -> str:
    """Return a text that says on a terminal what it says: no control, direction or invisible characters, no secret."""
    lines = re.sub("\r\n|[\u2028\u2029]", "\n", redact(text))
    return _CONTROL.sub("\ufffd", _HIDDEN.sub("", lines))


def terminal_json(document: object) -> str:
    """Return a document as JSON, redacted, in which what is not to be seen is escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return _ODD.sub(lambda found: json.dumps(found[0])[1:-1], text)


def one_line(text: str) -> str:
    """Return a text as a label of one line: no control or invisible characters, no secret, no key of an address."""
    return " ".join(terminal_text(mask_urls(text)).split())


def quoted(text: str) -> str:
    """Return a name as a JSON string, which neither a line break nor an invisible character can leave."""
    return _ODD.sub(lambda found: json.dumps(found[0])[1:-1], json.dumps(mask_urls(redact(text)), ensure_ascii=False))


def quoted_name(text: str) -> str:
    """Return a name as a JSON string, unless it is so plain that quotes add nothing."""
    masked = quoted(text)
    return masked[1:-1] if _PLAIN_NAME.fullmatch(masked[1:-1]) else masked


def has_control(text: str) -> bool:
    """Say whether a name has characters in it that no name needs: control, direction, line breaks."""
    return bool(
        _CONTROL.search(text) or "\n" in text or "\t" in text or re.search("[\u2028-\u202e\u2066-\u2069]", text)
    )


def inert_markdown(text: str) -> str:
    """Return Markdown in which nothing loads, links or is HTML: a model's words on a page that renders them."""
    return _MARKUP.sub(lambda found: "\\[" if found[0] == "[" else "&lt;", redact(text))
