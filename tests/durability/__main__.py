"""Play every scenario, print what was lost, and write the figures to docs/durability.json.

    python -m tests.durability [--every N] [SHAPE ...]

Where shapes are named (or `stack`), only those are played, and the figures of the others stay as they are. With
`--every N` one point of so many is played, evenly over each shape.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.durability.disasters import STRIKES, small_disk, standing, survive
from tests.durability.matrix import Loss, kills, sample
from tests.durability.playing import Ground, play
from tests.durability.recorded import STACK, Figure, of, read_figures, write_figures
from tests.durability.shapes import SHAPES
from tests.durability.test_stack import settings_at


def main() -> None:
    """Play what is named, or everything; ends with 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("shapes", nargs="*")
    given = parser.parse_args()
    names = given.shapes or [*SHAPES, STACK]
    played = read_figures().shapes if given.shapes else {}
    lost = 0
    with tempfile.TemporaryDirectory(prefix="sw-", ignore_cleanup_errors=True) as home:
        settings = settings_at(Path(home) / "home")
        with standing(settings) as stack:
            ground = Ground(settings, stack, Path(home) / "trees")
            for name in names:
                started = time.monotonic()
                figure = _struck(ground) if name == STACK else asyncio.run(_killed(name, ground, given.every))
                played[name] = figure
                write_figures(of(played))
                lost += figure.lost
                took = time.monotonic() - started
                _say(f"{name:<12}{figure.scenarios:6} scenarios{figure.lost:6} lost{took:8.0f} s")
    _say(of(played).sentence)
    sys.exit(1 if lost else 0)


async def _killed(name: str, ground: Ground, every: int) -> Figure:
    whole = await play(SHAPES[name], ground)
    assert not whole.problems and whole.report and whole.report.status == "done", f"{name}: {whole}"
    played = sample(whole.points, every) if every > 1 else whole.points
    lost = await kills(SHAPES[name], ground, whole, played, _tell)
    return Figure(points=len(whole.points), scenarios=len(played), lost=len(lost))


def _struck(ground: Ground) -> Figure:
    lost: list[Loss] = []
    for name in STRIKES:
        if name != "disk-full":
            lost += asyncio.run(survive(name, ground))
    with tempfile.TemporaryDirectory(prefix="sw-") as folder, small_disk(Path(folder) / "disk") as why_not:
        if why_not:
            sys.exit(f"the figures need every scenario, and one cannot be played: {why_not}")
        settings = settings_at(Path(folder) / "disk" / "home")
        with standing(settings) as stack:
            lost += asyncio.run(survive("disk-full", Ground(settings, stack, Path(folder) / "disk" / "trees")))
    for loss in lost:
        _tell(str(loss))
    return Figure(points=len(STRIKES), scenarios=len(STRIKES), lost=len(lost))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
