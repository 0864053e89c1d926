"""Write a client library in two versions and thirty jobs that use the first, no two of them quite alike."""

import subprocess
import sys
from pathlib import Path

_MIGRATION = """# From depot 1 to depot 2

`depot.v1` goes; `depot.v2` stays. Nothing may import `depot.v1`, also not by `importlib` or under another name.

| version 1 | version 2 |
|---|---|
| `Depot(path)` | `open_depot(path=path)`, a context manager; a depot must be closed |
| `depot.fetch(key)` gives None for nothing | `depot.get(key)` raises `Missing`; with `default=None` it does not |
| `depot.store(value, key)` | `depot.put(key, value)`: the order is turned round |
| `depot.keys_with(prefix)` gives a sorted list | `depot.keys(prefix=prefix)` gives an iterator in no order |
| `depot.drop(key)` gives whether it was there | `depot.delete(key)` raises `Missing` where it was not |
| `depot.bump(key, by=1)` gives the old number | `depot.add(key, by)` gives the new number; `by` must be given |
| `DepotError` | `depot.v2.Failure`; `Missing` is one |
"""
_V1 = '''"""Version 1; see MIGRATION.md."""


class DepotError(Exception):
    """Something is wrong with a depot."""


class Depot:
    def __init__(self, path):
        from depot.v2 import _load

        self.path, self._all = path, _load(path)

    def fetch(self, key):
        return self._all.get(key)

    def store(self, value, key):
        if not key:
            raise DepotError("a key is empty")
        self._all[key] = value
        self._save()

    def keys_with(self, prefix):
        return sorted(key for key in self._all if key.startswith(prefix))

    def drop(self, key):
        there = key in self._all
        self._all.pop(key, None)
        self._save()
        return there

    def bump(self, key, by=1):
        old = self._all.get(key, 0)
        self.store(old + by, key)
        return old

    def _save(self):
        from depot.v2 import _save

        _save(self.path, self._all)
'''
_V2 = '''"""Version 2; see MIGRATION.md."""

import json
from contextlib import contextmanager
from pathlib import Path

_NOTHING = object()


class Failure(Exception):
    """Something is wrong with a depot."""


class Missing(Failure):
    """There is no such key."""


class _Depot:
    def __init__(self, path):
        self._path, self._all, self._open = path, _load(path), True

    def _check(self):
        if not self._open:
            raise Failure("the depot is closed")

    def get(self, key, *, default=_NOTHING):
        self._check()
        if key not in self._all and default is _NOTHING:
            raise Missing(key)
        return self._all.get(key, default)

    def put(self, key, value):
        self._check()
        if not key:
            raise Failure("a key is empty")
        self._all[key] = value

    def keys(self, *, prefix=""):
        self._check()
        return iter([key for key in reversed(list(self._all)) if key.startswith(prefix)])

    def delete(self, key):
        self._check()
        if key not in self._all:
            raise Missing(key)
        del self._all[key]

    def add(self, key, by):
        self._check()
        self._all[key] = self._all.get(key, 0) + by
        return self._all[key]


@contextmanager
def open_depot(*, path):
    """Open a depot; it is saved and closed at the end."""
    depot = _Depot(path)
    try:
        yield depot
    finally:
        _save(path, depot._all)
        depot._open = False


def _load(path):
    file = Path(path)
    return json.loads(file.read_text()) if file.is_file() else {}


def _save(path, all_):
    Path(path).write_text(json.dumps(all_))
'''
_HEADS = (
    ("from depot.v1 import Depot, DepotError", "Depot", "DepotError"),
    ("import depot.v1 as elder", "elder.Depot", "elder.DepotError"),
    ("from depot import v1", "v1.Depot", "v1.DepotError"),
    ("import importlib\n\nelder = importlib.import_module('depot.' + 'v1')", "elder.Depot", "elder.DepotError"),
)
_BODIES = (
    """
def run(path, name):
    store = {depot}(path)
    seen = store.fetch(f"user:{{name}}")
    if seen is None:
        store.store({{"name": name, "visits": {n}}}, f"user:{{name}}")
        return "new"
    return seen["visits"]
""",
    """
def run(path, name):
    d = {depot}(path)
    before = d.bump(name, {n})
    again = d.bump(name)
    return [before, again, d.fetch(name)]
""",
    """
def run(path, name):
    d = {depot}(path)
    for number in range({n}):
        d.store(number, f"{{name}}/{{number}}")
    keys = d.keys_with(f"{{name}}/")
    return [keys[0], keys[-1], len(keys)] if keys else []
""",
    """
def run(path, name):
    d = {depot}(path)
    gone = [key for key in ("a{n}", name, "z") if d.drop(key)]
    try:
        d.store("x", "")
    except {error}:
        gone.append("refused")
    return gone
""",
    """
class Job:
    def __init__(self, path):
        self.depot = {depot}(path)

    def step(self, name):
        put = self.depot.store
        put(self.depot.bump("count", by={n}), name)
        return self.depot.fetch(name) or "zero"


def run(path, name):
    job = Job(path)
    return [job.step(name), job.step(name)]
""",
    """
def _copy(d, old, new):
    value = d.fetch(old)
    if value is None:
        raise {error}(f"nothing under {{old}}")
    d.store(value, new)
    return d.drop(old)


def run(path, name):
    d = {depot}(path)
    try:
        moved = _copy(d, name, f"{{name}}-{n}")
    except {error} as error:
        return str(error)
    return [moved, d.keys_with(name)]
""",
)
_TEST = '''"""What each job gives, twice in a row on one depot and once on another."""

import importlib
import json
import sys
from pathlib import Path

import pytest

_TOP = Path(__file__).parent.parent
sys.path[:0] = [str(_TOP), str(_TOP / "src")]
_WANTED = json.loads((Path(__file__).parent / "wanted.json").read_text())


@pytest.mark.parametrize("name", sorted(_WANTED))
def test_a_job_does_what_it_did(name, tmp_path):
    job = importlib.import_module(f"jobs.{name}")
    path = tmp_path / "depot.json"
    got = [job.run(path, "kim"), job.run(path, "kim"), job.run(path, "bo")]
    assert got == _WANTED[name]["results"]
    kept = json.loads(path.read_text()) if path.is_file() else {}
    assert kept == _WANTED[name]["depot"]
'''


def make(folder: Path) -> None:
    """Write the repository; what its tests expect is what version 1 does."""
    for name in ("src/depot", "jobs", "tests"):
        (folder / name).mkdir(parents=True)
    (folder / "MIGRATION.md").write_text(_MIGRATION, encoding="utf-8")
    (folder / "src/depot/__init__.py").write_text('"""A depot."""\n', encoding="utf-8")
    (folder / "src/depot/v1.py").write_text(_V1, encoding="utf-8")
    (folder / "src/depot/v2.py").write_text(_V2, encoding="utf-8")
    (folder / "jobs/__init__.py").write_text("", encoding="utf-8")
    for number in range(30):
        head, depot, error = _HEADS[number % len(_HEADS)]
        body = _BODIES[number % len(_BODIES)].format(depot=depot, error=error, n=number % 7 + 2)
        text = f'"""Job {number + 1}."""\n\n{head}\n\n{body}'
        (folder / f"jobs/job_{number + 1:02d}.py").write_text(text, encoding="utf-8")
    (folder / "tests/test_jobs.py").write_text(_TEST, encoding="utf-8")
    (folder / "tests/wanted.json").write_text(wanted(folder), encoding="utf-8")


def wanted(folder: Path) -> str:
    """Return what each job gives, as JSON, by running them as they are written."""
    program = (
        "import importlib, json, pathlib, sys, tempfile\n"
        "sys.path[:0] = ['.', 'src']\nsys.dont_write_bytecode = True\nfound = {}\n"
        "for file in sorted(pathlib.Path('jobs').glob('job_*.py')):\n"
        "    job = importlib.import_module('jobs.' + file.stem)\n"
        "    path = pathlib.Path(tempfile.mkdtemp()) / 'd.json'\n"
        "    results = [job.run(path, name) for name in ('kim', 'kim', 'bo')]\n"
        "    found[file.stem] = {'results': results, 'depot': json.loads(path.read_text()) if path.is_file() else {}}\n"
        "print(json.dumps(found, indent=1))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout
