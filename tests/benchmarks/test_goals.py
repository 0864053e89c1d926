"""The goals of the grade work: their workspaces, and checks that can fail."""

import runpy
import shutil
from pathlib import Path

import pytest

from benchmarks.goals.grades import Goal, goals_of

GOALS = {goal.name: goal for goal in goals_of("work")}


def _made(goal: Goal, folder: Path) -> Path:
    folder.mkdir()
    for source, place in goal.files.items():
        shutil.copytree(source, folder / place, dirs_exist_ok=True)
    if goal.make is not None:
        goal.make(folder)
    return folder


@pytest.mark.parametrize("name", sorted(GOALS.keys() - {"speed"}))
def test_an_untouched_workspace_is_no_solution(name: str, tmp_path: Path) -> None:
    """A check finds a fault where nothing was done."""
    assert GOALS[name].check(_made(GOALS[name], tmp_path / name), "All done.")


def test_a_made_workspace_is_the_same_each_time(tmp_path: Path) -> None:
    """Else figures of two runs could not be compared."""
    one, other = (_made(GOALS["guide"], tmp_path / name) for name in ("one", "other"))
    names = [path.relative_to(one) for path in sorted(one.rglob("*.md"))]
    assert sum(path.stat().st_size for path in one.rglob("*.md")) > 500_000
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def test_a_guide_that_lacks_one_command_is_found_out(tmp_path: Path) -> None:
    """One with all of them, and what is gone, is not."""
    goal, folder = GOALS["guide"], _made(GOALS["guide"], tmp_path / "guide")
    made = goal.check.__globals__["_MADE"]
    told = [
        f"## {name}\n\nrole {'admin' if admin else 'any'}\n\n" + "\n".join(f"- {o}: {v}" for o, v in options.items())
        for name, (options, admin) in made["facts"]().items()
    ]
    gone = ["## Removed", *(f"- {old}: use {new}" for old, new in made["REMOVED"].items())]
    (folder / "guide.md").write_text("\n\n".join([*told, *gone]))
    assert not goal.check(folder, "")
    (folder / "guide.md").write_text("\n\n".join([*told[1:], *gone]))
    assert goal.check(folder, "")


def test_each_wrong_version_differs_in_one_place() -> None:
    """Else a mutant would be the module itself, or another one than meant."""
    goal, [folder] = GOALS["mutants"], list(GOALS["mutants"].files)
    module = (folder / "schedule.py").read_text(encoding="utf-8")
    mutants = runpy.run_path(str(folder.parent / "mutants.py"))["MUTANTS"]
    assert len(mutants) >= 20 and goal.make is None
    assert all(module.count(old) == 1 and old != new for old, new in mutants)
