"""What happens while the database is away."""

import signal
import subprocess
import sys

import asyncpg
import pytest

from swarm.outages import patiently


async def test_an_outage_is_waited_for() -> None:
    """What passes is tried again until it works."""
    faults: list[BaseException] = [OSError("refused"), asyncpg.CannotConnectNowError("starting"), TimeoutError()]

    async def ask() -> str:
        if faults:
            raise faults.pop()
        return "here"

    assert await patiently(ask) == "here"


async def test_what_does_not_pass_rises_at_once_and_what_does_after_its_time() -> None:
    """A fault of ours is no outage."""
    calls = []

    async def ask(error: BaseException) -> None:
        calls.append(1)
        raise error

    with pytest.raises(asyncpg.DataError):
        await patiently(lambda: ask(asyncpg.DataError("ours")))
    assert len(calls) == 1
    with pytest.raises(asyncpg.DiskFullError):
        await patiently(lambda: ask(asyncpg.DiskFullError("full")), seconds=0.5)
    assert len(calls) > 2


def test_a_process_that_cannot_write_any_more_ends_as_if_killed() -> None:
    """So that nothing after it can be taken for done; its log says why."""
    program = "from swarm.outages import crash\ntry:\n    crash(OSError('no\\nspace'))\nfinally:\n    print('after')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "")
    assert "nothing of it is lost: no space" in done.stderr
