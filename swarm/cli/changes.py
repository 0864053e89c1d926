"""The commands that show what a run has changed in its workspace, and take it back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm.cli.frame import AsJson, RunName, app, with_records
from swarm.terminal import emit, say

if TYPE_CHECKING:
    from integrations.records import Records
    from swarm.store.file_changes import FileChange
    from swarm.store.undo import Undone

_WHOLE = 10_000_000


@app.command()
def changes(
    run: RunName,
    stat: Annotated[bool, typer.Option("--stat", help="Name the files only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the diff of all that a run has changed."""
    found, rows = with_records(lambda records: _gather(records, run, stat or as_json))
    if as_json:
        emit([{"path": each.path, "before": each.before, "after": each.after, "node": each.node} for each in found])
        return
    for row in rows:
        say(row, out=True)
    if not rows:
        say("the run has changed no files")


@app.command()
def undo(
    run: RunName,
    force: Annotated[bool, typer.Option("--force", help="Also files that were changed since.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take back all that a run has changed."""
    done = with_records(lambda records: _undone(records, run, force))
    if as_json:
        emit(done.model_dump(mode="json"))
    else:
        for verb, paths in (("restored", done.restored), ("removed", done.removed)):
            for path in paths:
                say(f"{verb} {path}", out=True)
        for line in done.left:
            say(f"left as it is: {line}")
        if not (done.restored or done.removed or done.left):
            say("there is nothing to undo")
    if done.left:
        raise typer.Exit(1)


async def _gather(records: "Records", name: str, names_only: bool) -> "tuple[list[FileChange], list[str]]":
    from swarm.store.blobs import Blobs
    from swarm.store.diffs import diffs, headline
    from swarm.store.file_changes import changes_of

    run = await records.runs.find(name)
    found = await changes_of(records.pool, run)
    rows = [headline(each) for each in found] if names_only else await diffs(found, Blobs(records.pool, run), _WHOLE)
    return found, rows


async def _undone(records: "Records", name: str, force: bool) -> "Undone":
    from swarm.errors import UsageError
    from swarm.runs import workspace_of
    from swarm.settings import load_settings
    from swarm.store.undo import undo as take_back
    from swarm.workspace import Workspace

    run = await records.runs.find(name)
    if not await records.runs.ended(run):
        raise UsageError(f"run {run} is under way: `swarm cancel {run}` ends it; undo it then")
    home = load_settings().swarm_home / "runs" / run
    folder = Path(await workspace_of(records.pool, run) or home / "workspace")
    if not folder.is_dir():  # noqa: ASYNC240 - one look
        raise UsageError(f"the workspace {folder} of run {run} is gone: there is nothing to take back")
    return await take_back(records.pool, run, Workspace(folder, home, ""), force)
