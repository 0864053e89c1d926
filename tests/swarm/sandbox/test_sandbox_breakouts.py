"""What hostile code tries, each attempt with a control run that shows it would have worked outside."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from swarm.sandbox import Limits, choice, run_python
from swarm.sandbox.bubblewrap import Bubblewrap, binaries
from swarm.sandbox.cells import Backend
from swarm.sandbox.landlock import Landlock, is_there
from tests.swarm.sandbox.baits import laid_out, state
from tests.swarm.sandbox.breakouts import ALL, PRELUDE
from tests.swarm.sandbox.offspring import children, started_since

BACKENDS = [Bubblewrap(binary) for binary in binaries()[:1]] + [Landlock()] * is_there()


@pytest.fixture
def baits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Things worth reaching: files, listening sockets, a process, a secret in the environment, an open file."""
    monkeypatch.setenv("SWARM_CANARY", "ESCAPED")
    with laid_out(tmp_path / "outside") as found:
        yield found


def _program(name: str, baits: dict[str, str]) -> str:
    code = PRELUDE + ALL[name].code
    for bait, value in baits.items():
        code = code.replace(f"@{bait}@", value)
    return code


@pytest.fixture(params=BACKENDS, ids=lambda backend: str(backend.name))
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Backend:
    """Each way to isolate, in turn."""
    chosen: Backend = request.param
    monkeypatch.setattr(choice, "chosen", lambda: (chosen, ()))
    return chosen


@pytest.mark.parametrize("name", ALL)
async def test_code_cannot(name: str, baits: dict[str, str], backend: Backend) -> None:
    """Code in the sandbox cannot do what its name says, and nothing outside has changed."""
    if name == "become_root" and backend.name == "landlock":
        pytest.skip("where the interpreter lies in root's home it stays root, without the powers")
    outcome = await run_python(_program(name, baits))
    assert "ESCAPED" not in outcome.stdout
    assert outcome.kind in ("ok", "exception"), outcome
    assert outcome.isolation == backend.name
    assert psutil.Process(int(baits["victim"])).status() != psutil.STATUS_ZOMBIE
    assert state(baits) == (["canary", "socket", "spare"], "untouched")


@pytest.mark.parametrize("name", [name for name, attempt in ALL.items() if attempt.outside != "sometimes"])
def test_outside_the_sandbox_code_can(name: str, baits: dict[str, str], tmp_path: Path) -> None:
    """The same program without a sandbox gets through, so the attempt bites."""
    if ALL[name].outside == "root" and os.geteuid() != 0:
        pytest.skip("only root could do this anyway")
    command = [sys.executable, "-I", "-S", "-c", _program(name, baits)]
    done = subprocess.run(command, cwd=tmp_path, close_fds=False, capture_output=True, text=True, timeout=30)
    assert "ESCAPED" in done.stdout, done.stderr


async def test_a_daemon_does_not_outlive_its_run() -> None:
    """A process that left its session and its parent is gone when the run is over."""
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        [os.close(number) for number in range(3)]
        time.sleep(60)
    os._exit(0)
os.wait()
"""
    before = children()
    outcome = await run_python(code)
    assert outcome.ok
    assert outcome.wall_seconds < 5
    assert started_since(before) == []


async def test_the_report_cannot_be_forged(backend: Backend) -> None:
    """Code that writes a flattering report to every descriptor still has the status it ended with."""
    code = """
import json, os, struct, sys
data = json.dumps({"status": 0, "broken": "", "files": {}, "dropped": [], "ready": True}).encode()
for number in range(64):
    try: os.write(number, struct.pack(">I", len(data)) + data)
    except OSError: pass
sys.exit(3)
"""
    outcome = await run_python(code)
    assert (outcome.kind, outcome.message) == ("exit", "exit status 3")


@pytest.mark.parametrize("target", ["1", "-1", "0", "os.getppid()"])
async def test_killing_what_it_can_reach_harms_only_the_code(target: str, backend: Backend) -> None:
    """The guest is out of reach of its signals, so that the host still gets a report."""
    before = children()
    outcome = await run_python(f"import os\ntry: os.kill({target}, 9)\nexcept OSError: pass")
    assert outcome.kind in ("ok", "crash"), outcome
    assert started_since(before) == []


async def test_only_regular_files_are_taken_out(tmp_path: Path) -> None:
    """Links, pipes and sockets the code leaves are named as dropped and never followed."""
    (tmp_path / "canary").write_text("ESCAPED")
    code = f"""
import os, socket
os.symlink({str(tmp_path / "canary")!r}, "link")
os.symlink({str(tmp_path)!r}, "folder")
os.mkfifo("pipe")
socket.socket(socket.AF_UNIX).bind("socket")
open("line\\nbreak", "w").write("x")
open("kept", "w").write("x")
"""
    outcome = await run_python(code)
    assert outcome.files == {"kept": b"x"}
    assert len(outcome.dropped) == 5, outcome.dropped


async def test_a_tree_deeper_than_any_path_is_cleaned_away() -> None:
    """Folders nested past the recursion limit and past the longest path harm nothing on the host."""
    code = "import os\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\nopen('f', 'w').write('x')"
    outcome = await run_python(code, limits=Limits(inodes=8000))
    assert outcome.ok
    assert outcome.files == {}
