"""The command line: `swarm run`, and everything to watch, steer and look after what runs.

Every heavy import stands where it is used, so that `swarm --help` answers at once.
"""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from swarm.errors import SwarmError, UsageError, WorkspaceError
from swarm.terminal import emit, progress, say

if TYPE_CHECKING:
    from integrations.records import Records
    from swarm.reports import Report
    from swarm.settings import Settings
    from swarm.views import RunView

T = TypeVar("T")
_MOST = 10**12
"""No budget is larger: the engine's records take neither infinity nor integers of more than 64 bits."""
_EMBEDDED = (
    "answering with the embedded model: good enough for a first look, not for planning; "
    "set OPENAI_API_KEY, or OPENAI_BASE_URL and SWARM_MODEL, for a real one"
)

app = typer.Typer(
    name="swarm",
    help="Turn a goal into a tree of work, and do it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
RunName = Annotated[str, typer.Argument(help="The run, or the beginning of its name.", metavar="RUN")]


@app.command()
def run(
    goal: Annotated[str, typer.Argument(help="What is to be done, in a sentence.")],
    context: Annotated[list[str] | None, typer.Option(help="A file, folder or URL to work from; repeatable.")] = None,
    workspace: Annotated[Path, typer.Option(help="The folder the run may write to.")] = Path(),
    budget_calls: Annotated[int | None, typer.Option(min=1, max=_MOST, help="Most model calls.")] = None,
    budget_tokens: Annotated[int | None, typer.Option(min=1, max=_MOST, help="Most tokens.")] = None,
    budget_usd: Annotated[float | None, typer.Option(min=0.0, max=_MOST, help="Most money, in US dollars.")] = None,
    max_nodes: Annotated[int, typer.Option(min=1, max=100_000, help="Most nodes in the tree.")] = 200,
    max_depth: Annotated[int, typer.Option(min=0, max=100, help="Deepest level of the tree.")] = 5,
    detach: Annotated[bool, typer.Option("--detach", help="Start the run and return.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a goal to its report."""
    from integrations.choice import check_prices, choose
    from swarm import stack
    from swarm.carried import carry
    from swarm.goals import check_node, check_text
    from swarm.nodes import Lease, Limits, Node
    from swarm.settings import load_settings

    settings = load_settings()
    wanted = Node(
        run=secrets.token_hex(4),
        goal=check_text("the goal", goal),
        inputs=tuple(check_text("--context", given) for given in context or ()),
        lease=Lease(calls=budget_calls, tokens=budget_tokens, usd=budget_usd),
        limits=Limits(nodes=max_nodes, depth=max_depth),
        workspace=check_text("--workspace", str(workspace)),
    )
    node = check_node(wanted)
    choice = choose(settings)
    if budget_usd is not None:
        check_prices(choice, settings.swarm_prices)
    stack.up(settings, say)
    if choice.embedded:
        _embedded_up(settings)
    carry(settings, node.run)
    ui_url = _with_records(lambda records: records.start(node))
    if detach:
        emit({"run": node.run, "ui_url": ui_url}) if as_json else say(f"run {node.run} started: {ui_url}", out=True)
        return
    say(f"run {node.run}  {ui_url}")
    _follow(node.run, as_json)


@app.command()
def watch(run: RunName, as_json: AsJson = False) -> None:
    """Follow a run until it ends, and print its report."""
    _follow(run, as_json)


@app.command()
def ls(
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 20, as_json: AsJson = False
) -> None:
    """List runs, newest first."""
    lines = _with_records(lambda records: records.runs.recent(limit))
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

    view, report = _with_records(read)
    if as_json:
        emit(view.model_dump(include={"run", "status", "nodes"}))
        return
    from rich.console import Console

    from swarm.drawing import tree

    width = None if sys.stdout.isatty() else 200
    Console(highlight=False, width=width).print(tree(view))
    _print_end(view, report, as_json=False) if view.ended else say(view.ui_url, out=True)


@app.command()
def cancel(run: RunName, as_json: AsJson = False) -> None:
    """End a run and everything it started."""

    async def end(records: "Records") -> tuple[str, int]:
        name = await records.runs.find(run)
        return name, await records.cancel(name)

    name, under_way = _with_records(end)
    if as_json:
        emit({"run": name, "cancelled": under_way})
    else:
        say(f"run {name} is cancelled" if under_way else f"run {name} had ended already", out=True)


@app.command()
def models(as_json: AsJson = False) -> None:
    """Show which models would be used, and why."""
    from integrations.choice import choose
    from swarm.settings import load_settings

    choice = choose(load_settings())
    if as_json:
        emit(choice.model_dump())
        return
    for role in ("decide", "write", "review"):
        say(f"{role:<7} {getattr(choice, role)}", out=True)
    say(f"at      {choice.base_url or 'a server of its own on this machine'}\nwhy     {choice.why}", out=True)


@app.command()
def up(as_json: AsJson = False) -> None:
    """Start the local stack: Postgres, the Prefect server and a worker."""
    from swarm import stack
    from swarm.settings import load_settings

    found = stack.up(load_settings(), say)
    emit(found.model_dump()) if as_json else say(f"the stack is up: {found.prefect.ui_url}", out=True)


@app.command()
def down() -> None:
    """Stop the local stack, the embedded model included."""
    from swarm import stack
    from swarm.settings import load_settings

    stack.down(load_settings(), say)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what of the stack is running."""
    from swarm import stack
    from swarm.sandbox import isolation
    from swarm.settings import load_settings

    found = stack.status(load_settings())
    kind, missing = isolation()
    if as_json:
        emit({**found.model_dump(), "sandbox": {"isolation": kind, "missing": missing}})
        return
    for name in ("postgres", "prefect", "worker", "model"):
        part = getattr(found, name)
        where = getattr(part, "ui_url", None) or getattr(part, "base_url", None) or getattr(part, "url", None) or ""
        say(f"{name:<9} {'running' if part.running else 'stopped'}  {part.pid or ''}  {where}".rstrip(), out=True)
    say(f"{'sandbox':<9} {kind or 'none: ' + '; '.join(missing)}", out=True)


def _embedded_up(settings: "Settings") -> None:
    """Fetch and start the embedded model, and say what it is good for."""
    from swarm.embedded import ensure_served

    with progress("fetching the embedded model") as told:
        ensure_served(settings, told)
    say(_EMBEDDED)


def _with_records(ask: "Callable[[Records], Awaitable[T]]") -> "T":
    """Ask the records of the running stack; raises StackError if it is down."""
    from integrations.records import Records
    from swarm import stack
    from swarm.settings import load_settings

    async def asked() -> "T":
        settings = load_settings()
        async with await Records.open(settings, stack.connection(settings)) as records:
            return await ask(records)

    return asyncio.run(asked())


def _follow(run: str, as_json: bool) -> None:
    """Show a run until it ends, then its report; Ctrl-C leaves it running. Exit code 0 only for a run that is done."""
    from rich.console import Console

    from swarm.watching import watch as look

    console = Console(stderr=True)
    live = console.is_terminal and not as_json

    async def follow(records: "Records") -> "tuple[RunView, Report | None]":
        name = await records.runs.find(run)
        view = await look(lambda: records.view(name), Console(quiet=True) if as_json else console, live)
        return view, await records.report(view)

    try:
        view, report = _with_records(follow)
    except KeyboardInterrupt:
        say(f"\nleft run {run} running; come back with: swarm watch {run}   end it with: swarm cancel {run}")
        raise typer.Exit(130) from None
    _print_end(view, report, as_json)
    if view.status != "done":
        raise typer.Exit(1)


def _print_end(view: "RunView", report: "Report | None", as_json: bool) -> None:
    if as_json:
        told = report.model_dump(mode="json") if report else None
        usage = view.usage.model_dump()
        emit({"run": view.run, "status": view.status, "report": told, "usage": usage, "ui_url": view.ui_url})
        return
    from swarm.drawing import cost_line

    said = report.markdown() if report else f"**{view.status}**, without a report; look at {view.ui_url}"
    say(f"\n{said}\n", out=True)
    say(cost_line(view.usage, view.nodes[0].seconds), out=True)
    say(f"run {view.run}: {view.ui_url}", out=True)


def main() -> None:
    """Run the command line; a person's mistake is one line and exit code 2, a failure one line and exit code 1."""
    try:
        # What a command asks for with `typer.Exit` comes back as a number, it is not raised.
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except KeyboardInterrupt:
        sys.exit(130)
    except (UsageError, WorkspaceError) as error:
        say(f"swarm: {error}")
        sys.exit(2)
    except SwarmError as error:
        say(f"swarm: {error}")
        sys.exit(1)
    except typer.Abort:
        sys.exit(130)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        say(f"swarm: {error.format_message()}")  # click's own usage errors
        sys.exit(2)
