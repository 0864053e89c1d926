"""Ordinary programs run as they would anywhere, and the outcome tells what they did."""

import asyncio

import pytest

from swarm.errors import UsageError
from swarm.sandbox import Limits, isolation, run_python

OUTPUTS = {
    "hello": ("print('hello')", "hello\n"),
    "unicode": ("print('grüße 🐝')", "grüße 🐝\n"),
    "folder": ("import os; print(os.listdir('.'))", "['main.py']\n"),
    "name": ("print(__name__, __file__.rpartition('/')[2])", "__main__ main.py\n"),
    "no input": ("import sys; print(repr(sys.stdin.read()))", "''\n"),
    "leaves early": ("print('a'); exit(); print('b')", "a\n"),
    "threads": (
        "import threading\nts = [threading.Thread(target=print, args=('t',)) for _ in range(20)]\n"
        "[t.start() for t in ts]; [t.join() for t in ts]",
        "t\n" * 20,
    ),
    "processes": (
        "import multiprocessing as m\ndef f(x): return x * x\n"
        "if __name__ == '__main__':\n    with m.Pool(2) as p: print(p.map(f, [1, 2, 3]))",
        "[1, 4, 9]\n",
    ),
    "spawned processes": (
        "import multiprocessing as m\ndef f(x): print(x)\n"
        "if __name__ == '__main__':\n    p = m.get_context('spawn').Process(target=f, args='s')\n"
        "    p.start(); p.join()",
        "s\n",
    ),
    "asyncio": ("import asyncio; print(asyncio.run(asyncio.sleep(0.01, 'done')))", "done\n"),
    "shell": ("import subprocess; print(subprocess.check_output(['sh', '-c', 'echo hi'], text=True))", "hi\n\n"),
    "sqlite": ("import sqlite3; print(sqlite3.connect('a.db').execute('select 1').fetchone())", "(1,)\n"),
    "temporary files": ("import tempfile; f = tempfile.TemporaryFile(); f.write(b'x'); print(f.tell())", "1\n"),
    "no packages": (
        "try: import pydantic\nexcept ImportError as error: print(error)",
        "No module named 'pydantic'\n",
    ),
}


@pytest.mark.parametrize("name", OUTPUTS)
async def test_an_ordinary_program_prints_what_it_should(name: str) -> None:
    """Its output arrives whole, its kind is ok."""
    code, printed = OUTPUTS[name]
    outcome = await run_python(code)
    assert (outcome.kind, outcome.stdout, outcome.stderr) == ("ok", printed, "")
    assert outcome.isolation == isolation()[0]


async def test_an_exception_is_shown_as_the_interpreter_shows_it() -> None:
    """The traceback stands in stderr with the code's lines and no frame of ours; the message is its last line."""
    outcome = await run_python("def f():\n    return 1 / 0\nf()")
    assert (outcome.ok, outcome.kind, outcome.message) == (False, "exception", "ZeroDivisionError: division by zero")
    assert outcome.stderr.startswith("Traceback (most recent call last):\n")
    assert outcome.stderr.count("  File ") == 2
    assert "return 1 / 0" in outcome.stderr


async def test_a_syntax_error_is_an_exception() -> None:
    """Code that does not compile is reported with its line."""
    outcome = await run_python("x = = 1")
    assert (outcome.kind, outcome.message) == ("exception", "SyntaxError: invalid syntax")
    assert "x = = 1" in outcome.stderr


@pytest.mark.parametrize(
    ("code", "message"), [("exit(7)", "7"), ("import sys; sys.exit('no')", "1"), ("import os; os._exit(9)", "9")]
)
async def test_an_exit_status_is_reported(code: str, message: str) -> None:
    """A status other than 0 is not ok, and is named."""
    outcome = await run_python(code)
    assert (outcome.ok, outcome.kind, outcome.message) == (False, "exit", f"exit status {message}")


async def test_a_crash_names_its_signal() -> None:
    """A process that dies of a signal has crashed."""
    outcome = await run_python("import os; os.kill(os.getpid(), 11)")
    assert (outcome.kind, outcome.message) == ("crash", "killed by SIGSEGV")


async def test_input_files_are_there_and_changed_ones_come_back() -> None:
    """The code finds its input, imports a module that lies beside it; what is as it was does not come back."""
    code = """
import part
from pathlib import Path
Path('in/a.txt').write_text(part.word)
Path('out').mkdir()
Path('out/b').write_bytes(bytes([0, 255]))
"""
    files = {"in/a.txt": b"old", "in/same.txt": b"same", "part.py": b"word = 'new'"}
    outcome = await run_python(code, files)
    assert outcome.kind == "ok", outcome
    assert outcome.files == {"in/a.txt": b"new", "out/b": b"\0\xff"}


async def test_what_is_taken_out_is_bounded() -> None:
    """At most 16 files and 1 MB come back; the rest is named."""
    many = await run_python("for i in range(20): open(f'{i:02}', 'w').write('x')")
    assert (len(many.files), len(many.dropped)) == (16, 4)
    large = await run_python("open('a', 'wb').write(bytes(900_000)); open('b', 'wb').write(bytes(900_000))")
    assert (list(large.files), large.dropped) == (["a"], ("b: too large",))


@pytest.mark.parametrize("name", ["../a", "/a", "a/../b", "", "a//b", "a\nb", "a\\b", "x" * 300, "main.py"])
async def test_an_unsafe_file_name_is_refused(name: str) -> None:
    """Nothing is run when an input file would lie elsewhere."""
    with pytest.raises(UsageError, match="name"):
        await run_python("print(1)", {name: b""})


async def test_runs_do_not_see_each_other() -> None:
    """Several at once each have a folder of their own, and nothing stays for the next."""
    code = """
import os, time
open('mine', 'w').write('x')
time.sleep(0.2)
print(sorted(os.listdir('.')), os.listdir('/tmp'))
"""
    outcomes = await asyncio.gather(*(run_python(code, limits=Limits(wall_seconds=20)) for _ in range(4)))
    assert [outcome.stdout for outcome in outcomes] == ["['main.py', 'mine'] ['work']\n"] * 4
