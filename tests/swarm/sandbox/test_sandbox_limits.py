"""Every limit holds for the whole process tree, and is named in the outcome."""

import pytest

from swarm.sandbox import Limits, Outcome, run_python

SMALL = Limits(wall_seconds=6, cpu_seconds=2, memory_mb=96, disk_mb=8, inodes=256, processes=8, file_mb=4)


async def _run(code: str) -> Outcome:
    return await run_python(code, limits=SMALL)


@pytest.mark.parametrize(
    "code",
    [
        "import time; print('started'); time.sleep(60)",
        "import signal, time\nprint('started')\nfor n in range(1, 64):\n    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\nwhile True: time.sleep(1)",
    ],
)
async def test_a_run_that_does_not_end_is_ended(code: str) -> None:
    """The clock stops the code, whatever signals it ignores; what it printed is kept."""
    outcome = await run_python(code, limits=Limits(wall_seconds=1))
    assert (outcome.kind, outcome.stdout) == ("timeout", "started\n")
    assert 1 <= outcome.wall_seconds < 3


async def test_processor_time_runs_out() -> None:
    """A busy loop ends at its processor limit, before the clock."""
    outcome = await run_python("while True: pass", limits=Limits(cpu_seconds=1, wall_seconds=30))
    assert outcome.kind == "timeout"
    assert "processor" in outcome.message
    assert 0.6 <= outcome.cpu_seconds < 2.5  # the kernel limits by ticks, and reports exactly


async def test_processor_time_counts_for_all_processes() -> None:
    """Short-lived children cannot each spend the limit anew."""
    code = """
import os, time
while True:
    if os.fork() == 0:
        end = time.process_time() + 0.3
        while time.process_time() < end: pass
        os._exit(0)
    os.wait()
"""
    outcome = await run_python(code, limits=Limits(cpu_seconds=1, wall_seconds=30))
    assert (outcome.kind, "processor" in outcome.message) == ("timeout", True)
    assert outcome.cpu_seconds < 3


MEMORY = {
    "at once": "x = bytearray(1 << 30)",
    "bit by bit": "x = []\nwhile True: x.append(bytearray(1 << 20))",
    "in many processes": "import os, time\nfor _ in range(2): os.fork()\nx = bytearray(60 << 20); time.sleep(5)",
    "in processes that hide": (
        "import ctypes, os, time\nctypes.CDLL(None).prctl(4, 0)\nos.fork(); os.fork()\n"
        "x = bytearray(b'x') * (60 << 20); time.sleep(5)"
    ),
    "in files of memory": (
        "import mmap, os, time\nfor i in range(4):\n    f = os.open(f'/dev/shm/{i}', os.O_RDWR | os.O_CREAT)\n"
        "    os.write(f, bytes(2 << 20))\nx = [bytearray(b'x') * (30 << 20) for _ in range(3)]; time.sleep(5)"
    ),
}


@pytest.mark.parametrize("name", MEMORY)
async def test_memory_runs_out(name: str) -> None:
    """Too much memory ends the run, in one process or in all together."""
    outcome = await _run(MEMORY[name])
    assert outcome.kind == "memory", outcome
    assert "96 MB" in outcome.message


async def test_memory_that_processes_share_counts_once() -> None:
    """Forked children that only read their parent's memory stay within the limit."""
    code = """
import os, time
x = bytearray(b'x') * (40 << 20)
for _ in range(5):
    if os.fork() == 0:
        time.sleep(0.5)
        os._exit(0)
time.sleep(0.6)
"""
    assert (await _run(code)).ok


async def test_threads_do_not_eat_the_memory() -> None:
    """As many threads as processes are allowed fit in a modest memory limit."""
    code = """
import threading
gate = threading.Barrier(29)
threads = [threading.Thread(target=gate.wait) for _ in range(28)]
for thread in threads: thread.start()
gate.wait()
"""
    outcome = await run_python(code, limits=Limits(memory_mb=96))
    assert outcome.ok, outcome


DISK = {
    "one file": ("f = open('a', 'wb')\nwhile True: f.write(bytes(1 << 20))", "File too large"),
    "many files": ("for i in range(99): open(f'{i}', 'wb').write(bytes(1 << 20))", "No space left"),
    "outside the folder": ("for i in range(99): open(f'/tmp/{i}', 'wb').write(bytes(1 << 20))", "No space left"),
    "in shared memory": ("for i in range(99): open(f'/dev/shm/{i}', 'wb').write(bytes(1 << 20))", "No space left"),
    "empty files": ("for i in range(9999): open(f'{i}', 'w')", "No space left"),
    "open files": ("x = [open('main.py') for _ in range(999)]", "Too many open files"),
}


@pytest.mark.parametrize("name", DISK)
async def test_disk_runs_out(name: str) -> None:
    """The folder is bounded in bytes and in files; the code gets the error a full disk would give."""
    code, error = DISK[name]
    outcome = await _run(code)
    assert outcome.kind == "exception"
    assert error in outcome.message


async def test_a_fork_bomb_fizzles() -> None:
    """Only so many processes can be made, and all end with the run."""
    code = """
import os, time
count = 0
while True:
    try: pid = os.fork()
    except OSError: break
    if pid == 0: time.sleep(60)
    count += 1
print(count)
"""
    outcome = await _run(code)
    assert outcome.ok
    assert int(outcome.stdout) == 7


async def test_a_fork_bomb_of_forks_fizzles() -> None:
    """The clock or the processor limit ends one that never stops trying."""
    code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    outcome = await run_python(code, limits=Limits(wall_seconds=2, processes=16))
    assert outcome.kind in ("timeout", "memory")


async def test_a_flood_of_output_keeps_its_beginning_and_end() -> None:
    """Both streams are cut in the middle, so that the error at the end can be read."""
    code = """
import sys
print('first')
for _ in range(300):
    print('x' * 10_000)
    print('y' * 10_000, file=sys.stderr)
1/0
"""
    outcome = await run_python(code)
    assert (outcome.kind, outcome.message, outcome.truncated) == (
        "exception",
        "ZeroDivisionError: division by zero",
        True,
    )
    assert outcome.stdout.startswith("first\n")
    assert "bytes left out" in outcome.stdout
    assert max(len(outcome.stdout), len(outcome.stderr)) < 66_000


async def test_an_endless_flood_ends_with_the_clock() -> None:
    """The host reads on, so nothing blocks, and keeps no more than it should."""
    outcome = await run_python("while True: print('x' * 9999)", limits=Limits(wall_seconds=1))
    assert (outcome.kind, outcome.truncated) == ("timeout", True)
