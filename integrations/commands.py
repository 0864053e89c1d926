"""Commands as a run has them: what is hidden from them, what they have at hand, and how their end is told."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from integrations.files import walk
from swarm.environments import Environment, default_environment, environment_for, install_project, required_by
from swarm.errors import PackagesUnavailable
from swarm.run.protected import IGNORE_FILE, SAMPLES, SECRET_PATTERNS, protection
from swarm.run.regular_file import read_regular
from swarm.run.secret_content import LARGEST, may_hold, secret_in
from swarm.sandbox.changes import FileChange
from swarm.sandbox.choice import unconfined
from swarm.sandbox.commands import CommandOutcome
from swarm.sandbox.commands import run_command as run_in_sandbox
from swarm.sandbox.stages import CommandSpec
from swarm.settings import Settings
from swarm.store.blobs import Blobs
from swarm.workspace import Workspace

_FILES = ("file", "executable")
_LARGEST_RULES = 1_000_000
_MOST_LOOKED_AT = 20_000
_MOST_HIDDEN = 200
"""Files with a key that are hidden from a command; each costs it a mount."""
_LONG = 10.0
"""Seconds from which on it is said how long a command took."""
_MISSING = re.compile(
    r"ModuleNotFoundError|No module named|Cannot find (module|package)|ERR_MODULE_NOT_FOUND|command not found"
    r"|: not found|ImportError: cannot import"
)


@dataclass(frozen=True)
class Command:
    """A shell line with its time limit, the packages it names, whether they may be installed, and whether git's own
    files are kept.
    """

    line: str
    seconds: float
    packages: tuple[str, ...] = ()
    granted: bool = False
    keeps_git: bool = False


@dataclass(frozen=True)
class CommandResult:
    """What came of a command: how it ended in words, what it printed, what it changed, and what was dropped."""

    ok: bool
    ended: str
    output: str
    changes: tuple[FileChange, ...]
    folders: tuple[str, ...]
    dropped: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What a person or a model should know: packages that are missing, a private copy in the place of a layer."""


class _Writer:
    """Puts the contents that a sandbox hands out into the store of a run."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def put(self, blobs: Mapping[str, bytes]) -> None:
        """Keep these contents."""
        await self._blobs.put_all(blobs.values())


async def run_in_workspace(settings: Settings, workspace: Workspace, command: Command, blobs: Blobs) -> CommandResult:
    """Run a command on a layer over the workspace, which stays as it is.

    Raises SandboxUnavailable where this machine has no room for it, PackagesUnavailable, and UsageError for a command
    that cannot be run at all.
    """
    with unconfined(settings.swarm_unsafe_no_sandbox):
        environment, notes = await _environment(settings, workspace.root, command)
        project = await asyncio.to_thread(install_project, workspace.root, settings.swarm_home / "packages")
        spec = CommandSpec(
            command.line,
            workspace.root,
            command.seconds,
            packages=(*([project] if project else []), *environment.packages),
            modules=environment.modules,
            hidden=await asyncio.to_thread(_hidden, workspace),
            shown=(*SAMPLES, *_named(workspace)),
            keeps_git=command.keeps_git,
        )
        outcome = await run_in_sandbox(spec, _Writer(blobs))
    return _told(outcome, (*notes, *environment.notes))


async def wanted_packages(folder: Path, packages: Sequence[str]) -> tuple[str, ...]:
    """Return the packages that a project and a command need; raises UsageError for a name that is not one."""
    return (await asyncio.to_thread(required_by, folder, packages)).names


def lacks_packages(output: str) -> bool:
    """Say whether a program's output shows that it missed a package."""
    return bool(_MISSING.search(output))


async def _environment(settings: Settings, folder: Path, command: Command) -> tuple[Environment, tuple[str, ...]]:
    """Return what a command has installed; a project whose packages cannot be had is run without, and that is said."""
    root = settings.swarm_home / "packages"
    if not command.granted:
        return await default_environment(root), ()
    try:
        return await environment_for(folder, command.packages, root), ()
    except PackagesUnavailable as error:
        if command.packages:
            raise
        return await default_environment(root), (f"the project's packages are not installed, for {error}",)


def _hidden(workspace: Workspace) -> tuple[str, ...]:
    """Return what a command may not see: names of secrets, what the workspace's own rules name, what holds a key."""
    rules = (read_regular(workspace.root / IGNORE_FILE, _LARGEST_RULES) or b"").decode("utf-8", "replace").splitlines()
    own = [line.strip() for line in rules if line.strip() and not line.startswith(("#", "!"))]
    return (*SECRET_PATTERNS, *own, *workspace.closed.places_below(workspace.root), *_with_keys(workspace))


def _named(workspace: Workspace) -> tuple[str, ...]:
    """Return the closed files that the person has named, as paths below the workspace."""
    closed = workspace.closed
    below = [name.removeprefix(f"{workspace.root}/") for name in closed.named]
    return tuple(f"/{name}" for name in below if name and not name.startswith(("/", "~")) and protection(name))


def _with_keys(workspace: Workspace) -> list[str]:
    """Return the small files whose content is a key; nobody looks again at one that has not changed."""
    found = []
    for path in walk(workspace.root, _MOST_LOOKED_AT, workspace.closed):
        try:
            status = path.stat(follow_symlinks=False)
        except OSError:
            continue
        if _has_key(path, status.st_mtime_ns, status.st_size) and not workspace.closed.is_named(
            path, (workspace.root,)
        ):
            found.append(f"/{path.relative_to(workspace.root).as_posix()}")
    return found[:_MOST_HIDDEN]


@lru_cache(maxsize=4 * 20_000)
def _has_key(path: Path, changed_ns: int, size: int) -> bool:
    data = read_regular(path, LARGEST) if 0 < size <= LARGEST and may_hold(path.name) else None
    return bool(data and secret_in(path.name, data))


def _told(outcome: CommandOutcome, notes: tuple[str, ...]) -> CommandResult:
    files, folders, dropped = list[FileChange](), list[str](), list(outcome.dropped)
    for change in outcome.changes:
        if change.mode == "folder":
            folders += [change.path] if change.kind == "created" else []
        elif change.mode in _FILES and change.was in (None, *_FILES):
            files.append(change)
        elif change.kind != "deleted":
            dropped.append(f"{change.path}: links are not kept; copy the file")
    return CommandResult(
        ok=outcome.ok,
        ended=_ended(outcome),
        output=outcome.output,
        changes=tuple(files),
        folders=tuple(folders),
        dropped=tuple(dropped),
        notes=(*notes, *outcome.notes),
    )


def _ended(outcome: CommandOutcome) -> str:
    """Say how a command ended; how long it took only where that says something: it is another number each time."""
    took = f" after {outcome.seconds:.0f} s" if outcome.seconds >= _LONG else ""
    if outcome.code is None:
        return f"it was stopped{took}: {outcome.message}" if outcome.stopped else f"{outcome.message}{took}"
    return f"exit code {outcome.code}{took}"
