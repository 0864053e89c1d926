"""The terminal: one printer, and nothing that it prints steers, hides or gives away."""

import ast
import io
import json
from pathlib import Path

import pytest
from rich.tree import Tree

from swarm import terminal
from swarm.text.redaction import learn

_SWARM = Path(terminal.__file__).parent
_ODD = "tree \x1b]52;c;TUFSSw==\x07 \u202ecod.exe\r\u200b tok-MARK4711 \x9b2J"


def _is_clean(text: str) -> bool:
    return not any(c in text for c in "\x1b\x07\r\u202e\u200b\x9b") and "MARK" not in text


def test_what_is_said_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """To people, on both streams."""
    learn(["tok-MARK4711"])
    terminal.say(_ODD)
    terminal.say(_ODD, out=True)
    said = capsys.readouterr()
    assert _is_clean(said.out) and _is_clean(said.err) and "tree" in said.out


def test_a_document_is_clean_and_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """What a script reads has lost nothing but the secret."""
    learn(["tok-MARK4711"])
    terminal.emit({"goal": _ODD})
    said = capsys.readouterr().out
    assert _is_clean(said) and json.loads(said) == {"goal": _ODD.replace("tok-MARK4711", "***")}


@pytest.mark.parametrize("force", [True, False])
def test_a_tree_is_clean(force: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a node or an item is called; colours are the printer's own."""
    learn(["tok-MARK4711"])
    console = terminal.console(width=300)
    console.file, console._force_terminal = io.StringIO(), force
    tree = Tree(_ODD)
    tree.add("[bold]" + _ODD.replace("[", ""))
    console.print(tree, _ODD)
    said = console.file.getvalue()
    assert "52;c" in said and "\x1b]" not in said and "\u202e" not in said and "\r" not in said and "MARK" not in said


def test_nothing_else_writes_to_the_terminal() -> None:
    """No module of the command line makes a console or a stream of its own."""
    places = {
        path.relative_to(_SWARM).as_posix()
        for path in _SWARM.rglob("*.py")
        if not {"inside", "testing", "embedded"} & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr") and ast.unparse(node.value) == "sys")
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "Console")
    }
    assert places <= {"terminal.py", "cli/looking.py"}, "looking asks only whether it is a terminal"
