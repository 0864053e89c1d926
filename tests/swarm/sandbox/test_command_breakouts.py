"""What hostile commands try: every attempt to break out, and new ones at the layer they run on."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from swarm.sandbox import commands
from swarm.sandbox.choice import unconfined
from swarm.sandbox.command_rooms import Storage
from swarm.sandbox.commands import run_command
from swarm.sandbox.stages import CommandSpec
from tests.swarm.sandbox.baits import laid_out, state
from tests.swarm.sandbox.blobs import Blobs
from tests.swarm.sandbox.breakouts import PRELUDE
from tests.swarm.sandbox.command_breakouts import ATTEMPTS

_RUNNER = """
import json, subprocess, sys
for name, code in json.load(open('attempts.json')).items():
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=20)
    print(name, 'ESCAPED' if 'ESCAPED' in done.stdout else 'contained', flush=True)
"""


@pytest.fixture
def baits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Things worth reaching outside."""
    monkeypatch.setenv("SWARM_CANARY", "ESCAPED")
    with laid_out(tmp_path / "outside") as found:
        yield found


def _attempts(folder: Path, baits: Mapping[str, str], codes: Mapping[str, str]) -> set[str]:
    """Lay out a workspace with the attempts in it; returns their names."""
    (folder / "sub").mkdir(parents=True)
    for name in ("a.txt", "sub/b", "sub/c"):
        (folder / name).write_text("x")
    (folder / ".env").write_text("ESCAPED")
    (folder / "way_out").symlink_to(baits["folder"])
    attempts = {name: PRELUDE + code for name, code in codes.items()}
    for bait, value in baits.items():
        attempts = {name: code.replace(f"@{bait}@", value) for name, code in attempts.items()}
    (folder / "attempts.json").write_text(json.dumps(attempts))
    (folder / "runner.py").write_text(_RUNNER)
    return set(attempts)


@pytest.mark.parametrize("storage", ["memory", "copy"])
async def test_no_command_gets_out(
    storage: Storage, baits: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing outside is read, written, reached or signalled, and no change comes from a forged mark."""
    monkeypatch.setattr(commands, "_STORAGES", (storage,))
    monkeypatch.setattr(commands, "_works", {})
    monkeypatch.setattr(commands, "_is_ours", lambda _: storage != "copy")
    packages = tmp_path / "packages"
    packages.mkdir()
    attempts = _attempts(tmp_path / "workspace", baits, ATTEMPTS)
    spec = CommandSpec("exec python runner.py", tmp_path / "workspace", 60, hidden=(".env",), packages=(packages,))
    outcome = await run_command(spec, Blobs())
    said = dict(line.split(" ", 1) for line in outcome.output.splitlines())
    assert outcome.ok, outcome
    assert said.keys() == attempts
    assert [name for name, verdict in said.items() if verdict != "contained"] == []
    assert psutil.Process(int(baits["victim"])).status() != psutil.STATUS_ZOMBIE
    assert state(baits) == (["canary", "socket", "spare"], "untouched")
    assert [change.path for change in outcome.changes if change.kind == "deleted"] == []
    assert list(packages.iterdir()) == []


async def test_without_a_sandbox_commands_get_out(baits: dict[str, str], tmp_path: Path) -> None:
    """The same attempts by a plain process get through, so they bite."""
    names = ["read_through_a_link_of_the_workspace", "write_through_a_link_of_the_workspace", "list_homes"]
    _attempts(tmp_path / "workspace", baits, {name: ATTEMPTS[name] for name in (*names, "connect_by_tcp")})
    with unconfined(True):
        outcome = await run_command(CommandSpec("python runner.py", tmp_path / "workspace"), Blobs())
    assert outcome.output.splitlines() == [f"{name} ESCAPED" for name in (*names, "connect_by_tcp")]


async def test_forged_marks_of_a_layer_are_not_believed(tmp_path: Path) -> None:
    """Attributes that look like the kernel's own change nothing in what is reported."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b").write_text("x")
    code = """
import os
for name in ('user.overlay.opaque', 'user.overlay.whiteout', 'user.overlay.redirect', 'user.overlay.overlay.opaque'):
    try: os.setxattr('sub', name, b'y')
    except OSError: pass
open('sub/new', 'w').close()
"""
    (tmp_path / "forge.py").write_text(code)
    outcome = await run_command(CommandSpec("python forge.py", tmp_path), Blobs())
    assert [(change.path, change.kind) for change in outcome.changes] == [("sub/new", "created")]
