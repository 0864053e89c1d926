"""Measure what a command costs over the command itself: on a small workspace, and on one of 50,000 files and 2 GB.

`true` runs in bash at once, so that all of the time is the sandbox's: the layer, the walk for hidden files, reading the
changes, cleaning up. Rounds alternate; medians and 95th percentiles, the first command of a process not counted.
Processor time is that of all processes, with the command's own; unlike the clock it does not depend on the load.

    python -m benchmarks.commands [--rounds 20] [--files 50000] [--gigabytes 2]
"""

import argparse
import asyncio
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from swarm.sandbox import CommandSpec, isolation, run_command

_IN_A_FOLDER = 20
_HIDDEN = (".env", "*.pem", "id_*")
_MOST_MS = 300


class _Nowhere:
    async def put(self, blobs: Mapping[str, bytes]) -> None:
        """Keep nothing."""


async def main() -> None:
    """Measure and print milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    given = parser.parse_args()
    print(f"machine: {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    print(f"isolation: {isolation()[0]}")
    with tempfile.TemporaryDirectory(prefix="swarm-bench-") as place:
        small, large = Path(place, "small"), Path(place, "large")
        _fill(small, 20, 20_000)
        _fill(large, given.files, int(given.gigabytes * 1e9))
        await _measure(small, large, given.rounds)


async def _measure(small: Path, large: Path, rounds: int) -> None:
    change = "for d in d0 d1 d2 d3 d4; do for f in $d/*; do echo x >> $f; done; done"
    cases = {
        "small workspace": CommandSpec("true", small),
        "large workspace": CommandSpec("true", large),
        "large, names hidden": CommandSpec("true", large, hidden=_HIDDEN),
        "large, 100 files changed": CommandSpec(change, large, hidden=_HIDDEN),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    bare: list[float] = []
    processor = dict.fromkeys(cases, 0.0)
    for spec in cases.values():
        await run_command(spec, _Nowhere())
    for _ in range(rounds):
        bare.append(await asyncio.to_thread(_bare))
        for name, spec in cases.items():
            started, before = time.perf_counter(), _processor_seconds()
            outcome = await run_command(spec, _Nowhere())
            processor[name] += _processor_seconds() - before
            times[name].append(time.perf_counter() - started - outcome.seconds)
            assert outcome.ok, outcome
    print(f"{'over the command itself, ms':<28} {'p50':>6} {'p95':>6} {'processor':>10}")
    print(f"{'bash alone':<28} {_p(bare, 50):6.0f} {_p(bare, 95):6.0f}")
    for name, found in times.items():
        print(f"{name:<28} {_p(found, 50):6.0f} {_p(found, 95):6.0f} {processor[name] / rounds * 1000:10.0f}")
    largest = max(_p(found, 50) for found in times.values())
    print(f"largest median: {largest:.0f} ms, {'below' if largest < _MOST_MS else 'NOT below'} {_MOST_MS} ms")


def _bare() -> float:
    started = time.perf_counter()
    subprocess.run(["bash", "-c", "true"], check=True)
    return time.perf_counter() - started


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _fill(folder: Path, files: int, size: int) -> None:
    content = os.urandom(size // files)
    for number in range(files):
        path = folder / f"d{number // _IN_A_FOLDER}" / f"{number}.py"
        if number % _IN_A_FOLDER == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(content)


def _p(seconds: list[float], percent: int) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000


if __name__ == "__main__":
    asyncio.run(main())
