"""Kill by the clock: whole trees under load, each killed twice at moments nobody chose, and what came of it.

    python -m tests.durability.clock [--runs 20] [--load 10] [--at-once 3]

A tree has forty nodes; each of its leaves appends one line to a file of its own by a command, so that a command that
was lost or kept twice shows. `--load` is how many processes are ready to run at any time, ours included: the burners
make up what is missing. Prints one line a run and the figures, and ends with 1 if anything was lost.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from integrations import reviving
from integrations.records import Records
from swarm.errors import RunHeld, StackError, UsageError
from swarm.holding import holder
from swarm.outages import patiently
from tests.durability.disasters import standing
from tests.durability.playing import Ground, Play
from tests.durability.shapes import Shape, Stage, inner
from tests.durability.test_stack import settings_at
from tests.end_to_end.said import Said, finish, part

_BRANCHES = 3
_LEAF = 4
"""How many numbers the path of a leaf has: three levels under the root, 1 + 3 + 9 + 27 nodes."""
_LINES = _BRANCHES ** (_LEAF - 1)
_NODES = sum(_BRANCHES**level for level in range(_LEAF))
_KILLS = 2
_SECONDS = 1800.0
_SOONEST, _LATEST = 4.0, 40.0
"""Seconds after a start, or a resume, within which a run is killed."""


def _ring(path: str) -> Said:
    return {"situation": "", "actions": [{"kind": "run_command", "command": f"echo rung >> bell-{path}.txt"}]}


def _stages(path: str) -> Iterator[tuple[str, list[Stage]]]:
    """Yield the stages of a node and of all below it: a leaf appends its line, the others split."""
    if path.count(".") == _LEAF - 1:
        yield path, [("", _ring(path)), ("exit code 0", finish("Rung."))]
        return
    below = [f"{path}.{number}" for number in range(1, _BRANCHES + 1)]
    parts = [part(f"p{number}", f"Ring the bells of quarter {each}") for number, each in enumerate(below, 1)]
    yield path, inner(path, *parts, answer="All have rung.")
    for each in below:
        yield from _stages(each)


_TREE = Shape("clock", "Ring all the bells of the town", dict(_stages("0")), model="strong")


@dataclass(frozen=True)
class Told:
    """What came of one run."""

    run: str
    kills: int
    seconds: float
    faults: tuple[str, ...]


async def _one(ground: Ground, chance: random.Random) -> Told:
    began = time.monotonic()
    async with await Records.open(ground.stack) as records:
        play = Play(_TREE, ground, records, "")
        with play.model:
            await play.start()
            kills = await _killed(play, chance)
            await _to_the_end(play)
            faults = tuple(await patiently(lambda: _faults(play)))
    return Told(play.run, kills, time.monotonic() - began, faults)


async def _killed(play: Play, chance: random.Random) -> int:
    """Kill the run twice, and resume it; returns how often it lived long enough for that."""
    for count in range(_KILLS):
        await asyncio.sleep(chance.uniform(_SOONEST, _LATEST))
        while (found := await holder(play.records.pool, play.run)) is None:
            if await _has_ended(play):
                return count
            await asyncio.sleep(0.5)
        os.kill(found.pid, signal.SIGKILL)
        await patiently(play.bring_back)
    return _KILLS


async def _to_the_end(play: Play) -> None:
    """Wait for the end; a run whose process was lost on the way is brought back, as its person would."""
    until = time.monotonic() + _SECONDS
    while not await _has_ended(play):
        if time.monotonic() > until:
            play.problems.append(f"it has not ended after {_SECONDS:.0f} s")
            return
        # A server that this load keeps from answering in time is asked again.
        with contextlib.suppress(RunHeld, UsageError, StackError):
            if play.run in await reviving.dead_runs(play.records):
                await reviving.resume(play.records, play.run)
        await asyncio.sleep(2)


async def _has_ended(play: Play) -> bool:
    return await patiently(lambda: play.records.runs.ended(play.run))


async def _faults(play: Play) -> list[str]:
    """Say what was lost, done twice or left over."""
    outcome = await play.outcome()
    faults = list(outcome.problems)
    if outcome.report is None or outcome.report.status != "done":
        faults.append(f"it ended {outcome.report.status if outcome.report else 'without a report'}")
    if Counter(outcome.statuses.values()) != {"done": len(outcome.statuses)} or len(outcome.statuses) < _NODES:
        faults.append(f"its nodes are {dict(Counter(outcome.statuses.values()))}")
    rung = Counter(outcome.files.values())
    if rung != {"rung\n": _LINES}:
        faults.append(f"the bells are {dict(rung)}")
    if twice := [call for call, times in Counter(row[-1] for row in outcome.usage).items() if times > 1]:
        faults.append(f"counted twice: {twice}")
    if await holder(play.records.pool, play.run) is not None:
        faults.append("its process holds it still")
    if left := [process.pid for process in psutil.process_iter() if _is_of(process, play.run)]:
        faults.append(f"commands are left: {left}")
    return faults


def _is_of(process: psutil.Process, run: str) -> bool:
    """Say whether a process is a command of a run, whose workspace is bound into its sandbox."""
    try:
        return run in " ".join(process.cmdline())
    except psutil.Error:
        return False


@contextlib.contextmanager
def burning(load: int) -> Iterator[None]:
    """Keep so many processes ready to run, other people's and the test's own included."""
    burners = [
        multiprocessing.get_context("spawn").Process(target=_burn, args=(load,), daemon=True) for _ in range(load)
    ]
    for burner in burners:
        burner.start()
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()


def _burn(load: int) -> None:
    """Spin while fewer than `load` processes are ready, and rest while there are more; ends with its parent."""
    parent = os.getppid()
    while os.getppid() == parent:
        if _ready() > load:
            time.sleep(random.uniform(0.1, 0.5))
            continue
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            pass


def _ready() -> int:
    return int(Path("/proc/loadavg").read_text(encoding="ascii").split()[3].partition("/")[0])


async def _all(ground: Ground, runs: int, at_once: int, seed: int) -> list[Told]:
    places = asyncio.Semaphore(at_once)
    told: list[Told] = []

    async def one(number: int) -> None:
        async with places:
            last = await _one(ground, random.Random(seed + number))
        told.append(last)
        what = "; ".join(last.faults) or "whole"
        _say(f"{len(told):3} run {last.run}: killed {last.kills} times, {last.seconds:.0f} s, {what}")

    await asyncio.gather(*(one(number) for number in range(runs)))
    return told


def main() -> None:
    """Play the runs, and print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability.clock")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--load", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    _say(f"seed {given.seed}")
    with tempfile.TemporaryDirectory(prefix="sw-", ignore_cleanup_errors=True) as home:
        settings = settings_at(Path(home) / "home")
        with burning(given.load), standing(settings) as stack:
            ground = Ground(settings, stack, Path(home) / "trees")
            told = asyncio.run(_all(ground, given.runs, given.at_once, given.seed))
            load = os.getloadavg()[0]
    faulty = [each for each in told if each.faults]
    kills = sum(each.kills for each in told)
    _say(f"{len(told)} runs of {_NODES} nodes, {kills} kills, {len(faulty)} not whole, load {load:.0f} at the end")
    sys.exit(1 if faulty else 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
