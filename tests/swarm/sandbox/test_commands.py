"""Commands on a workspace: what they see, what they change, and what is told of it."""

import asyncio
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from swarm.errors import SandboxUnavailable, UsageError
from swarm.sandbox import choice, commands
from swarm.sandbox.changes import FileChange
from swarm.sandbox.choice import unconfined
from swarm.sandbox.command_rooms import Storage
from swarm.sandbox.commands import CommandOutcome, run_command
from swarm.sandbox.landlock import Landlock, is_there
from swarm.sandbox.stages import CommandSpec
from tests.swarm.sandbox.blobs import Blobs

STORAGES: tuple[Storage, ...] = ("memory", "disk", "copy")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small workspace."""
    files = {"a.txt": "a", "sub/b.txt": "b", "old/1": "1", "old/2": "2", "gone/x/y": "y", "run.sh": "echo run\n"}
    return _lay_out(tmp_path / "workspace", files)


@pytest.fixture
def storage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """Where changes go: memory, disk or a private copy."""
    chosen: Storage = request.param
    monkeypatch.setattr(commands, "_STORAGES", (chosen,))
    monkeypatch.setattr(commands, "_works", {})
    if chosen != "copy":
        monkeypatch.setattr(commands, "_is_ours", lambda _: True)
    else:
        monkeypatch.setattr(commands, "_is_ours", lambda _: False)
    return chosen


def _lay_out(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


async def _run(folder: Path, command: str, blobs: Blobs | None = None, **more: object) -> CommandOutcome:
    spec = CommandSpec(command, folder, **{"seconds": 30.0, **more})  # type: ignore[arg-type]
    return await run_command(spec, blobs or Blobs())


def _short(changes: tuple[FileChange, ...]) -> set[tuple[str, str, str]]:
    return {(change.path, change.kind, change.mode) for change in changes}


def _state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("storage", STORAGES, indirect=True)
async def test_changes_are_told_and_the_workspace_stays_as_it_is(storage: Storage, folder: Path) -> None:
    """Every created, changed and deleted file is named once with its content; nothing is written to the folder."""
    command = """
echo new > new.txt; echo more >> a.txt; mkdir -p deep/er empty/inner; echo d > deep/er/d
rm -r old; mkdir old; echo -n 2 > old/2          # a folder replaced whole: 2 is the same again
rm -r gone; rm sub/b.txt; mkdir sub/b.txt        # a folder where a file was
chmod +x run.sh; ln -s a.txt link; touch -d 2001-01-01 old/2
cat a.txt > same; mv same a2.txt
"""
    before, blobs = _state(folder), Blobs()
    outcome = await _run(folder, command, blobs)
    assert (outcome.code, outcome.output, outcome.dropped) == (0, "", ()), outcome
    assert _short(outcome.changes) == {
        ("new.txt", "created", "file"),
        ("a.txt", "changed", "file"),
        ("a2.txt", "created", "file"),
        ("deep/er/d", "created", "file"),
        ("empty/inner", "created", "folder"),
        ("old/1", "deleted", "file"),
        ("gone/x/y", "deleted", "file"),
        ("gone/x", "deleted", "folder"),
        ("gone", "deleted", "folder"),
        ("sub/b.txt", "deleted", "file"),
        ("sub/b.txt", "created", "folder"),
        ("run.sh", "changed", "executable"),
        ("link", "created", "link"),
    }
    named = {change.path: change for change in outcome.changes}
    assert blobs.held[named["a.txt"].after or ""] == b"amore\n"
    assert blobs.held[named["link"].after or ""] == b"a.txt"
    assert (named["run.sh"].was, named["run.sh"].before) == ("file", named["run.sh"].after)
    assert named["gone"].before is None and named["old/1"].before is not None
    assert _state(folder) == before


@pytest.mark.parametrize("storage", STORAGES, indirect=True)
async def test_what_cannot_be_kept_is_dropped_with_its_reason(storage: Storage, folder: Path) -> None:
    """Pipes, sockets, links that lead out and names nobody could show are named, and never followed."""
    command = r"""
python - <<'EOF'
import os, socket
os.mkfifo('pipe'); socket.socket(socket.AF_UNIX).bind('socket')
for name, target in (('up', '..'), ('root', '/etc/passwd'), ('sub/out', '../../x'), ('crooked', 'sub/../../x')):
    os.symlink(target, name)
os.symlink('../a.txt', 'sub/in')
for name in (b'\xff', b'line\nbreak', b'esc\x1b', 'rtl\u202e'.encode(), 'gut\u00e4'.encode()):
    open(name, 'w').close()
EOF
"""
    outcome = await _run(folder, command)
    assert _short(outcome.changes) == {("sub/in", "created", "link"), ("gut\u00e4", "created", "file")}
    assert sorted(line.rpartition(": ")[2] for line in outcome.dropped) == [
        *["it is not a regular file"] * 2,
        *["it leads out of the workspace"] * 4,
        "its name holds control characters",
        "its name holds control characters",
        "its name holds control characters",
        "its name is not UTF-8",
    ]


async def test_output_comes_in_its_order_and_cut_in_the_middle(folder: Path) -> None:
    """Output and errors are one stream; of too much of it head and tail stay, and the loss is said."""
    outcome = await _run(
        folder, 'echo 1; echo 2 >&2; python -c "print(3); import sys; print(4, file=sys.stderr)"; exit 5'
    )
    assert (outcome.output, outcome.code, outcome.ok) == ("1\n2\n3\n4\n", 5, False)
    flood = await _run(folder, "echo first; yes 123456789 | head -c 300000000; echo last")
    assert flood.output.startswith("first\n") and flood.output.endswith("last\n")
    assert flood.lost == 299_000_011, flood.lost
    assert f"{flood.lost} bytes left out" in flood.output
    assert len(flood.output) < 1_000_100


@pytest.mark.parametrize("mask", [0o022, 0o077])
async def test_ordinary_tools_work(folder: Path, mask: int) -> None:
    """Servers on the loopback, processes that share memory, SQLite's journal, git, make and a compiler.

    Also from a process that creates files for itself only, as the worker's are.
    """
    command = r"""
set -e
python -m http.server 8123 >/dev/null 2>&1 &
python - <<'EOF'
import asyncio, getpass, multiprocessing, os, socket, sqlite3, subprocess, time, urllib.request
from multiprocessing import shared_memory
for _ in range(100):
    try: print(urllib.request.urlopen('http://localhost:8123/a.txt').read()); break
    except OSError: time.sleep(0.05)
if __name__ == '__main__':
    with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, 2]))
    block = shared_memory.SharedMemory(create=True, size=1000); block.close(); block.unlink()
    base = sqlite3.connect('x.db'); print(base.execute('pragma journal_mode=wal').fetchone())
    base.execute('create table t(a)'); base.commit()
async def main():
    process = await asyncio.create_subprocess_shell('echo sub', stdout=-1); print((await process.communicate())[0])
asyncio.run(main())
print(getpass.getuser(), os.path.expanduser('~'), os.memfd_create('x') > 0)
EOF
git init -q . && git add a.txt && git commit -qm one && git log --format=%s
if command -v gcc make >/dev/null; then
  printf '#include <stdio.h>\nint main(){puts("compiled");return 0;}' > /tmp/m.c
  printf 'm:\n\tgcc -o /tmp/m /tmp/m.c\n' > /tmp/Makefile; make -sf /tmp/Makefile m; /tmp/m
else echo compiled; fi
"""
    before = os.umask(mask)
    try:
        outcome = await _run(folder, command)
    finally:
        os.umask(before)
    expected = "b'a'\n[1, 2]\n('wal',)\nb'sub\\n'\nuser /tmp/home True\none\ncompiled\n"
    assert outcome.output == expected, outcome
    assert [change.path for change in outcome.changes] == ["x.db"]
    assert outcome.dropped == (".git: what git recorded is not kept",)


@pytest.mark.skipif(not shutil.which("npm", path="/usr/bin:/bin:/usr/local/bin"), reason="npm is not installed")
async def test_node_and_npm_work(folder: Path) -> None:
    """A server, a worker thread, a child process and `npm test`, with modules that lie read-only above."""
    modules = folder.parent / "modules"
    _lay_out(
        modules,
        {"node_modules/left/package.json": '{"name": "left"}', "node_modules/left/index.js": "module.exports = 7"},
    )
    _lay_out(
        folder,
        {
            "package.json": '{"name": "x", "scripts": {"test": "node main.js"}}',
            "main.js": """
const http = require('http'), { Worker } = require('worker_threads')
const server = http.createServer((_, answer) => answer.end('served')).listen(3000, 'localhost', async () => {
  console.log(await (await fetch('http://localhost:3000')).text(), require('left'))
  console.log(String(require('child_process').execSync('echo child')).trim()); server.close()
  new Worker('console.log("worker")', { eval: true })
})""",
        },
    )
    outcome = await _run(folder, "npm test --silent && echo x > /node_modules/left/index.js", modules=modules)
    assert outcome.output.startswith("served 7\nchild\nworker\n"), outcome
    assert "Read-only file system" in outcome.output
    assert outcome.changes == ()


async def test_git_is_kept_where_it_is_asked_for_and_caches_never_are(folder: Path) -> None:
    """What git records and what tools cache are no changes of the project, unless the goal is about git."""
    names = "__pycache__ sub/.pytest_cache .mypy_cache .ruff_cache node_modules/.cache"
    caches = f"for d in {names}; do mkdir -p $d; echo x > $d/x; done; "
    outcome = await _run(folder, caches + "git init -q .; echo n > n", keeps_git=True)
    paths = {change.path for change in outcome.changes}
    assert {"n", ".git/HEAD", ".git/config"} <= paths
    assert all(path == "n" or path.startswith(".git/") for path in paths)
    without = await _run(folder, caches + "git init -q .; echo n > n")
    assert [change.path for change in without.changes] == ["n"]


@pytest.mark.parametrize("storage", STORAGES, indirect=True)
async def test_hidden_files_are_neither_read_nor_changed(storage: Storage, folder: Path) -> None:
    """A command finds nothing in them, whatever it tries, and new ones of their name are not kept."""
    _lay_out(
        folder, {".env": "SECRET", "keys/k.pem": "SECRET", "vault/deep/s": "SECRET", "sub/.env": "SECRET", "open": "o"}
    )
    (folder / "alias").symlink_to(".env")
    command = """
grep -r SECRET . /proc/self/root/workspace; cat alias keys/*.pem vault/deep/s
echo x > .env; rm -f keys/k.pem; mv vault v2; echo x > vault/new; mkdir n; echo s > n/k.pem; true
"""
    outcome = await _run(folder, command, hidden=(".env", "*.pem", "vault/"))
    assert "SECRET" not in outcome.output
    assert not {change.path for change in outcome.changes} & {
        ".env",
        "keys/k.pem",
        "vault/deep/s",
        "sub/.env",
        "n/k.pem",
    }
    assert (folder / ".env").read_text() == "SECRET"


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(folder: Path) -> None:
    """A file that changed outside while the command ran is dropped, with the reason."""
    spec = CommandSpec("sleep 1; echo mine >> a.txt; echo mine > sub/b.txt", folder, seconds=20)
    task = asyncio.create_task(run_command(spec, Blobs()))
    await asyncio.sleep(0.5)
    (folder / "sub" / "b.txt").write_text("theirs")
    outcome = await task
    assert [change.path for change in outcome.changes] == ["a.txt"]
    assert outcome.dropped == ("sub/b.txt: somebody else changed it while the command ran",)


async def test_contents_are_put_away_in_batches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command leaves never lies in memory whole."""
    blobs = Blobs()
    outcome = await _run(folder, "for i in 1 2 3 4 5 6; do head -c 3000000 /dev/urandom > f$i; done", blobs)
    assert len(outcome.changes) == 6
    assert len(blobs.batches) == 2 and max(blobs.batches) == 9_000_000


async def test_beyond_the_limits_nothing_is_kept_and_all_is_counted(folder: Path) -> None:
    """200 MB and 20,000 files stay; what does not fit is named up to twenty, then counted."""
    outcome = await _run(folder, "for i in 1 2 3 4 5; do head -c 45000000 /dev/zero > f$i; done")
    assert [change.path for change in outcome.changes] == ["f1", "f2", "f3", "f4"]
    assert outcome.dropped == ("f5: 45,000,000 bytes would be more than the 200,000,000 that are kept",)
    many = await _run(folder, "python -c \"for i in range(20100): open(f'n{i}', 'w')\"")
    assert len(many.changes) == 20_000
    assert len(many.dropped) == 21 and many.dropped[-1] == "and 80 more"


async def test_the_environment_holds_nothing_of_ours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command sees a home of its own, the caller's variables, and none of the host's."""
    monkeypatch.setenv("OPENAI_API_KEY", "SECRET")
    outcome = await _run(folder, "env; pwd; python -c 'import sys; print(sys.path)'", environment={"MODE": "test"})
    assert "SECRET" not in outcome.output
    assert (
        "MODE=test\n" in outcome.output and "HOME=/tmp/home\n" in outcome.output and "\n/workspace\n" in outcome.output
    )
    assert "SWARM" not in outcome.output and str(folder) not in outcome.output


async def test_what_cannot_be_run_is_refused(folder: Path) -> None:
    """An empty line, a NUL, endless time or a missing folder are a caller's mistakes."""
    for spec in (
        CommandSpec(" ", folder),
        CommandSpec("echo \0", folder),
        CommandSpec("x" * 100_001, folder),
        CommandSpec("true", folder, seconds=0),
        CommandSpec("true", folder, seconds=4000),
        CommandSpec("true", folder / "nowhere"),
    ):
        with pytest.raises(UsageError):
            await run_command(spec, Blobs())


async def test_a_folder_may_be_relative_or_a_link(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox starts elsewhere, and still finds the same workspace."""
    monkeypatch.chdir(folder.parent)
    (folder.parent / "alias").symlink_to("workspace")
    for name in ("workspace", "alias", "./workspace/../alias"):
        assert (await _run(Path(name), "cat a.txt")).output == "a"


async def test_without_room_for_a_private_folder_it_is_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was run where not even a private folder can be made."""
    monkeypatch.setattr(tempfile, "tempdir", "/dev/full")
    with pytest.raises(SandboxUnavailable, match="the command could not be prepared"):
        await _run(folder, "true")


@pytest.mark.skipif(not is_there(), reason="the kernel has no Landlock")
async def test_landlock_alone_runs_no_commands(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process is not enough for a shell, so it is refused and says what is missing."""
    monkeypatch.setattr(choice, "chosen", lambda: (Landlock(), ()))
    with pytest.raises(SandboxUnavailable, match="commands need bubblewrap"):
        await _run(folder, "true")


async def test_unconfined_commands_work_on_a_private_copy(folder: Path) -> None:
    """Where a person wants no sandbox, the workspace still stays as it is, and the outcome names the danger."""
    before = _state(folder)
    (folder / ".env").write_text("SECRET")
    with unconfined(True):
        outcome = await _run(folder, "echo x > n; rm -r old; cat .env; sleep 60 &", hidden=(".env",))
    assert _short(outcome.changes) == {
        ("n", "created", "file"),
        ("old/1", "deleted", "file"),
        ("old/2", "deleted", "file"),
        ("old", "deleted", "folder"),
    }
    assert outcome.isolation == "none (--unsafe-no-sandbox)" and "SECRET" not in outcome.output
    (folder / ".env").unlink()
    assert _state(folder) == before


async def test_pipes_and_sockets_of_the_workspace_lead_nowhere(folder: Path) -> None:
    """A socket or pipe that somebody listens on outside is not reached through the layer."""
    os.mkfifo(folder / "pipe")
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with socket.socket(socket.AF_UNIX) as server:
        held = Path.cwd()
        os.chdir(folder)  # a socket's path must be short
        try:
            server.bind("socket")
        finally:
            os.chdir(held)
        server.listen()
        code = "import socket; socket.socket(socket.AF_UNIX).connect('socket'); print('ESCAPED')"
        outcome = await _run(folder, f'python -c "{code}"; timeout 1 sh -c "echo x > pipe"')
        assert "ESCAPED" not in outcome.output
        assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)
        assert os.read(reader, 10) == b""
    os.close(reader)
