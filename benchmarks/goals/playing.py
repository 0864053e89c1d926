"""Playing a goal: one run of the real command line in a workspace of its own, and what it cost."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from benchmarks.goals.grades import Goal

_SECONDS = 3600.0
_MADE = shutil.ignore_patterns("__pycache__", ".pytest_cache")
_SWARM = str(Path(sys.executable).with_name("swarm"))


@dataclass
class Played:
    """What came of one run."""

    name: str
    solved: bool
    fault: str
    status: str
    calls: int
    tokens_in: int
    tokens_out: int
    cached: int
    seconds: float
    cpu: float
    """Seconds that the embedded model's process has used."""


class Stage:
    """A home with its stack, started with the first run and ended at the end; runs remember nothing of each other."""

    def __init__(self, home: Path, **env: str) -> None:
        self._home = home
        self._env = os.environ | {"SWARM_HOME": str(home), "SWARM_REMEMBER": "false"} | env

    def __enter__(self) -> Self:
        done = subprocess.run([_SWARM, "up"], env=self._env, check=False, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"the stack does not start: {done.stderr.strip()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run([_SWARM, "down"], env=self._env, check=False, capture_output=True)

    def play(self, goal: Goal, folder: Path, **env: str) -> Played:
        """Run a goal in a fresh folder, with settings of its own, and check what it left there."""
        folder.mkdir(parents=True)
        for source, place in goal.files.items():
            shutil.copytree(source, folder / place, dirs_exist_ok=True, ignore=_MADE)
        if goal.make is not None:
            goal.make(folder)
        before, started = self._model_cpu(), time.monotonic()
        command = [_SWARM, "run", goal.text, "--json"]
        done = subprocess.run(
            command, cwd=folder, env=self._env | env, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        seconds, cpu = time.monotonic() - started, self._model_cpu() - before
        try:
            told = json.loads(done.stdout)
        except ValueError:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            return Played(goal.name, False, last, "none", 0, 0, 0, 0, seconds, cpu)
        report, usage = told["report"] or {}, told["usage"]
        fault = goal.check(folder, report.get("answer") or "")
        if told["status"] != "done":
            fault = f"{told['status']}: {report.get('summary') or fault}"
        return Played(
            name=goal.name,
            solved=not fault,
            fault=fault,
            status=told["status"],
            calls=usage["calls"],
            tokens_in=usage["tokens_in"],
            tokens_out=usage["tokens_out"],
            cached=usage.get("cached") or 0,
            seconds=seconds,
            cpu=cpu,
        )

    def _model_cpu(self) -> float:
        """Return the CPU seconds of the embedded model's process so far; 0 where none runs."""
        try:
            pid = json.loads((self._home / "model.json").read_text(encoding="utf-8"))["pid"]
            times = psutil.Process(pid).cpu_times()
        except (OSError, ValueError, KeyError, psutil.Error):
            return 0.0
        return float(times.user + times.system)
