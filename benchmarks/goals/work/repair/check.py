"""The visible tests are as they were and pass, and so do hidden ones of what README.md promises."""

from pathlib import Path

from benchmarks.goals.trying import pytest_fault, same_files

_HERE = Path(__file__).parent


def check(folder: Path, answer: str) -> str:
    """Return what is wrong with the repository."""
    if fault := same_files(_HERE / "workspace" / "tests", folder / "tests"):
        return fault
    return pytest_fault(folder, "tests") or pytest_fault(folder, str(_HERE / "hidden.py"))
