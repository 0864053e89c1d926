"""Measure what the sandbox costs: a cold call (nothing running) and a warm one, by language, against `python -c`.

The function returns at once, so all of the time is the sandbox's. Rounds alternate; medians and 95th percentiles.

    python -m benchmarks.sandbox [--rounds 40]
"""

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import psutil
from pydantic import JsonValue

from swarm.sandbox.bubblewrap import Bubblewrap, binaries
from swarm.sandbox.calling import Called, call
from swarm.sandbox.cells import Backend, Room
from swarm.sandbox.host import Guest
from swarm.sandbox.landlock import Landlock, is_there
from swarm.sandbox.languages import language

_CODE = {
    "python": "def f(x):\n    return x\n",
    "javascript": "function f({x}) { return x }\n",
    "bash": "f() { echo 1; }\n",
}
_ROOM = Room(preload=("swarm.sandbox.inside.called",))


async def main() -> None:
    """Measure and print milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    backends: list[Backend] = [Bubblewrap(binaries()[0])] if binaries() else []
    backends += [Landlock()] * is_there()
    print(f"machine: {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    print(f"{'':<26} {'cold p50':>9} {'p95':>7} {'warm p50':>9} {'p95':>7}   memory")
    floor: list[float] = []
    for backend in backends:
        for name in _CODE:
            if name == "bash" and backend.name == "landlock":
                continue  # more than one process
            cold, warm, memory = [], [], 0.0
            for _ in range(rounds):
                floor.append(await _timed(_bare))
                guest = Guest(backend, _ROOM)
                cold.append(await _timed(lambda guest=guest, name=name: _cold(guest, name)))  # type: ignore[misc]
                warm.append(await _timed(lambda guest=guest, name=name: _called(guest, name)))  # type: ignore[misc]
                memory = _memory()
                guest.close()
            print(_row(f"{backend.name}, {name}", cold, warm) + f"   {memory:.0f} MB idle")
            if name == "python":
                ratio = _p(cold, 50) / _p(floor, 50)
                print(f"{'':<26} cold {ratio:.1f} x `python -c pass`, warm {_p(warm, 50):.1f} ms over the work itself")
    print(f"{'python -c pass':<26} {_p(floor, 50):9.1f} {_p(floor, 95):7.1f}")


async def _bare() -> None:
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", "pass"], check=True)


async def _cold(guest: Guest, name: str) -> None:
    await guest.open()
    await _called(guest, name)


async def _called(guest: Guest, name: str) -> None:
    answered = await call(guest, Called(language(name), _CODE[name], "f", {"x": 1}), _nothing)
    assert answered.ok, answered


async def _nothing(_: str, __: Mapping[str, JsonValue]) -> JsonValue:
    return None


async def _timed(what: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await what()
    return 1000 * (time.perf_counter() - started)


def _memory() -> float:
    """What the sandbox's processes use beside what they share, in MB."""
    found = 0
    for child in psutil.Process().children(recursive=True):
        try:
            found += int(Path(f"/proc/{child.pid}/smaps_rollup").read_text().partition("\nPss:")[2].split()[0])
        except (OSError, IndexError):
            continue
    return found / 1024


def _row(name: str, cold: list[float], warm: list[float]) -> str:
    return f"{name:<26} {_p(cold, 50):9.1f} {_p(cold, 95):7.1f} {_p(warm, 50):9.1f} {_p(warm, 95):7.1f}"


def _p(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


if __name__ == "__main__":
    asyncio.run(main())
