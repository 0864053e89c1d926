"""The examples pass as they are, and so do hidden tests of every chapter."""

from pathlib import Path

from benchmarks.goals.trying import pytest_fault, same_files

_HERE = Path(__file__).parent
_SECONDS = 600.0
"""The hidden tests start some three hundred programs, which takes a busy machine two minutes."""


def check(folder: Path, answer: str) -> str:
    """Return what the interpreter does wrongly."""
    if fault := same_files(_HERE / "workspace", folder):
        return fault
    return pytest_fault(folder, "tests") or pytest_fault(folder, str(_HERE / "hidden.py"), _SECONDS)
