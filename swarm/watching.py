"""Watching: follow a run in the terminal until it ends, live where there is a person, in plain lines where not."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from swarm.drawing import cost_line, tree
from swarm.nodes import shorten
from swarm.views import NodeView, RunView

if TYPE_CHECKING:
    from rich.console import Console
    from rich.tree import Tree

Read = Callable[[], Awaitable[RunView]]
_SHORTEST = 0.7
"""Seconds between two looks; a look at a large tree takes longer and is made less often."""


async def watch(
    read: Read, console: "Console", live: bool, patience: float = 0.0, link: Callable[[str], str] = str
) -> RunView:
    """Look at a run until it ends, showing it on `console`; returns the last look.

    `link` turns the address of the run's page into one that a person can follow.

    A run that crashed may be resumed by itself: for so many seconds that is waited for.
    """
    patient = _patient(read, patience)
    return await (_live(patient, console, link) if live else _plain(patient, console, link))


def _patient(read: Read, patience: float) -> Read:
    """Return a way to look at a run for which a crash is no end before it has lasted for a while."""
    since: list[float] = []

    async def look() -> RunView:
        view = await read()
        if view.status != "crashed":
            since.clear()
            return view
        since.append(time.monotonic())
        waiting = since[-1] - since[0] < patience
        return view.model_copy(update={"status": "running"}) if waiting else view

    return look


async def _live(read: Read, console: "Console", link: Callable[[str], str]) -> RunView:
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    with Live(console=console, refresh_per_second=4, transient=False) as shown:
        while True:
            started = time.monotonic()
            view = await read()
            rows: list[Tree | str | Text] = [tree(view), cost_line(view.usage, view.nodes[0].seconds)]
            if waiting := _waiting(view):
                rows.append(Text(f"waiting for you: {shorten(waiting.goal, 300)}\n  answer it at {link(view.ui_url)}"))
            shown.update(Group(*rows))
            if view.ended:
                return view
            await _pause(started)


async def _plain(read: Read, console: "Console", link: Callable[[str], str]) -> RunView:
    """Print a line whenever a node does something else."""
    said: dict[str, str] = {}
    while True:
        started = time.monotonic()
        view = await read()
        for node in view.nodes:
            now = f"{node.status}: turn {f'{node.turns}, {node.doing}' if node.doing else node.turns}"
            if said.get(node.path) != now:
                said[node.path] = now
                console.print(f"{node.path} {now}", highlight=False, markup=False, soft_wrap=True)
                if node.status == "waiting":
                    console.print(f"answer it at {link(view.ui_url)}", highlight=False, soft_wrap=True)
        if view.ended:
            return view
        await _pause(started)


def _waiting(view: RunView) -> NodeView | None:
    return next((node for node in view.nodes if node.status == "waiting"), None)


async def _pause(started: float) -> None:
    await asyncio.sleep(max(_SHORTEST, 5 * (time.monotonic() - started)))
