"""Both features work together in merged/, its tests hold those of both sides, and the three copies are untouched."""

import re
from pathlib import Path

from benchmarks.goals.trying import pytest_fault, same_files

_HERE = Path(__file__).parent
_LINES = ("have tags", "called `Book`", "empty note", "as a whole", "no empty line", "when they are due", "`export`")
_FURTHER = ("is a package", "not given again", "First release")
_TEST = re.compile(r"^def (test_\w+)", re.MULTILINE)


def check(folder: Path, answer: str) -> str:
    """Return what was lost in the merge."""
    for name in ("base", "ours", "theirs"):
        if fault := same_files(_HERE / "workspace" / name, folder / name):
            return fault
    merged = folder / "merged"
    try:
        texts = {name: (merged / name).read_text(encoding="utf-8") for name in ("CHANGES.md", "FORMAT.md", "README.md")}
    except OSError as error:
        return f"{error}"
    if lost := [each for each in (*_LINES, *_FURTHER) if each not in " ".join(texts["CHANGES.md"].split())]:
        return f"CHANGES.md lacks a line: {lost[0]}"
    if "Version 3" not in texts["FORMAT.md"] or not all(each in texts["FORMAT.md"] for each in ("tags", "due", "next")):
        return "FORMAT.md does not have version 3"
    if not all(each in texts["README.md"] for each in ("--tag", "--due", "--before", "export")):
        return "README.md lacks an option"
    wanted, found = _tests(folder / "ours") | _tests(folder / "theirs"), _tests(merged)
    if missing := sorted(wanted - found):
        return f"merged/tests lacks {missing[0]}"
    return pytest_fault(merged, "tests") or pytest_fault(merged, str(_HERE / "hidden.py"))


def _tests(folder: Path) -> set[str]:
    files = (folder / "tests").glob("test_*.py")
    return {name for path in files for name in _TEST.findall(path.read_text(encoding="utf-8"))}
