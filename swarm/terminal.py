"""The terminal: people's words go to standard error, what was asked for goes to standard output."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from swarm.errors import UsageError


def say(text: str, out: bool = False) -> None:
    """Print a line for a person; `out` for what the command was asked for."""
    stream = sys.stdout if out else sys.stderr
    stream.write(text + "\n")
    stream.flush()


def emit(document: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def confirm(question: str) -> bool:
    """Ask whoever sits at the terminal; raises UsageError where nobody does."""
    say(question)
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to say yes; run it in a terminal, or with --yes")
    return input("> ").strip().casefold() in ("yes", "y")


@contextmanager
def progress(what: str, unit: str = "MB") -> Iterator[Callable[[int, int], None]]:
    """Show how far something is, on standard error; yields what is to be called with done and total.

    They are bytes where the unit is MB.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console, tenths = Console(stderr=True), set[int]()

    def tell(done: int, total: int) -> None:
        if not console.is_terminal and (tenth := 10 * done // max(total, 1)) not in tenths:
            tenths.add(tenth)
            size = 1e6 if unit == "MB" else 1
            say(f"{what}: {done / size:,.0f} of {total / size:,.0f} {unit}")
        bar.update(task, completed=done, total=total, visible=True)

    columns = (
        *(TextColumn(what), BarColumn()),
        DownloadColumn() if unit == "MB" else MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None, visible=False)
        yield tell
