"""Syntax: what can be said of a file without running it."""

import pytest

from swarm.text.syntax import fault_of


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.py", "def f(:\n", "line 1"),
        ("a.py", "print(x)\n", "undefined name 'x'"),
        ("a.py", "x = " + "(" * 500 + ")" * 500, "too many nested"),
        ("a.json", "{", "line 1"),
        ("a.toml", "a = [", "end of document"),
        ("a.yaml", "a: [", "expected"),
        ("a.js", "ok()\nfunction f( {\n}", "line 2: it does not parse"),
        ("a.ts", "let a: number = ;\n", "line 1: it does not parse"),
    ],
)
def test_a_fault_is_named_with_its_line(name: str, text: str, said: str) -> None:
    """In the words of the language's own reader."""
    assert said in fault_of(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "import os\nx = os.sep\n"),
        ("a.json", "[1]"),
        ("a.js", "const f = () => 1\n"),
        ("a.md", "# ("),
        ("b", "("),
    ],
)
def test_what_is_sound_or_of_no_known_kind_has_no_fault(name: str, text: str) -> None:
    """An unused import is no fault, and prose has no syntax."""
    assert fault_of(name, text) == ""
