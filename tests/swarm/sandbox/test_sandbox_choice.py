"""What isolates is found by trying; without it nothing runs; and all of it holds for an ordinary user too."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarm.errors import SandboxUnavailable
from swarm.sandbox import choice, isolation, run_python
from swarm.sandbox.bubblewrap import Bubblewrap
from swarm.sandbox.cells import Backend
from swarm.sandbox.landlock import Landlock, is_there

ROOT = Path(__file__).parents[3]
NOBODY = 65534


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A process that has not chosen yet, and forgets what it chooses."""
    choice.chosen.cache_clear()
    yield monkeypatch
    choice.chosen.cache_clear()


def test_bubblewrap_isolates_here() -> None:
    """The locked dependency alone is enough on this machine."""
    assert isolation() == ("bubblewrap", ())


async def test_without_isolation_nothing_runs(fresh: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The refusal says what is missing and what to install."""
    fresh.setattr(choice, "binaries", list)
    fresh.setattr(choice, "is_there", lambda: False)
    with pytest.raises(SandboxUnavailable, match=r"install the package `bubblewrap`.*no Landlock"):
        await run_python("print(1)")
    assert isolation()[0] is None


async def test_a_bubblewrap_that_fails_is_not_used(fresh: pytest.MonkeyPatch) -> None:
    """A binary that cannot isolate is refused with its own words."""
    broken: list[Backend] = [Bubblewrap("/bin/false"), Bubblewrap("/nowhere/bwrap")]
    fresh.setattr(choice, "candidates", lambda: (broken, []))
    with pytest.raises(SandboxUnavailable, match=r"bubblewrap does not work here.*bubblewrap does not work here"):
        await run_python("print(1)")


@pytest.mark.skipif(not is_there(), reason="the kernel has no Landlock")
async def test_landlock_takes_over_and_is_named(fresh: pytest.MonkeyPatch) -> None:
    """Without bubblewrap the fallback runs ordinary code, one process of it, and says so."""
    fresh.setattr(choice, "binaries", list)
    code = """
import os, threading
thread = threading.Thread(target=print, args=("t",))
thread.start()
thread.join()
open("a", "w").write("x")
try:
    os.fork()
except OSError as error:
    print(error)
"""
    outcome = await run_python(code)
    assert (outcome.kind, outcome.isolation, outcome.files) == ("ok", "landlock", {"a": b"x"})
    assert outcome.stdout == "t\n[Errno 1] Operation not permitted\n"
    assert "bubblewrap is missing" in isolation()[1][0]


@pytest.mark.parametrize(
    "code",
    [
        "x = bytearray(b'x') * (1 << 30)",
        "for i in range(99): open(f'{i}', 'wb').write(bytes(1 << 20))",
        "import os\nwhile True: os.mkdir('d', 0o300); os.chdir('d')",
    ],
)
@pytest.mark.skipif(not is_there(), reason="the kernel has no Landlock")
async def test_landlock_watches_memory_and_disk(code: str, fresh: pytest.MonkeyPatch) -> None:
    """What the fallback cannot bound it ends, and it cleans up after."""
    fresh.setattr(choice, "candidates", lambda: ([Landlock()], []))
    assert (await run_python(code)).kind == "memory"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("about_commands", [True, False], ids=["commands", "the rest"])
def test_everything_holds_for_an_ordinary_user_too(about_commands: bool) -> None:
    """The other tests of this folder pass as a user with no rights at all."""
    python = _python_for_all()
    if python is None:
        pytest.skip(f"{sys.base_prefix} cannot be read by others, and the system has no other interpreter like it")
    paths = f"{ROOT}:{sysconfig.get_path('purelib')}"
    done = subprocess.run(
        [
            python,
            "-B",
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            ROOT,
            "-k",
            "not outside and not ordinary_program",
            *_files(about_commands),
        ],
        cwd=ROOT,
        env={"PYTHONPATH": paths, "PATH": os.environ["PATH"], "HOME": "/tmp"},
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


def _files(about_commands: bool) -> list[Path]:
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    return [path for path in files if path.name.startswith("test_command") == about_commands]


def _python_for_all() -> str | None:
    """This interpreter, or the system's if it is of the same version, as far as anybody may run it."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (sys.executable, f"/usr/bin/{version}"):
        try:
            subprocess.run(
                [path, "-c", ""], user=NOBODY, group=NOBODY, extra_groups=[], check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return path
    return None
