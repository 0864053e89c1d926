"""The tests pass on the module as it was, and on at most a tenth of its wrong versions."""

import runpy
import shutil
import tempfile
from pathlib import Path

from benchmarks.goals.trying import pytest_fault, same_files

_HERE = Path(__file__).parent
_MODULE = "schedule.py"
_LEAST = 0.9


def check(folder: Path, answer: str) -> str:
    """Return why the tests are no good, or which wrong versions they let pass."""
    if not (folder / "tests/test_schedule.py").is_file():
        return "tests/test_schedule.py is missing"
    if fault := same_files(_HERE / "workspace", folder):
        return fault
    before = (_HERE / "workspace" / _MODULE).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "copy"
        shutil.copytree(folder, copy)
        if fault := pytest_fault(copy, "tests", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"):
            return fault
        mutants, alive = runpy.run_path(str(_HERE / "mutants.py"))["MUTANTS"], []
        for old, new in mutants:
            assert before.count(old) == 1, f"{old} stands {before.count(old)} times in {_MODULE}"
            (copy / _MODULE).write_text(before.replace(old, new), encoding="utf-8")
            if not pytest_fault(copy, "tests", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"):
                alive.append(f"{old.strip()} -> {new.strip()}")
    killed = len(mutants) - len(alive)
    return "" if killed >= _LEAST * len(mutants) else f"{killed} of {len(mutants)} found out; not: {'; '.join(alive)}"
