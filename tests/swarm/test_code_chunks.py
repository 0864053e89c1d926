"""Code chunks: functions stay whole, lines are right, whatever the code looks like."""

import ast
from pathlib import Path

import pytest

from swarm.chunks import LIMIT, chunks

_TOP = Path(__file__).parent.parent.parent
_FILES = sorted((_TOP / "swarm").rglob("*.py"))


def test_a_function_that_fits_is_never_cut() -> None:
    """Over our own sources: each function of at most the limit stands whole in one chunk."""
    whole = 0
    for path in _FILES:
        text = path.read_text(encoding="utf-8")
        lines, pieces = text.split("\n"), [piece.text for piece in chunks(text, name=path.name)]
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                source = "\n".join(lines[node.lineno - 1 : node.end_lineno])
                if len(source) <= LIMIT:
                    assert any(source.strip() in piece for piece in pieces), f"{path.name}: {node.name}"
                    whole += 1
    assert whole > 500


def test_lines_lead_back_to_the_text() -> None:
    """What stands at a chunk's lines is the chunk, and nothing but blank lines is left out."""
    for path in _FILES[:60]:
        text = path.read_text(encoding="utf-8")
        lines = text.split("\n")
        found = chunks(text, name=path.name)
        for piece in found:
            assert piece.text.strip() in "\n".join(lines[piece.lines[0] - 1 : piece.lines[1]])
        assert "".join("".join(piece.text for piece in found).split()) == "".join(text.split())


@pytest.mark.parametrize("name", ["a.js", "a.ts", "a.tsx", "a.go", "a.java", "a.rs", "a.c", "a.cpp", "a.rb"])
def test_broken_code_is_cut_all_the_same(name: str) -> None:
    """No language is parsed so strictly that something is lost."""
    text = "fun{{ction (broken\n" * 200
    found = chunks(text, name=name)
    assert "".join("".join(piece.text for piece in found).split()) == "".join(text.split())
    assert max(len(piece.text) for piece in found) <= 2 * LIMIT


def test_what_is_minified_is_cut_as_text() -> None:
    """One line of a megabyte is no code to anybody."""
    assert max(len(piece.text) for piece in chunks("var a=1;" * 100_000, name="a.min.js")) <= LIMIT
