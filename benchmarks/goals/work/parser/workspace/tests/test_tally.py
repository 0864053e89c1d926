"""A few examples of LANGUAGE.md."""

import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = Path(__file__).parent.parent / "tally.py"


def run(text, tmp_path):
    file = tmp_path / "a.tally"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, str(_PROGRAM), str(file)], capture_output=True, encoding="utf-8")
    return done.stdout, done.stderr, done.returncode


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("print(1 / 3 + 1 / 6, 19%, -2 ^ 2)", "0.5 0.19 -4\n"),
        ('print("a{"b{1 + 1}"}c", [1, "x"])', 'ab2c [1, "x"]\n'),
        ("x := for n in 1..5 do\n  if n == 3 then next end\n  n * n\nend\nprint(x)", "[1, 4, 16, 25]\n"),
        ("fn f(a, b = a + 1) => a * b\nprint(f(2), f(2, b: 10), f)", "6 20 <fn f>\n"),
        ("[1, 2, 3]\n  |> map(fn (n) => n * 2)\n\n  # twice\n  |> print", "[2, 4, 6]\n"),
        ("print(share(10.00EUR, 3))", "[3.34 EUR, 3.33 EUR, 3.33 EUR]\n"),
    ],
)
def test_examples(text, printed, tmp_path):
    assert run(text, tmp_path) == (printed, "", 0)


def test_errors(tmp_path):
    assert run("print(1)\nprint(1 / 0)", tmp_path)[0::2] == ("1\n", 1)
    assert run('print(1)\nerror("no")', tmp_path) == ("1\n", "line 2: no\n", 1)
    assert run("print(1)\nbreak", tmp_path)[0::2] == ("", 2)
