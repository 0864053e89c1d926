"""It prints what it did on many small files, and a large one takes seconds."""

import random
import runpy
import sys
import tempfile
from pathlib import Path

from benchmarks.goals.trying import pytest_fault, ran, same_files

_BEFORE = Path(__file__).with_name("workspace")
_SECONDS = 30.0
_LINES = 250_000


def check(folder: Path, answer: str) -> str:
    """Return what it prints wrongly, or that it is too slow."""
    if fault := same_files(_BEFORE / "tests", folder / "tests") or pytest_fault(folder, "tests"):
        return fault
    before = runpy.run_path(str(_BEFORE / "trips.py"))
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "data.txt"
        for seed in range(12):
            text = _data(random.Random(seed), 10 + 7 * seed, 4 + seed, 6 + 2 * seed, 60)
            file.write_text(text, encoding="utf-8")
            wanted = before["report"](before["read"](text))
            code, got = ran([sys.executable, str(folder / "trips.py"), str(file)], Path(place))
            if code or got != wanted:
                return f"file {seed} of {text.count(chr(10))} lines is reported otherwise: {got[-200:]}"
        file.write_text(_data(random.Random(99), _LINES, 4_000, 30_000, 500_000), encoding="utf-8")
        code, got = ran([sys.executable, str(folder / "trips.py"), str(file)], Path(place), _SECONDS)
    return f"a large file: {got[-200:]}" if code else ""


def _data(chance: random.Random, lines: int, bikes: int, stations: int, most: int) -> str:
    rows = []
    for _ in range(lines):
        begin = chance.randrange(most)
        end = begin + chance.randrange(0, 15)
        near = chance.randrange(stations)
        rows.append(f"{begin} {end} b{chance.randrange(bikes)} S{near} S{max(0, near - chance.randrange(2))}")
        rows += ["", "# noted"] if chance.random() < 0.02 else []
    return "\n".join(rows)
