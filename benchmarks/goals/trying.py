"""Trying what a run has left: its tests, its programs, its files as they were, each with a time limit.

What a model wrote runs here outside of the sandbox: run these goals where that may be.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_SECONDS = 120.0
_LEFT_OUT = ("__pycache__", ".pytest_cache")


def ran(command: Sequence[str], folder: Path, seconds: float = _SECONDS, **env: str) -> tuple[int, str]:
    """Return a command's exit code and all it printed; 124 where it took too long."""
    whole = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | env
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=whole,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 124, f"{command[0]} took more than {seconds:.0f} s"
    return done.returncode, done.stdout.decode("utf-8", "replace")


def pytest_fault(folder: Path, target: str, seconds: float = _SECONDS, **env: str) -> str:
    """Return the last lines of tests that fail, or where there is none; empty where all pass.

    They run on a copy, so that a check leaves no trace.
    """
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "copy"
        shutil.copytree(folder, copy)
        hidden = Path(target)
        if hidden.is_absolute():
            shutil.copy(hidden, copy / "test_hidden_.py")
            target = "test_hidden_.py"
        paths = os.pathsep.join(str(copy / each) for each in ("src", "."))
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--rootdir", ".", target]
        code, text = ran(command, copy, seconds, PYTHONPATH=paths, **env)
    return "" if code == 0 else f"tests fail ({target}): {' | '.join(text.strip().splitlines()[-4:])}"


def same_files(before: Path, after: Path) -> str:
    """Say which file of a folder is not what it was; empty where all are."""
    for path in sorted(before.rglob("*")):
        if path.is_dir() or any(part in _LEFT_OUT for part in path.parts):
            continue
        now = after / path.relative_to(before)
        if not now.is_file() or now.read_bytes() != path.read_bytes():
            return f"{now.relative_to(after.parent)} was changed"
    return ""
