"""Texts from outside: what no store can hold is replaced, and nothing else."""

import pytest
from pydantic import TypeAdapter

from swarm.texts import CleanText

_READ = TypeAdapter(CleanText).validate_python


@pytest.mark.parametrize("unfit", ["\0", "\ud800", "\udfff", "\x1b", "\x7f", "\x9b", "\x08"])
def test_what_cannot_be_stored_or_steers_a_terminal_is_replaced(unfit: str) -> None:
    """By the character that Unicode has for it; what stands around it stays."""
    assert _READ(f"a{unfit}b") == "a\ufffdb"


def test_what_people_write_stays_as_it_is() -> None:
    """Tabs, all line ends, form feeds, accents, emoji and right-to-left text."""
    text = "a\tb\nc\r\nd\x0ce\x85 é 🦉 \u2028 שלום"
    assert _READ(text) == text
