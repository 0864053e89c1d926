"""The terminal: people's words go to standard error, what was asked for goes to standard output.

Nothing else writes there, so what a model, a file or a page has named is cleaned and redacted in this one place.
"""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from swarm.errors import UsageError
from swarm.text.redaction import redact_json
from swarm.text.sanitize import terminal_json, terminal_text

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str, out: bool = False) -> None:
    """Print a line for a person; `out` for what the command was asked for."""
    stream = sys.stdout if out else sys.stderr
    stream.write(terminal_text(text) + "\n")
    stream.flush()


def emit(document: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(terminal_json(redact_json(document)) + "\n")
    sys.stdout.flush()


def console(errors: bool = False, quiet: bool = False, width: int | None = None) -> "Console":
    """Return a console for trees and colours, on standard error or output, that cleans what is printed."""
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class Cleaned(Console):
        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                yield segment if segment.control else segment._replace(text=terminal_text(segment.text))

    return Cleaned(stderr=errors, quiet=quiet, width=width, highlight=False)


def open_streams() -> None:
    """Have every standard stream open, and take any character: one that has no code there is written as its number.

    What is closed leads nowhere; otherwise the next file to be opened would be it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop_streams() -> None:
    """Let what standard output has not taken go nowhere; Python would try again at its end, and show a traceback."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def check_folder() -> None:
    """Raise UsageError where the folder we were started in is gone."""
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(f"the current folder cannot be used: {error.strerror}; change to one that is there") from None


def said_of(error: OSError) -> str:
    """Say what the system refused, and where, in one line."""
    where = f"{error.filename}: " if error.filename else "standard output cannot be written: "
    return f"{where}{error.strerror or error}"


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
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown, tenths = console(errors=True), set[int]()

    def tell(done: int, total: int) -> None:
        if not shown.is_terminal and (tenth := 10 * done // max(total, 1)) not in tenths:
            tenths.add(tenth)
            size = 1e6 if unit == "MB" else 1
            say(f"{what}: {done / size:,.0f} of {total / size:,.0f} {unit}")
        bar.update(task, completed=done, total=total, visible=True)

    columns = (
        *(TextColumn(what), BarColumn()),
        DownloadColumn() if unit == "MB" else MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as bar:
        task = bar.add_task(what, total=None, visible=False)
        yield tell
