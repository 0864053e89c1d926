"""Commands: a shell line in the sandbox, on a copy-on-write layer over the workspace, and what it changed there."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeVar

from swarm.errors import LayerUnavailable, SandboxUnavailable, UsageError
from swarm.nodes import Noun
from swarm.sandbox.bubblewrap import Bubblewrap
from swarm.sandbox.cells import Backend, Room
from swarm.sandbox.changes import BlobWriter, Changes, FileChange, Keeping
from swarm.sandbox.choice import require
from swarm.sandbox.command_rooms import Storage
from swarm.sandbox.disk import watch_disk
from swarm.sandbox.host import Guest
from swarm.sandbox.inside.order import Report
from swarm.sandbox.landlock import private_folder
from swarm.sandbox.limits import Limits
from swarm.sandbox.orders import Job
from swarm.sandbox.output import Output
from swarm.sandbox.stages import CommandSpec, Stage, hidden_from, limits_for, make_stage, shell_line
from swarm.text.models import CleanText

Stopped = Literal["", "timeout", "cpu", "memory", "disk", "sandbox"]
Result = TypeVar("Result")

_LONGEST_COMMAND = 100_000
_LONGEST_SECONDS = 3600.0
_STORAGES: tuple[Storage, ...] = ("memory", "disk", "copy")
_COPIED = "no layer can be mounted here, so the command ran on a private copy of the workspace"

_works: dict[int, Storage] = {}
"""Where changes go, by the device of the workspace: tried once in a process."""


class CommandOutcome(Noun):
    """What came of a command; changes are reported also of one that failed or was stopped."""

    code: int | None = None
    """Exit status of the shell; None if it did not come to its own end."""
    signal: str = ""
    """The signal that ended the shell: SIGKILL."""
    stopped: Stopped = ""
    """The limit that ended it; `sandbox`: the sandbox itself broke."""
    message: CleanText = ""
    """One line for a person."""
    seconds: float = 0.0
    output: CleanText = ""
    """What was printed, output and errors as they came; where bytes are missing it says how many."""
    lost: int = 0
    changes: tuple[FileChange, ...] = ()
    dropped: tuple[CleanText, ...] = ()
    """Changes that were not kept, each with the reason."""
    notes: tuple[CleanText, ...] = ()
    isolation: str = ""

    @property
    def ok(self) -> bool:
        """Whether the command came to its end and said that all is well."""
        return self.code == 0


async def run_command(spec: CommandSpec, store: BlobWriter) -> CommandOutcome:
    """Run a shell line on a workspace, which stays as it is; what was changed goes to `store`, and is told.

    Raises UsageError for what cannot be run, SandboxUnavailable where the machine cannot isolate several processes.
    Cancelling the call kills the whole process tree and leaves nothing.
    """
    _check(spec)
    spec = replace(spec, folder=await asyncio.to_thread(spec.folder.resolve))
    backend = await require()
    if backend.name == "landlock":
        raise SandboxUnavailable(
            "commands need bubblewrap: Landlock alone allows one process; install the package `bubblewrap`"
        )
    device = spec.folder.stat().st_dev
    can_layer = isinstance(backend, Bubblewrap) and await asyncio.to_thread(_is_ours, spec.folder)
    first = _works.get(device, _STORAGES[0]) if can_layer else "copy"
    for storage in _STORAGES[_STORAGES.index(first) :]:
        try:
            outcome = await _Run(spec, backend, storage).outcome(store)
        except LayerUnavailable:
            continue
        if can_layer:
            _works[device] = storage
        return outcome
    raise SandboxUnavailable(f"the workspace {spec.folder} could be shown to no sandbox")


def _is_ours(folder: Path) -> bool:
    """Say whether a layer can change the files: a user's namespace knows one user and one group, root needs none.

    A look at the first level, for owners rarely differ below it.
    """
    if os.geteuid() == 0:
        return True
    with os.scandir(folder) as entries:
        held = [folder.stat(), *(entry.stat(follow_symlinks=False) for entry in entries)]
    return all((each.st_uid, each.st_gid) == (os.geteuid(), os.getegid()) for each in held)


def _check(spec: CommandSpec) -> None:
    if not spec.command.strip():
        raise UsageError("the command is empty; write a shell line")
    if "\0" in spec.command or len(spec.command.encode(errors="replace")) > _LONGEST_COMMAND:
        raise UsageError(f"a command has at most {_LONGEST_COMMAND:,} bytes and no NUL; write a script and run it")
    if not 0 < spec.seconds <= _LONGEST_SECONDS:
        raise UsageError(f"a command may run up to {_LONGEST_SECONDS:g} s, not {spec.seconds:g}")
    if not spec.folder.is_dir():
        raise UsageError(f"the workspace {spec.folder} is not a folder")


class _Run:
    """One command on one kind of stage."""

    def __init__(self, spec: CommandSpec, backend: Backend, storage: Storage) -> None:
        self._spec, self._backend, self._storage = spec, backend, storage
        self._limits = spec.limits or limits_for(spec.seconds)
        self._is_disk_full = False

    async def outcome(self, store: BlobWriter) -> CommandOutcome:
        """Run it in a private folder that goes afterwards; raises LayerUnavailable."""
        folders = ExitStack()
        try:
            return await self._perform(await self._staged(folders), store)
        finally:
            await _finish(asyncio.to_thread(folders.close))

    async def _staged(self, folders: ExitStack) -> Stage:
        try:
            private = await _finish(asyncio.to_thread(folders.enter_context, private_folder()))
            made = asyncio.to_thread(make_stage, self._spec, self._backend, self._storage, private)
            return await _finish(made)
        except OSError as error:
            raise SandboxUnavailable(f"the command could not be prepared: {error}") from None

    async def _perform(self, stage: Stage, store: BlobWriter) -> CommandOutcome:
        limits, output = self._limits, Output(self._limits.output_kb * 1000)
        started_ns = time.time_ns()
        async with Guest(stage.backend, Room(limits=limits)) as guest:
            with ExitStack() as folders:
                changed = guest.changes if guest.changes is not None else _open(Path(stage.place), folders)
                source = _open(self._spec.folder, folders)
                job = Job(
                    shell_line(self._spec.command.encode(errors="replace").decode()),
                    limits=limits,
                    environment=stage.environment,
                    reserves=True,
                    keeps_folder=True,
                )
                report = await self._report(guest, job, output, changed)
                guest.end()
                keeping = Keeping(hidden_from(self._spec), self._spec.keeps_git, started_ns)
                changes = Changes(keeping)
                kept: list[FileChange] = []
                batches = changes.batches(stage.differences(changed, source))
                while batch := await _finish(asyncio.to_thread(next, batches, None)):
                    await store.put(batch.blobs)
                    kept += batch.changes
        ending = _ending(report, limits, self._is_disk_full)
        return ending.model_copy(
            update={
                "seconds": report.get("wall", 0.0),
                "output": _clean(output.text()),
                "lost": output.lost,
                "changes": tuple(kept),
                "dropped": tuple(map(_clean, changes.dropped)),
                "notes": (_COPIED,) if stage.copy and isinstance(self._backend, Bubblewrap) else (),
                "isolation": stage.backend.name,
            }
        )

    async def _report(self, guest: Guest, job: Job, output: Output, changed: int) -> Report:
        if self._storage == "memory":
            return await guest.report(job, (output,))

        def stop() -> None:
            self._is_disk_full = True
            guest.end()

        watch = asyncio.create_task(watch_disk(changed, self._limits, stop))
        try:
            return await guest.report(job, (output,))
        finally:
            watch.cancel()
            await asyncio.wait([watch])


def _ending(report: Report, limits: Limits, is_disk_full: bool) -> CommandOutcome:
    """Name how it ended; only the guest's word counts."""
    broken, status = report.get("broken", ""), report.get("status")
    if is_disk_full:
        return CommandOutcome(stopped="disk", message=f"stopped: it wrote more than {limits.disk_mb} MB")
    if "failed" in report or (status is None and not broken):
        said = report.get("failed") or "the sandbox ended before the command"
        return CommandOutcome(stopped="sandbox", message=f"the sandbox broke: {said}")
    if broken == "wall":
        return CommandOutcome(stopped="timeout", message=f"stopped after {limits.wall_seconds:g} s")
    if broken == "cpu":
        return CommandOutcome(stopped="cpu", message=f"used up its {limits.cpu_seconds} s of processor time")
    if broken:
        return CommandOutcome(stopped="memory", message=f"used more than {limits.memory_mb} MB of memory")
    assert status is not None
    if os.WIFSIGNALED(status):
        name = _signal(os.WTERMSIG(status))
        return CommandOutcome(signal=name, message=f"killed by {name}")
    code = os.WEXITSTATUS(status)
    return CommandOutcome(code=code, message=f"exit status {code}")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _clean(text: str) -> str:
    return CommandOutcome(message=text).message


def _open(folder: Path, folders: ExitStack) -> int:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    folders.callback(os.close, handle)
    return handle


async def _finish(work: Awaitable[Result]) -> Result:
    """Await what must not be left half done: a cancellation is heard when it has ended."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
