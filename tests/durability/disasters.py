"""What befalls a stack in the middle of a run: each strikes while the model is thinking, and brings the stack back."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path

import psutil

from swarm.holding import holder
from swarm.settings import Settings
from swarm.stack import Connection, connection, down, status, up
from tests.durability.comparing import differences
from tests.durability.matrix import Loss
from tests.durability.playing import Ground, Play, play
from tests.durability.shapes import SHAPES

Strike = Callable[[Play], Awaitable[None]]
_SHAPE = SHAPES["effects"]
_SHORT, _LONG = 5.0, 80.0
"""Seconds without a part of the stack: within what a run waits out, and beyond."""
_MEGABYTES = 700


def _silent(_: str) -> None:
    return None


async def server_killed(play: Play) -> None:
    """The Prefect server is killed, and back soon."""
    _kill(status(play.ground.settings).prefect.pid)
    await _back(play, _SHORT)


async def postgres_killed(play: Play) -> None:
    """Postgres is killed with all its children, as if the machine had lost its power, and back soon."""
    _kill_all(status(play.ground.settings).postgres.pid)
    await _back(play, _SHORT)


async def postgres_away(play: Play) -> None:
    """Postgres is killed and stays away for longer than a run waits."""
    _kill_all(status(play.ground.settings).postgres.pid)
    await _back(play, _LONG)


async def server_away(play: Play) -> None:
    """The Prefect server is killed and stays away for longer than a run waits."""
    _kill(status(play.ground.settings).prefect.pid)
    await _back(play, _LONG)


async def worker_killed(play: Play) -> None:
    """The worker is killed."""
    _kill(status(play.ground.settings).worker.pid)
    await _back(play, _SHORT)


async def stack_down(play: Play) -> None:
    """A person says `swarm down`, and `swarm up` again."""
    await asyncio.to_thread(down, play.ground.settings, _silent)
    await _back(play, 0.0)


async def disk_full(play: Play) -> None:
    """The disk with the swarm's home and the workspace is full until the run has died of it."""
    ballast = play.ground.settings.swarm_home / "ballast"
    found = await holder(play.records.pool, play.run)
    assert found is not None
    await asyncio.to_thread(_fill, ballast)
    play.let_go()
    try:
        for _ in range(150):
            if not _lives(found.pid):
                break
            await asyncio.sleep(1)
        else:
            play.problems.append("the full disk did not end the run")
    finally:
        ballast.unlink()
    await _back(play, 0.0)


STRIKES: Mapping[str, tuple[Strike, int]] = {
    "server-killed": (server_killed, 4),
    "server-killed-late": (server_killed, 12),
    "postgres-killed": (postgres_killed, 4),
    "postgres-killed-late": (postgres_killed, 12),
    "postgres-away": (postgres_away, 8),
    "server-away": (server_away, 8),
    "worker-killed": (worker_killed, 8),
    "stack-down": (stack_down, 8),
    "disk-full": (disk_full, 2),
}
"""Every disaster by its name, with the number of the model call during which it strikes."""


async def survive(name: str, ground: Ground) -> list[Loss]:
    """Play a shape whole and then struck, and return what was lost."""
    strike, call = STRIKES[name]
    whole = await play(_SHAPE, ground)
    struck = await play(_SHAPE, ground, f"call {call}", strike)
    found = differences(_SHAPE, whole, struck)
    return [Loss(struck.run, name, tuple(found))] if found else []


@contextlib.contextmanager
def standing(settings: Settings) -> Iterator[Connection]:
    """Keep a stack up for the length of a block."""
    try:
        up(settings, _silent)
        yield connection(settings)
    finally:
        down(settings, _silent)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[str]:
    """Mount a small file system on a folder; yields why it was not possible, or nothing."""
    folder.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "swarm-test", str(folder)]
    if shutil.which("mount") is None or os.geteuid() != 0:
        yield "only root can mount a small file system"
        return
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode:
        yield f"a small file system cannot be mounted here: {done.stderr.strip()}"
        return
    try:
        yield ""
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def _back(play: Play, seconds: float) -> None:
    """Let the model answer while the stack is away, and bring that back after so many seconds."""
    play.let_go()
    await asyncio.sleep(seconds)
    await asyncio.to_thread(up, play.ground.settings, _silent)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _fill(ballast: Path) -> None:
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 65536)


def _kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _kill_all(pid: int | None) -> None:
    assert pid is not None
    process = psutil.Process(pid)
    for each in [*process.children(recursive=True), process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
