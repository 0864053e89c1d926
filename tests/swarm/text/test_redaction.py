"""Redaction: no spelling of a secret survives, and nothing else is touched."""

import base64
import json
import logging
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from swarm.nodes import Node, shorten
from swarm.passages import Passage
from swarm.reports import Observation, Report
from swarm.text.models import redacted
from swarm.text.redaction import Redaction, learn, redact, redact_bytes, redact_json, redact_logs

_PLAIN = "tok-MARK4711abcdef"
_ODD = "MARK#pa ss\"wo\\rd'/ü&<4711>"
_PEM = "\n".join(
    ["-----BEGIN PRIVATE KEY-----", *["MIIEvQIBADANBgkqh" + c * 40 for c in "abc"], "Zz91xQ==", "-----END-----"]
)
_SPELLINGS: dict[str, Callable[[str], str]] = {
    "itself": lambda s: s,
    "json": lambda s: json.dumps(s)[1:-1],
    "json, unescaped": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "json twice": lambda s: json.dumps(json.dumps(s))[1:-1],
    "repr": repr,
    "repr of a text around it": lambda s: repr(f'it\'s "{s}"'),
    "repr in json": lambda s: json.dumps({"error": repr(s)}),
    "url": lambda s: quote(s, safe=""),
    "url, lower case": lambda s: quote(s, safe="").lower() if s == s.lower() else quote(s),
    "form": quote_plus,
    "base64 at 0": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 at 1": lambda s: base64.b64encode(b"x" + s.encode() + b"yz").decode(),
    "base64 at 2": lambda s: base64.b64encode(b"xy" + s.encode() + b"z").decode(),
    "base64 of an address": lambda s: base64.urlsafe_b64encode(f"user:{s}".encode()).decode(),
    "base64 in lines": lambda s: base64.encodebytes(b"x" * 50 + s.encode() + b"y" * 30).decode(),
    "html": lambda s: s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;"),
}


@pytest.mark.parametrize("spelling", list(_SPELLINGS))
@pytest.mark.parametrize("secret", [_PLAIN, _ODD])
def test_a_secret_goes_in_every_spelling(secret: str, spelling: str) -> None:
    """What stands before and behind it stays; nothing of it that tells is left."""
    spelt = _SPELLINGS[spelling](secret)
    clean = Redaction([secret]).text(f"before {spelt} behind")
    assert clean.startswith("before ") and clean.endswith(" behind") and "***" in clean
    assert "MARK" not in clean and "4711" not in clean
    for start in range(len(spelt) - 11):
        if spelt[start : start + 12] in clean:
            assert spelling.startswith(("base64", "repr")), clean


@pytest.mark.parametrize("spelling", ["itself", "json", "json twice", "repr", "base64 at 1"])
def test_each_line_of_a_key_goes(spelling: str) -> None:
    """As lines of their own, and within one long line; the first and the last line are no secret."""
    clean = Redaction([_PEM]).text(_SPELLINGS[spelling](_PEM))
    assert all(line not in clean for line in _PEM.split("\n")[1:-1])
    assert Redaction([_PEM]).text(_PEM.split("\n")[2]) == "***"
    assert Redaction([_PEM]).text(_PEM).count("\n") == _PEM.count("\n")


def test_a_key_written_with_escaped_line_ends_is_known_by_its_lines() -> None:
    """As people put it into a variable."""
    assert Redaction([_PEM.replace("\n", "\\n")]).text(_PEM.split("\n")[1]) == "***"


@pytest.mark.parametrize("secret", [_PLAIN, _ODD])
def test_json_stays_json(secret: str) -> None:
    """In whatever spelling secrets stand in its texts, a line each, within one more layer of JSON."""
    spelt = "\n".join(spelling(secret) for spelling in _SPELLINGS.values())
    clean = Redaction([secret]).text(json.dumps({"content": json.dumps({"text": spelt, "n": 1})}))
    assert json.loads(json.loads(clean)["content"])["n"] == 1 and "MARK" not in clean


def test_what_is_no_secret_stays() -> None:
    """A part of one, one that is longer in the middle, a word, white space, backslashes without end."""
    redaction = Redaction([_PLAIN, _ODD])
    for text in ("tok-MARK4711abcde", "tok-MARK 4711abcdef", "MARK", "\\" * 5000 + '"', "MARK" * 5000, "QUJD" * 9999):
        assert redaction.text(text) == text
    assert Redaction().text(_PLAIN) == _PLAIN


def test_the_longer_of_two_secrets_goes_first() -> None:
    """One that contains another leaves nothing of itself."""
    assert Redaction(["tok-MARK", _PLAIN]).text(f"{_PLAIN} tok-MARK!") == "*** ***!"


def test_json_keeps_its_shape() -> None:
    """Names in it are redacted, too; numbers and what is not JSON stay."""
    found = Redaction([_PLAIN]).json({"a": [f"x {_PLAIN}", 1, None, {_PLAIN: (_PLAIN, 2.5)}], "b": b"raw"})
    assert found == {"a": ["x ***", 1, None, {"***": ("***", 2.5)}], "b": b"raw"}


def test_bytes_that_are_no_text_keep_what_is_around_it() -> None:
    """A file that a program has written."""
    assert Redaction([_PLAIN]).data(b"\xff\x00" + _PLAIN.encode() + b"\xfe") == b"\xff\x00***\xfe"


def test_what_crosses_a_boundary_is_redacted_as_it_enters() -> None:
    """Every field of every noun and of a passage, nested ones too; where the run works stays a path."""
    learn([_PLAIN, "abc"])
    seen = Observation(action=f"read {_PLAIN}", outcome="ok", text=f"abc {_PLAIN}", evidence=(f"{_PLAIN}.md",))
    assert (seen.action, seen.text, seen.evidence) == ("read ***", "abc ***", ("***.md",))
    report = Report.model_validate_json(json.dumps({"node": "n", "path": "0", "status": "done", "answer": _PLAIN}))
    assert report.answer == "***"
    assert Passage(uri=f"http://h/{_PLAIN}", title=_PLAIN, where="web", text="").title == "***"
    assert Node(goal=f"use {_PLAIN}", workspace=f"/home/{_PLAIN}").model_dump()["workspace"] == f"/home/{_PLAIN}"


def test_a_copy_that_brings_a_secret_in_is_redacted_by_hand() -> None:
    """A copy is not validated."""
    learn([_PLAIN])
    node = Node(goal="a").model_copy(update={"why": _PLAIN})
    assert redacted(node).why == "***" and redacted(redacted(node)) == redacted(node)


def test_a_text_is_redacted_before_it_is_cut() -> None:
    """Else the part before the cut stays."""
    learn([_PLAIN])
    assert shorten(f"aaaa {_PLAIN}", 14) == "aaaa ***"


def test_log_records_lose_secrets_in_words_arguments_and_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    """Whichever library has written them."""
    learn([_PLAIN])
    factory = logging.getLogRecordFactory()
    redact_logs()
    try:
        try:
            raise ValueError(f"with {_PLAIN}")
        except ValueError:
            logging.getLogger("of.somebody").exception("it has %r", {"key": _PLAIN})
    finally:
        logging.setLogRecordFactory(factory)
    assert "it has" in caplog.text and "Traceback" in caplog.text and "MARK" not in caplog.text


def test_learning_adds_up_and_is_idempotent() -> None:
    """Settings are read more than once in a process."""
    learn(["first-secret"])
    learn(["second-secret", "first-secret"])
    assert redact("first-secret second-secret") == "*** ***"
    assert redact_json(["first-secret"]) == ["***"] and redact_bytes(b"second-secret") == b"***"


def test_a_large_text_takes_no_time() -> None:
    """Five megabytes and a key of thirty lines."""
    redaction = Redaction(["\n".join(f"line-{n:04}-MIIEvQIBADANBgkqhkiG9w0BAQ" for n in range(30))])
    text = "nothing of the kind in here, whatever it is\n" * 120_000
    assert redaction.text(text) == text
