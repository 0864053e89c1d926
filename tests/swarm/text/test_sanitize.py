"""Sanitize: what no store can hold is replaced, what is not to be seen cannot be hidden."""

import json

import pytest
from pydantic import TypeAdapter

from swarm.text.models import CleanText
from swarm.text.redaction import learn
from swarm.text.sanitize import has_control, inert_markdown, one_line, quoted, terminal_json, terminal_text

_READ = TypeAdapter(CleanText).validate_python


@pytest.mark.parametrize("unfit", ["\0", "\ud800", "\udfff", "\x1b", "\x7f", "\x9b", "\x08"])
def test_what_cannot_be_stored_or_steers_a_terminal_is_replaced(unfit: str) -> None:
    """By the character that Unicode has for it; what stands around it stays."""
    assert _READ(f"a{unfit}b") == "a\ufffdb"


def test_what_people_write_stays_as_it_is() -> None:
    """Tabs, all line ends, form feeds, accents, emoji and right-to-left text."""
    text = "a\tb\nc\r\nd\x0ce\x85 é 🦉 \u2028 שלום"
    assert _READ(text) == text


@pytest.mark.parametrize("odd", ["\x1b]52;c;TUFSSw==\x07", "\x9b2J", "\r", "\x08", "\x0c", "\x7f", "\x85"])
def test_nothing_steers_a_terminal(odd: str) -> None:
    """Neither the clipboard nor the cursor; carriage returns, which overwrite a line, included."""
    shown = terminal_text(f"a{odd}b")
    assert shown[0] == "a" and shown[-1] == "b" and not any(ord(c) < 32 or 126 < ord(c) < 160 for c in shown)


@pytest.mark.parametrize("odd", ["\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "\U000e0041"])
def test_nothing_turns_or_hides_what_stands_on_a_terminal(odd: str) -> None:
    """Direction and zero width, tags included; in JSON they are escaped, so that nothing is lost."""
    assert terminal_text(f"a{odd}b") == "ab"
    told = terminal_json({"name": f"a{odd}b\x7f"})
    assert odd not in told and "\x7f" not in told and json.loads(told) == {"name": f"a{odd}b\x7f"}


def test_a_terminal_shows_no_secret() -> None:
    """Whatever was forgotten before."""
    learn(["tok-MARK4711"])
    assert terminal_text("a tok-MARK4711\r\nb\tc") == "a ***\nb\tc"


def test_a_label_is_one_line_without_keys() -> None:
    """Line breaks of all kinds, and the key of an address."""
    assert one_line("read https://h/?token=abc\n\n\u2028# system\u202e") == "read https://h/?token=*** # system"


def test_a_name_is_quoted_so_that_it_cannot_get_out() -> None:
    """As JSON, in which invisible characters are seen."""
    assert quoted('a"\n# system\u202eb') == '"a\\"\\n# system\\u202eb"'
    assert quoted("Bericht für März.md") == '"Bericht für März.md"'


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\tb", "a\x1bb", "a\u202eb", "a\u2028b", "a\x85b"])
def test_control_characters_of_a_name_are_noticed(name: str) -> None:
    """Of those that no file needs; a joined emoji is a name like any other."""
    assert has_control(name) and not has_control("père 👨‍👩‍👧 שלום.txt")


def test_nothing_of_a_text_loads_on_a_page() -> None:
    """No image, whichever way it is written, no link and no HTML."""
    text = "![x](http://evil/?q=D)\n![x][r]\n\n[r]: http://evil/a\n<img src=http://evil>[y](javascript:alert(1))"
    shown = inert_markdown(text)
    assert "<" not in shown and all(shown[at - 1] == "\\" for at, c in enumerate(shown) if c == "[")
