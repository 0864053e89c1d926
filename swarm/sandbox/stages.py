"""Stages: everything one command needs to run on a workspace, and the way to read what it changed."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from swarm.sandbox.bubblewrap import Bubblewrap
from swarm.sandbox.cells import Backend, Cell, Room, guest_command, python
from swarm.sandbox.command_rooms import BIN, HOME, WORKSPACE, CommandRoom, Storage
from swarm.sandbox.copies import Copy, copy_differences, copy_workspace
from swarm.sandbox.differences import Difference
from swarm.sandbox.hidden import Hidden
from swarm.sandbox.landlock import PREFIX
from swarm.sandbox.layer_differences import layer_differences
from swarm.sandbox.limits import Limits
from swarm.sandbox.unconfined import Unconfined

_SYSTEM = ("/usr/local/bin", "/usr/bin", "/bin")
_CONSTANT = {
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",  # so that output and errors come in their order
    # There is no network, so these would only wait for it.
    "PIP_NO_INDEX": "1",
    "UV_OFFLINE": "1",
    "npm_config_offline": "true",
}


@dataclass(frozen=True)
class CommandSpec:
    """A shell line to be run on a workspace; `packages` and `modules` come from environments, and are read-only."""

    command: str
    folder: Path
    seconds: float = 120.0
    limits: Limits | None = None
    """None: what this machine has to give, see `limits_for`."""
    packages: tuple[Path, ...] = ()
    """Folders with Python packages, their programs in `bin`."""
    modules: Path | None = None
    """A folder that holds `node_modules`."""
    hidden: tuple[str, ...] = ()
    """Names, paths and patterns of files that the command may not see; see `Hidden`."""
    shown: tuple[str, ...] = ()
    """Of these what it sees all the same."""
    keeps_git: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


def limits_for(seconds: float) -> Limits:
    """Return generous limits: memory and disk by what the machine has, processor time by its cores."""
    megabytes = _memory() >> 20
    return Limits(
        wall_seconds=seconds,
        cpu_seconds=min(3600, max(1, int(seconds * (os.cpu_count() or 1)))),
        memory_mb=max(256, min(4096, megabytes // 2)),
        disk_mb=max(64, min(2048, megabytes // 4)),
        inodes=200_000,
        processes=256,
        open_files=1024,
        file_mb=512,
        output_kb=1000,
    )


@dataclass(frozen=True)
class Stage:
    """One way to run one command."""

    backend: Backend
    storage: Storage
    place: str
    """Where the workspace lies for the command."""
    environment: Mapping[str, str]
    copy: Copy | None = None

    def differences(self, changed: int, source: int) -> Iterator[Difference]:
        """Yield what the command changed; both are open folders, the changes and the workspace itself."""
        if self.copy is not None:
            return copy_differences(self.copy, changed, source)
        return layer_differences(changed, source)


def hidden_from(spec: CommandSpec) -> Hidden:
    """Return what the command may not see: the private folders of commands, too, where they lie in the workspace."""
    folder, temporary = spec.folder.resolve(), Path(tempfile.gettempdir()).resolve()
    if not temporary.is_relative_to(folder):
        return Hidden(spec.hidden, spec.shown)
    return Hidden(
        (*spec.hidden, f"/{temporary.relative_to(folder).as_posix()}/{PREFIX}*".replace("/./", "/")), spec.shown
    )


def make_stage(spec: CommandSpec, chosen: Backend, storage: Storage, private: Path) -> Stage:
    """Prepare a stage in a private folder; raises UsageError for too much to hide or SandboxUnavailable to copy."""
    copy = None
    workspace, hidden = spec.folder, hidden_from(spec).paths(spec.folder)
    if storage == "copy":
        copy = copy_workspace(spec.folder, private / "workspace", frozenset(hidden))
        workspace, hidden = copy.folder, ()
    if isinstance(chosen, Bubblewrap):
        room = CommandRoom(chosen.binary, workspace, private, storage, hidden, spec.packages, spec.modules)
        packages = [f"/packages/{number}" for number in range(len(spec.packages))]
        modules = ["/node_modules/.bin"] if spec.modules else []
        path = [*(f"{folder}/bin" for folder in packages), *modules, BIN, *_SYSTEM]
        return Stage(room, storage, WORKSPACE, _environment(spec, WORKSPACE, HOME, (path, packages)), copy)
    for name in ("home", "bin"):
        (private / name).mkdir()
    for name in ("python", "python3"):
        (private / "bin" / name).symlink_to(python())
    packages = [str(folder) for folder in spec.packages]
    modules = [f"{spec.modules}/node_modules/.bin"] if spec.modules else []
    if spec.modules:
        (private / "node_modules").symlink_to(spec.modules / "node_modules")
    path = [*(f"{folder}/bin" for folder in packages), *modules, str(private / "bin"), *_SYSTEM]
    place = str(workspace)
    environment = _environment(spec, place, str(private / "home"), (path, packages))
    return Stage(UnconfinedRoom(workspace), storage, place, environment, copy)


@dataclass(frozen=True)
class UnconfinedRoom:
    """A backend for one command of a person who wants no sandbox: a plain process in a private copy."""

    workspace: Path
    name: str = Unconfined().name

    @contextmanager
    def cell(self, room: Room) -> Iterator[Cell]:
        """Prepare the run; nothing keeps the command in the copy."""
        place = str(self.workspace)
        yield Cell(
            start=lambda channel, _: guest_command(channel),
            folder=place,
            home=place,
            namespaces=False,
            filter=b"",
            shut=False,
        )


def _memory() -> int:
    """Bytes of memory that this machine, or the control group we are in, has."""
    held = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            held.append(int(Path("/sys/fs/cgroup", name).read_text()))
    return min(held)


def shell_line(command: str) -> tuple[str, ...]:
    """Return the command line that has a shell run `command`."""
    bash = shutil.which("bash", path="/usr/bin:/bin")
    return (bash, "--noprofile", "--norc", "-c", command) if bash else ("/bin/sh", "-c", command)


def _environment(spec: CommandSpec, place: str, home: str, paths: tuple[list[str], list[str]]) -> dict[str, str]:
    path, packages = paths
    sources = [f"{place}/src"] if (spec.folder / "src").is_dir() else []
    return {
        **_CONSTANT,
        "HOME": home,
        "TMPDIR": "/tmp" if home == HOME else home,
        "PATH": ":".join(path),
        "PYTHONPATH": ":".join([place, *sources, *packages]),
        **spec.environment,
    }
