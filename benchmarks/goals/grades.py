"""Grades: the goals there are, each a folder with goal.txt, check.py and its workspace.

A workspace is the files of the folder `workspace`, or what `make(folder)` of make.py writes, or both.
"""

import runpy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
GRADES = ("first-light", "work")
_EXAMPLES = _HERE.parent.parent / "examples"

Check = Callable[[Path, str], str]
"""Takes the workspace and the answer, and says what is wrong; empty for a goal that is reached."""

Make = Callable[[Path], None]
"""Writes the files of a workspace that are too many or too large to be kept; the same ones each time."""


@dataclass(frozen=True)
class Goal:
    """One goal: its text, the folders whose content its workspace begins with, and its check."""

    name: str
    text: str
    files: dict[Path, str]
    """Folders by the place in the workspace that their content goes to."""
    check: Check
    make: Make | None = None


def goals_of(grade: str) -> list[Goal]:
    """Return the goals of a grade, by name."""
    folder = _HERE / grade.replace("-", "_")
    return [_read(each) for each in sorted(folder.iterdir()) if (each / "goal.txt").is_file()]


def _read(folder: Path) -> Goal:
    text = (folder / "goal.txt").read_text(encoding="utf-8").strip()
    files = {folder / "workspace": "."} if (folder / "workspace").is_dir() else {}
    if "examples/brief/" in text:
        files[_EXAMPLES / "brief"] = "examples/brief"
    make = runpy.run_path(str(folder / "make.py"))["make"] if (folder / "make.py").is_file() else None
    return Goal(folder.name, text, files, runpy.run_path(str(folder / "check.py"))["check"], make)
