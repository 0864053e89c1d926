"""No caller of version 1 is left, version 2 is as it was, and each job does what it did."""

import runpy
import tempfile
from pathlib import Path

from benchmarks.goals.trying import pytest_fault, same_files

_MADE = runpy.run_path(str(Path(__file__).with_name("make.py")))


def check(folder: Path, answer: str) -> str:
    """Return what is left of version 1, or which job does something else."""
    if (folder / "src/depot/v1.py").exists():
        return "src/depot/v1.py is still there"
    if len(list((folder / "jobs").glob("job_*.py"))) != 30:
        return "there are not 30 jobs"
    for path in (folder / "jobs").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in ("v1", "Depot(", "DepotError", "keys_with", ".bump(", ".fetch("):
            if word in text:
                return f"{path.name} has {word}"
        if "open_depot" not in text and path.name != "__init__.py" and "depot" not in text:
            return f"{path.name} does not use a depot"
    with tempfile.TemporaryDirectory() as place:
        _MADE["make"](Path(place))
        before = Path(place)
        if fault := same_files(before / "tests", folder / "tests"):
            return fault
        if (before / "src/depot/v2.py").read_bytes() != (folder / "src/depot/v2.py").read_bytes():
            return "src/depot/v2.py was changed"
    return pytest_fault(folder, "tests")
