"""Killable: a hostile file is read by a child process, which may die of it; its time and memory are bounded."""

import asyncio
import sys
from pathlib import Path

_OUT_OF_TIME = {-9, -24}  # SIGKILL, SIGXCPU: the kernel's answers to a spent RLIMIT_CPU
_GRACE = 5.0


class OutOfTime(Exception):
    """The child took longer than it may."""


async def answer_of(script: Path, arguments: tuple[str, ...], data: bytes, seconds: float) -> bytes:
    """Run a script of ours on `data` and return what it printed; empty if it died. Raises OutOfTime.

    The child dies with the caller, too.
    """
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(script), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(seconds + _GRACE):
            output, _ = await child.communicate(data)
    except TimeoutError:
        raise OutOfTime from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode in _OUT_OF_TIME:
        raise OutOfTime
    return output
