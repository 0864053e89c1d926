"""Following a run until it ends, and printing what came of it: the end of several commands."""

from functools import cache
from typing import TYPE_CHECKING

import typer

from swarm.cli.frame import page, with_records
from swarm.terminal import console, emit, say

if TYPE_CHECKING:
    from integrations.records import Records
    from swarm.reports import Report
    from swarm.views import RunView

_RESUMED_WITHIN = 20.0
"""Seconds within which a crashed run is started again by itself, if it is."""


def follow(run: str, as_json: bool) -> None:
    """Show a run until it ends, then its report; Ctrl-C leaves it running. Exit code 0 only for a run that is done."""
    view, report = until_ended(run, as_json)
    print_end(view, report, as_json)
    if view.status != "done":
        raise typer.Exit(1)


def until_ended(run: str, as_json: bool) -> "tuple[RunView, Report | None]":
    """Show a run until it ends, and return how it ended; Ctrl-C leaves it running."""
    from swarm.carried import carried
    from swarm.watching import watch as look

    screen = console(errors=True)
    live = screen.is_terminal and not as_json
    link = cache(page)  # a new one for each look would be another line each time

    async def watched(records: "Records") -> "tuple[RunView, Report | None]":
        name = await records.runs.find(run)
        shown = console(quiet=True) if as_json else screen
        patience = _RESUMED_WITHIN if carried(name).swarm_auto_resume else 0.0
        view = await look(lambda: records.view(name), shown, live, patience, link)
        return view, await records.report(view)

    try:
        return with_records(watched)
    except KeyboardInterrupt:
        say(f"\nleft run {run} running; come back with: swarm watch {run}   end it with: swarm cancel {run}")
        raise typer.Exit(130) from None


def print_end(view: "RunView", report: "Report | None", as_json: bool) -> None:
    """Print a run's report, what it cost and where it is; as the document of `swarm run --json` if wanted."""
    if as_json:
        told = report.model_dump(mode="json") if report else None
        usage = view.usage.model_dump()
        emit({"run": view.run, "status": view.status, "report": told, "usage": usage, "ui_url": view.ui_url})
        return
    from swarm.drawing import cost_line

    without = f"**{view.status}**, without a report; look at the link below"
    if view.status == "crashed":
        without = f"**crashed**; nothing that was recorded is lost, go on with: swarm resume {view.run}"
    said = report.markdown() if report else without
    say(f"\n{said}\n", out=True)
    say(cost_line(view.usage, view.nodes[0].seconds), out=True)
    say(f"run {view.run}: {page(view.ui_url)}", out=True)
