"""The commands that change the course of a run."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm.cli.following import follow
from swarm.cli.frame import AsJson, Most, RunName, app, page, with_records
from swarm.private import shared_as_usual
from swarm.terminal import emit, say

if TYPE_CHECKING:
    from integrations.records import Records

Detach = Annotated[bool, typer.Option("--detach", help="Start it and return.")]
NodePath = Annotated[str | None, typer.Option("--node", help="The path of a node, such as 0.2.1.", metavar="PATH")]


@app.command()
def resume(
    run: Annotated[str, typer.Argument(help="The run, or a snapshot's file.", metavar="RUN|FILE")],
    workspace: Annotated[Path, typer.Option(help="The folder it may write to, if it comes from a snapshot.")] = Path(),
    detach: Detach = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a run whose process died, or from a snapshot; nothing that was recorded is done again."""
    if run.endswith(".json") or Path(run).is_file():
        _from_snapshot(Path(run), workspace, detach, as_json)
        return

    async def again(records: "Records", name: str) -> None:
        from integrations.reviving import resume

        await resume(records, name)

    _again(run, again, detach, as_json)


@app.command()
def retry(
    run: RunName,
    node: NodePath = None,
    note: Annotated[str, typer.Option(help="What to do differently; the nodes that are tried again see it.")] = "",
    budget_calls: Annotated[int | None, typer.Option(min=1, max=Most, help="Most model calls, all in all.")] = None,
    budget_tokens: Annotated[int | None, typer.Option(min=1, max=Most, help="Most tokens, all in all.")] = None,
    budget_usd: Annotated[float | None, typer.Option(min=0.0, max=Most, help="Most money, all in all.")] = None,
    detach: Detach = False,
    as_json: AsJson = False,
) -> None:
    """Give what failed in a run new turns; finished nodes are read, not run again."""
    from swarm.goals import check_note
    from swarm.nodes import Lease

    told = check_note(note)
    lease = Lease(calls=budget_calls, tokens=budget_tokens, usd=budget_usd)

    async def again(records: "Records", name: str) -> None:
        from integrations.reviving import retry

        await retry(records, name, node, told, None if lease == Lease() else lease)

    _again(run, again, detach, as_json)


@app.command()
def cancel(run: RunName, as_json: AsJson = False) -> None:
    """End a run and everything it started."""

    async def end(records: "Records") -> tuple[str, int]:
        name = await records.runs.find(run)
        return name, await records.cancel(name)

    name, under_way = with_records(end)
    if as_json:
        emit({"run": name, "cancelled": under_way})
    else:
        say(f"run {name} is cancelled" if under_way else f"run {name} had ended already", out=True)


def _from_snapshot(file: Path, workspace: Path, detach: bool, as_json: bool) -> None:
    """Bring a run here that never was here, and follow it."""
    from swarm import stack
    from swarm.settings import load_settings
    from swarm.snapshots import read_snapshot
    from swarm.workspace import check_workspace

    settings, taken = load_settings(), read_snapshot(file)
    if taken.root.inputs:
        say(f"it may read {', '.join(taken.root.inputs)}")
    with shared_as_usual():
        place = check_workspace(workspace.expanduser().absolute())
    stack.up(settings, say)

    async def begun(records: "Records") -> str:
        from integrations.snapshots import take_in

        await take_in(records, taken, settings, place)
        return records.runs.ui_url((await records.runs.root(taken.run))["id"])

    _begun(taken.run, with_records(begun), detach, as_json)


def _again(run: str, again: "Callable[[Records, str], Awaitable[None]]", detach: bool, as_json: bool) -> None:
    """Have a known run started again, with what is set in this shell, and follow it."""
    from swarm import stack
    from swarm.carried import carry_on
    from swarm.settings import load_settings

    settings = load_settings()
    stack.up(settings, say)

    async def begun(records: "Records") -> tuple[str, str]:
        name = await records.runs.find(run)
        carry_on(settings, name)
        await again(records, name)
        return name, records.runs.ui_url((await records.runs.root(name))["id"])

    _begun(*with_records(begun), detach, as_json)


def _begun(name: str, ui_url: str, detach: bool, as_json: bool) -> None:
    if detach:
        emit({"run": name, "ui_url": ui_url}) if as_json else say(f"run {name} goes on: {page(ui_url)}", out=True)
        return
    say(f"run {name}  {page(ui_url)}")
    follow(name, as_json)
