"""The commands that look at runs and change nothing."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from swarm.cli.following import follow, print_end
from swarm.cli.frame import AsJson, RunName, app, page, with_records
from swarm.terminal import console, emit, say

if TYPE_CHECKING:
    from integrations.records import Records
    from swarm.reports import Report
    from swarm.views import RunView


@app.command()
def watch(run: RunName, as_json: AsJson = False) -> None:
    """Follow a run until it ends, and print its report."""
    follow(run, as_json)


@app.command()
def ls(
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 20, as_json: AsJson = False
) -> None:
    """List runs, newest first."""
    lines = with_records(lambda records: records.runs.recent(limit))
    if as_json:
        emit([line.model_dump() for line in lines])
        return
    for line in lines:
        say(f"{line.run}  {line.status:<9}  {(line.started or '')[:16]:<16}  {line.goal[:80]}", out=True)
    if not lines:
        say('no runs yet; start one with: swarm run "GOAL"')


@app.command()
def show(run: RunName, as_json: AsJson = False) -> None:
    """Show a run's tree as it stands: status, turns, tokens; and its report if it has ended."""

    async def read(records: "Records") -> "tuple[RunView, Report | None]":
        view = await records.view(await records.runs.find(run))
        return view, await records.report(view)

    view, report = with_records(read)
    if as_json:
        emit(view.model_dump(include={"run", "status", "nodes"}))
        return
    from swarm.drawing import tree

    width = None if sys.stdout.isatty() else 200
    console(width=width).print(tree(view))
    print_end(view, report, as_json=False) if view.ended else say(page(view.ui_url), out=True)
