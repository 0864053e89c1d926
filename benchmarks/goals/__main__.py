"""Run the goals of a grade through the real command line and look at the results.

    python -m benchmarks.goals --grade first-light --runs 5 [--only NAME] [--json FILE]
    python -m benchmarks.goals --grade exercises --folder CHECKOUT      benchmarks/goals/exercises.py

Whatever endpoint the environment names answers, else the embedded model. Each run has a copy of the goal's workspace;
all share a home and a stack of their own, which end with the last. CPU seconds are the model's, where it is the
embedded one: on a busy machine they say more than wall time. A goal counts as solved if the run is done and its check,
which sees the workspace and the answer, finds no fault.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.goals.exercises import Wish, solve_exercises
from benchmarks.goals.grades import GRADES, Goal, goals_of
from benchmarks.goals.playing import Played, Stage


def main() -> None:
    """Play every goal, print a line for each, and all in all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.goals", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--grade", choices=(*GRADES, "exercises"), default=GRADES[0])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], help="names of goals")
    parser.add_argument("--json", type=Path, help="a file for every single run")
    parser.add_argument("--keep", type=Path, help="a folder in which the workspaces are kept")
    parser.add_argument("--folder", type=Path, help="for the exercises: a checkout of Aider-AI/polyglot-benchmark")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="for the exercises: begin none later than that")
    given = parser.parse_args()
    if given.grade == "exercises":
        if given.folder is None:
            parser.error("--grade exercises needs --folder, a checkout of Aider-AI/polyglot-benchmark")
        return solve_exercises(Wish(given.folder, given.only, given.minutes, given.json, given.keep))
    goals = [goal for goal in goals_of(given.grade) if not given.only or goal.name in given.only]
    print(f"{'goal':16} solved  calls  tokens in  out  cached    wall s  model CPU s")
    played: list[Played] = []
    with tempfile.TemporaryDirectory(prefix="sw") as folder, Stage(Path(folder) / "home") as stage:
        for goal in goals:
            runs = [_play(stage, goal, number, given.keep or Path(folder)) for number in range(given.runs)]
            played += runs
            print(_row(goal.name, runs), flush=True)
            for fault in dict.fromkeys(run.fault for run in runs if run.fault):
                print(f"    {fault[:200]}", flush=True)
    print(_row("all", played))
    print(
        f"slowest {max(run.seconds for run in played):.0f} s; load of the machine at the end {os.getloadavg()[0]:.1f}"
    )
    if given.json:
        given.json.write_text(json.dumps([run.__dict__ for run in played], indent=1), encoding="utf-8")


def _play(stage: Stage, goal: Goal, number: int, folder: Path) -> Played:
    return stage.play(goal, folder / f"{goal.name}-{number}")


def _row(name: str, runs: Sequence[Played]) -> str:
    count = max(1, len(runs))
    calls, read, wrote = (sum(getattr(run, field) for run in runs) for field in ("calls", "tokens_in", "tokens_out"))
    cached = sum(run.cached for run in runs) / max(1, read)
    seconds, cpu = sum(run.seconds for run in runs) / count, sum(run.cpu for run in runs) / count
    solved = f"{sum(run.solved for run in runs)}/{len(runs)}"
    return (
        f"{name:16} {solved:6} {calls / count:6.1f} {read / count:10.0f} {wrote / count:4.0f} {cached:6.0%}"
        f" {seconds:9.1f} {cpu:12.1f}"
    )


if __name__ == "__main__":
    main()
