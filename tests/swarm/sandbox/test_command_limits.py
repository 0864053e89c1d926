"""Commands that never end, fork, fill memory or disk, kill what they can: the host stays safe and says what was."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from swarm.errors import UsageError
from swarm.sandbox import commands
from swarm.sandbox.command_rooms import Storage
from swarm.sandbox.commands import CommandOutcome, run_command
from swarm.sandbox.hidden import Hidden
from swarm.sandbox.limits import Limits
from swarm.sandbox.stages import CommandSpec, limits_for
from tests.swarm.sandbox.blobs import Blobs
from tests.swarm.sandbox.offspring import alive, children, started_since

ROOT = Path(__file__).parents[3]
HOST = """
import asyncio, sys
from pathlib import Path
from swarm.sandbox import commands
from swarm.sandbox.stages import CommandSpec
commands._STORAGES = ("disk",)
class Nowhere:
    async def put(self, blobs): pass
asyncio.run(commands.run_command(CommandSpec("echo x > x; sleep 60", Path(sys.argv[1])), Nowhere()))
"""


_FORKS = """
import os, time
count = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(99)
        count += 1
except OSError:
    print(count)
"""
_HUNGRY = {
    "one": "x = []\nwhile True: x.append(bytearray(b'x') * (1 << 24))",
    "many": """
import os
for _ in range(8):
    if os.fork() == 0:
        x = bytearray(b'x') * (40 << 20)
        break
""",
    "nameless files": "import os\nfor n in range(8): os.write(os.memfd_create(str(n)), bytes(50 << 20))",
    "shared": """
import mmap
maps = [mmap.mmap(-1, 50 << 20) for _ in range(8)]
for each in maps: each.write(bytes(50 << 20))
""",
    "shm": "for n in range(8): open(f'/dev/shm/{n}', 'wb').write(bytes(50 << 20))",
}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for temporary folders where nobody else makes any; `tmp_path` is made first, elsewhere."""
    with tempfile.TemporaryDirectory(prefix="sw") as place:
        monkeypatch.setattr(tempfile, "tempdir", place)
        yield Path(place)


async def _run(folder: Path, command: str, seconds: float = 20, **limits: int) -> CommandOutcome:
    bounds = Limits.model_validate(limits_for(seconds).model_dump() | limits)
    return await run_command(CommandSpec(command, folder, seconds, bounds), Blobs())


def _entries(folder: Path | str) -> int:
    return len(list(Path(folder).iterdir()))


def _names(processes: list[psutil.Process]) -> set[str]:
    names: set[str] = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            names.add(process.name())
    return names


async def test_a_command_that_never_ends_is_stopped_and_its_changes_are_told(tmp_path: Path) -> None:
    """The clock ends it with all it has started; what it had changed by then can be kept."""
    before = children()
    outcome = await _run(tmp_path, "echo x > n; (setsid sleep 99 &) ; nohup sleep 99 & echo out; sleep 99", 1)
    assert (outcome.stopped, outcome.code, outcome.output) == ("timeout", None, "out\n")
    assert outcome.message == "stopped after 1 s"
    assert [change.path for change in outcome.changes] == ["n"]
    assert started_since(before) == []


async def test_processes_left_in_the_background_end_with_the_command(tmp_path: Path) -> None:
    """A daemon that left session, group and parent is gone, and nobody waits for it."""
    before = children()
    outcome = await _run(
        tmp_path, "(setsid sleep 99 >/dev/null 2>&1 &); python -m http.server 8000 & sleep 99 & echo on"
    )
    assert (outcome.code, outcome.output) == (0, "on\n")
    assert outcome.seconds < 5
    assert started_since(before) == []


@pytest.mark.parametrize(
    ("command", "code", "killed"),
    [("kill -9 $$", None, "SIGKILL"), ("kill -9 -1; exit 3", 3, ""), ("kill -9 1; exit 4", 4, "")],
)
async def test_killing_what_it_can_reach_harms_only_the_command(
    command: str, code: int | None, killed: str, tmp_path: Path
) -> None:
    """Its own shell, all processes, process 1: the outcome is still the truth."""
    outcome = await _run(tmp_path, command)
    assert (outcome.code, outcome.signal, outcome.stopped) == (code, killed, "")


async def test_a_fork_bomb_is_bounded(tmp_path: Path) -> None:
    """It runs out of processes, and the clock ends what is left."""
    (tmp_path / "forks.py").write_text(_FORKS)
    outcome = await _run(tmp_path, "python forks.py", processes=40)
    assert int(outcome.output) < 40
    bomb = await _run(tmp_path, ":(){ :|:& };: 2>/dev/null; sleep 99", 2, processes=40)
    assert bomb.stopped == "timeout"


@pytest.mark.parametrize("code", _HUNGRY.values(), ids=_HUNGRY)
async def test_memory_is_bounded_whoever_holds_it(code: str, tmp_path: Path) -> None:
    """One process, many, files without a name, shared pages and tmpfs count together."""
    outcome = await _run(tmp_path, f"python - <<'EOF'\n{code}\nimport time; time.sleep(9)\nEOF", memory_mb=256)
    assert outcome.stopped == "memory" or "MemoryError" in outcome.output, outcome
    assert outcome.seconds < 9


async def test_a_full_disk_is_an_error_inside(tmp_path: Path) -> None:
    """The layer is bounded in size and files; the command sees an ordinary error, and the next one finds room."""
    outcome = await _run(tmp_path, "head -c 90000000 /dev/zero > f; echo $?; ls -l f >&2", disk_mb=64)
    assert "No space left on device" in outcome.output
    many = await _run(tmp_path, "python -c \"for i in range(999): open(f'n{i}', 'w')\"", inodes=500)
    assert "No space left on device" in many.output
    assert (await _run(tmp_path, "head -c 60000000 /dev/zero > f", disk_mb=64)).ok


@pytest.mark.parametrize("storage", ["disk", "copy"])
async def test_what_goes_to_the_hosts_disk_is_watched(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the layer cannot lie in memory, a command that fills the disk is stopped."""
    monkeypatch.setattr(commands, "_STORAGES", (storage,))
    monkeypatch.setattr(commands, "_works", {})
    monkeypatch.setattr(commands, "_is_ours", lambda _: storage != "copy")
    outcome = await _run(
        tmp_path, "for i in 1 2 3 4 5 6 7 8 9; do head -c 30000000 /dev/zero > $i; done; sleep 9", disk_mb=64
    )
    assert (outcome.stopped, outcome.message) == ("disk", "stopped: it wrote more than 64 MB")
    assert outcome.changes


async def test_deep_trees_and_odd_modes_harm_nobody(tmp_path: Path, temporary: Path) -> None:
    """Folders past any path and any recursion are named once; those without rights are removed all the same."""
    code = "import os\nfor _ in range(3000): os.mkdir('d', 0o300); os.chdir('d')"
    outcome = await _run(tmp_path, f"python - <<'EOF'\n{code}\nEOF\nmkdir -p a/b; echo x > a/b/c; chmod 0 a/b a")
    assert len(outcome.changes) <= 1
    assert 1 <= len(outcome.dropped) <= 2
    assert _entries(temporary) == 0


async def test_cancelling_at_any_moment_leaves_nothing(tmp_path: Path, temporary: Path) -> None:
    """Cancelled while it starts, runs or is read out, a command leaves no process, folder or descriptor."""
    await _run(tmp_path, "true")
    before, descriptors = children(), _entries("/proc/self/fd")
    command = "for i in $(seq 300); do echo $i > f$i; done"
    for delay in (0, 0.001, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2):
        task = asyncio.create_task(_run(tmp_path, command))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.wait([task])
    await asyncio.sleep(0)
    assert started_since(before) == []
    assert _entries(temporary) == 0
    assert _entries("/proc/self/fd") == descriptors
    assert _entries(tmp_path) == 0


def test_when_the_host_is_killed_the_command_dies_and_its_folder_is_swept(tmp_path: Path, temporary: Path) -> None:
    """SIGKILL gives the host no chance; processes go at once, the folder with the next command of anybody."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    host = subprocess.Popen([sys.executable, "-c", HOST, workspace], cwd=ROOT, env=environment)
    try:
        tree: list[psutil.Process] = []
        while "sleep" not in _names(tree):
            tree = psutil.Process(host.pid).children(recursive=True)
            assert host.poll() is None
            time.sleep(0.02)
    finally:
        host.send_signal(signal.SIGKILL)
        host.wait()
    _, left = psutil.wait_procs(tree, timeout=3)
    assert alive(left) == []
    assert list(workspace.iterdir()) == []
    (remains,) = temporary.iterdir()
    os.utime(remains, (0, 0))
    asyncio.run(_run(workspace, "true"))
    assert _entries(temporary) == 0


def test_hidden_paths_are_found_by_name_path_and_pattern(tmp_path: Path) -> None:
    """A name counts at any depth, a path where it says; nothing below a hidden folder is listed."""
    for name in (".env", "a/.env", "a/b.pem", "c/k/x.pem", "c/k2/y", "node_modules/p/.env", "z.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    hidden = Hidden((".env", "*.pem", "c/k?", "./nowhere/x"))
    assert hidden.paths(tmp_path) == (".env", "a/.env", "a/b.pem", "c/k/x.pem", "c/k2")
    assert Hidden(("c/", "/z.txt")).paths(tmp_path) == ("c", "z.txt")
    assert [hidden.covers(path) for path in ("new/.env", "c/k2/deep/y", "c/k", "env")] == [True, True, False, False]
    with pytest.raises(UsageError, match="at most 500"):
        for number in range(501):
            (tmp_path / f"{number}.pem").touch()
        hidden.paths(tmp_path)


def test_a_walk_for_hidden_paths_sees_what_has_come_since(tmp_path: Path) -> None:
    """Folders that have not changed are not read again, and those that have are."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "b"):
        os.utime(folder, (1, 1))
    hidden = Hidden((".env",))
    assert hidden.paths(tmp_path) == ()
    (tmp_path / "a" / "b" / ".env").touch()
    assert Hidden((".env",)).paths(tmp_path) == ("a/b/.env",)
    (tmp_path / "a" / "b" / ".env").unlink()
    assert hidden.paths(tmp_path) == ()


@pytest.mark.parametrize("storage", ["memory", "copy"])
async def test_a_workspace_may_hold_the_temporary_folders(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The private folders of commands are hidden from commands, and no copy is made of itself."""
    monkeypatch.setattr(commands, "_STORAGES", (storage,))
    monkeypatch.setattr(commands, "_works", {})
    monkeypatch.setattr(commands, "_is_ours", lambda _: storage != "copy")
    for place in (tmp_path, tmp_path / "tmp"):
        place.mkdir(exist_ok=True)
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        outcome = await _run(tmp_path, "find . -name passwd; echo x > n")
        assert (outcome.output, [change.path for change in outcome.changes]) == ("", ["n"])
