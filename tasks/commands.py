"""Commands: a shell line run in the sandbox on a layer over the workspace; its changes are kept in a further step."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from prefect import task
from pydantic import Field

from integrations.commands import Command, lacks_packages, run_in_workspace, wanted_packages
from integrations.materials import files_below
from swarm.decisions import RunCommand
from swarm.errors import PackagesUnavailable, SandboxUnavailable, UsageError, WorkspaceError
from swarm.file_names import shown
from swarm.functions.grants import parse_grants
from swarm.nodes import Node, Noun, shorten
from swarm.pools import pool
from swarm.reports import CriterionResult, Observation
from swarm.rules import label
from swarm.run.protected import Protection
from swarm.store.blobs import Blobs
from swarm.store.file_changes import VERSION_DIGITS, AppliedChanges, FileWrite, apply, version_of
from swarm.text.models import CleanText
from swarm.text.shell import answers_no
from tasks.context import Run, open_run, reach_out
from tasks.editing import place_of
from tasks.keys import step_key, step_name
from tasks.recalling import remember_files

_MOST_NAMED = 40
_MOST_REMEMBERED = 20
_CRITERION_SECONDS = 600
_TRIAL_SECONDS = 120
"""For a criterion that is tried when it is settled."""
_GAP = 2000
_MOST_COMPARED = 1000
"""Files of a workspace that are looked for in what a command has printed."""
_LEAST_PRINTED = 20
"""Bytes of a file that are enough to know it by."""


class CommandFile(Noun):
    """One file that a command has created, changed or deleted; `after` names its content, None for one deleted."""

    path: str
    before: str | None = None
    after: str | None = None
    executable: bool | None = None


class CommandRan(Noun):
    """What came of a command: how it ended in words, what it printed, its changes, and what was not taken over."""

    ok: bool
    ended: str
    output: CleanText = ""
    files: tuple[CommandFile, ...] = ()
    folders: tuple[str, ...] = ()
    """New ones that are empty."""
    dropped: tuple[CleanText, ...] = ()
    notes: tuple[CleanText, ...] = ()
    refused: CleanText = ""
    """Why it was not run at all."""
    printed: dict[str, str] = Field(default_factory=dict)
    """The files whose whole text stands in the output, with their digests before it ran: who sees it has read them."""

    @property
    def lacks_packages(self) -> bool:
        """Whether something in it failed for want of a package, as far as its output shows."""
        return lacks_packages(self.output)


@task(name="packages", cache_key_fn=step_key, persist_result=True, task_run_name="see what is to be installed")
async def packages_to_grant(node: Node, turn: int, number: int, packages: Sequence[str]) -> tuple[str, ...]:
    """Return the packages that a person must allow first: none where they are installed, or where that was granted."""
    run = await reach_out(node)
    if parse_grants(run.settings.swarm_grants).packages:
        return ()
    return tuple(name for name in await _wanted(run, packages) if name not in run.packages)


async def allow_packages(node: Node, names: Sequence[str]) -> None:
    """Note that a person has allowed packages: nobody is asked for them again in this run."""
    (await open_run(node)).packages.update(names)


@task(name="command", cache_key_fn=step_key, persist_result=True, task_run_name="run_command")
async def run_command(node: Node, turn: int, number: int, action: RunCommand, granted: bool) -> CommandRan:
    """Run a command on a layer over the workspace; what it has changed is kept aside for `keep_changes`.

    So a command that was killed has changed nothing, and one that runs again sees what the first one saw.
    """
    run = await reach_out(node)
    ran = await _ran(run, node, action, granted)
    printed = await asyncio.to_thread(_printed, run.workspace.root, ran.output, run.workspace.closed)
    return ran.model_copy(update={"printed": printed})


@task(name="keep-command", cache_key_fn=step_key, persist_result=True, task_run_name="keep what the command changed")
async def keep_changes(
    node: Node, turn: int, number: int, files: Sequence[CommandFile], folders: Sequence[str]
) -> AppliedChanges:
    """Put what a command has changed into the workspace; what somebody else changed meanwhile is not overwritten."""
    run = await reach_out(node)
    writes = [FileWrite(each.path, each.after, (each.before or "")[:VERSION_DIGITS], each.executable) for each in files]
    for folder in folders:
        with suppress(WorkspaceError):
            run.workspace.make_folder(folder)
    applied = await apply(await pool(), run.workspace, place_of(node), writes)
    await remember_files(node, run, applied.written[:_MOST_REMEMBERED])
    return applied


@task(name="try-command", cache_key_fn=step_key, persist_result=True, task_run_name="run_command on a copy")
async def try_command(node: Node, turn: int, number: int, action: RunCommand, most: int) -> Observation:
    """Run a reviewer's command; nothing that it changes is kept."""
    run = await reach_out(node)
    ran = await _ran(run, node, action.model_copy(update={"packages": ()}), await _may_install(run))
    return observed(action, ran, AppliedChanges(), most)


@task(name="try-criterion", cache_key_fn=step_key, persist_result=True, task_run_name="try a criterion")
async def try_criterion(node: Node, turn: int, number: int, command: str) -> CommandRan:
    """Run a criterion's command as it is settled; nothing that it changes is kept."""
    run = await reach_out(node)
    ran = await _ran(run, node, RunCommand(command=command, seconds=_TRIAL_SECONDS), await _may_install(run))
    return ran.model_copy(update={"files": (), "folders": (), "output": ran.output[-_GAP:]})


@task(name="check-command", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("check {criterion_id}"))
async def check_command(node: Node, turn: int, criterion_id: str, text: str, command: str) -> CriterionResult:
    """Check a criterion by a command that must exit with 0; nothing that it changes is kept."""
    run = await reach_out(node)
    ran = await _ran(run, node, RunCommand(command=command, seconds=_CRITERION_SECONDS), await _may_install(run))
    if ran.ok:
        return CriterionResult(id=criterion_id, text=text, result="pass")
    gap = ran.refused or f"{command!r} {ran.ended}: {ran.output[-_GAP:]}"
    return CriterionResult(id=criterion_id, text=text, result="fail", gap=gap)


def observed(action: RunCommand, ran: CommandRan, kept: AppliedChanges, most: int) -> Observation:
    """Say what came of a command: how it ended, what it printed, which files it changed, and what was refused."""
    if ran.refused:
        return Observation(action=label(action), outcome="error", text=f"it was not run: {ran.refused}")
    rows = [ran.ended, _shown(ran.output, most) if ran.output.strip() else "it printed nothing"]
    rows += [f"{verb}: {_listed(paths)}" for verb, paths in _changes(ran, kept) if paths]
    rows += [f"note: {note}" for note in ran.notes]
    refused = (*(f"{line}" for line in ran.dropped), *kept.refused)
    return Observation(
        action=label(action),
        outcome="ok" if ran.ok or _says_no(action, ran) else "error",
        text="\n".join(rows),
        artifacts=kept.written,
        versions={**(ran.printed if len(ran.output) <= most else {}), **kept.versions},
        refused=refused,
    )


def _says_no(action: RunCommand, ran: CommandRan) -> bool:
    """Say whether a command has answered no, as `grep` does that finds nothing, and has not failed."""
    return re.match(r"exit code 1\b", ran.ended) is not None and answers_no(action.command, 1)


def _printed(root: Path, output: str, closed: Protection) -> dict[str, str]:
    found = dict[str, str]()
    paths = files_below(root, _MOST_COMPARED, closed) if len(output) >= _LEAST_PRINTED else []
    for path in paths:
        with suppress(OSError, UnicodeDecodeError):
            if _LEAST_PRINTED <= path.stat().st_size <= 2 * len(output.encode()):
                data = path.read_bytes()
                if data.decode().strip() in output:
                    found[shown(path.relative_to(root).as_posix())] = version_of(data)
    return found


async def _ran(run: Run, node: Node, action: RunCommand, granted: bool) -> CommandRan:
    wanted = Command(action.command, action.seconds, tuple(action.packages), granted, _is_about_git(node.goal))
    try:
        outcome = await run_in_workspace(run.settings, run.workspace, wanted, Blobs(await pool(), run.id))
    except (SandboxUnavailable, PackagesUnavailable, UsageError) as error:
        return CommandRan(ok=False, ended="", refused=str(error))
    files = tuple(
        CommandFile(path=each.path, before=each.before, after=each.after, executable=each.mode == "executable")
        for each in outcome.changes
    )
    return CommandRan(
        ok=outcome.ok,
        ended=outcome.ended,
        output=outcome.output,
        files=files,
        folders=outcome.folders,
        dropped=outcome.dropped,
        notes=outcome.notes,
    )


async def _may_install(run: Run) -> bool:
    """Say whether all that the project needs was granted, or allowed by a person in this run."""
    return parse_grants(run.settings.swarm_grants).packages or not set(await _wanted(run, ())) - run.packages


async def _wanted(run: Run, packages: Sequence[str]) -> tuple[str, ...]:
    try:
        return await wanted_packages(run.workspace.root, packages)
    except UsageError:  # said when the command is run
        return ()


def _is_about_git(goal: str) -> bool:
    """Say whether a goal asks for something of git's own: a commit, a branch, a tag."""
    words = {word.strip(".,;:!?()\"'`").casefold() for word in goal.split()}
    return bool(words & {"commit", "commits", "branch", "rebase", "merge", "tag", "stash", "cherry-pick", "bisect"})


def _changes(ran: CommandRan, kept: AppliedChanges) -> list[tuple[str, list[str]]]:
    new = {each.path for each in ran.files if each.before is None}
    return [
        ("created", [path for path in kept.written if path in new]),
        ("changed", [path for path in kept.written if path not in new]),
        ("deleted", list(kept.deleted)),
    ]


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    return f"{', '.join(shorten(path, 200) for path in paths[:_MOST_NAMED])}{more}"


def _shown(output: str, most: int) -> str:
    """Return output whole, or its head and its tail: errors stand at the end."""
    text = output.rstrip("\n")
    if len(text) <= most:
        return text
    head, tail = text[: most // 3], text[-(most - most // 3) :]
    lost = len(text) - most
    gap = f"[... {lost:,} characters left out; write the output to a file and read or find what you need ...]"
    return f"{head}\n{gap}\n{tail}"
