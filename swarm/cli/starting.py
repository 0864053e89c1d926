"""The command that starts a run."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm.cli.following import follow
from swarm.cli.frame import AsJson, Most, app, page, with_records
from swarm.cli.library import granting
from swarm.cli.phases import Phases
from swarm.terminal import emit, progress, say

if TYPE_CHECKING:
    from swarm.nodes import Node
    from swarm.settings import Settings

_EMBEDDED = (
    "answering with the embedded model: good enough for a first look, not for planning; "
    "set OPENAI_API_KEY, or OPENAI_BASE_URL and SWARM_MODEL, for a real one"
)


@app.command()
def run(
    goal: Annotated[str, typer.Argument(help="What is to be done, in a sentence.")],
    context: Annotated[list[str] | None, typer.Option(help="A file, folder or URL to work from; repeatable.")] = None,
    workspace: Annotated[Path, typer.Option(help="The folder the run may write to.")] = Path(),
    budget_calls: Annotated[int | None, typer.Option(min=1, max=Most, help="Most model calls.")] = None,
    budget_tokens: Annotated[int | None, typer.Option(min=1, max=Most, help="Most tokens.")] = None,
    budget_usd: Annotated[float | None, typer.Option(min=0.0, max=Most, help="Most money, in US dollars.")] = None,
    max_nodes: Annotated[int, typer.Option(min=1, max=100_000, help="Most nodes in the tree.")] = 200,
    max_depth: Annotated[int, typer.Option(min=0, max=100, help="Deepest level of the tree.")] = 5,
    max_turns: Annotated[
        int | None,
        typer.Option(min=1, max=10_000, help="Most turns of a node; by default what its model's profile gives."),
    ] = None,
    grant: Annotated[
        list[str] | None,
        typer.Option(
            help="network:HOST:PORT, secret:NAME, github:write:OWNER/REPO, packages or model, unasked; repeatable."
        ),
    ] = None,
    web: Annotated[
        str | None,
        typer.Option(
            help="Addresses that may be asked: open, seen (named or observed; others ask you) or off.",
            metavar="open|seen|off",
        ),
    ] = None,
    unsafe_no_sandbox: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Run code with all your rights, no sandbox; reports say so.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Start the run and return.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a goal to its report."""
    from swarm.file_names import shown
    from swarm.goals import check_node, check_text
    from swarm.nodes import Lease, Limits, Node

    settings = granting(grant or (), unsafe_no_sandbox, web)
    wanted = Node(
        run=secrets.token_hex(4),
        goal=check_text("the goal", goal),
        inputs=tuple(shown(given) for given in context or ()),
        lease=Lease(calls=budget_calls, tokens=budget_tokens, usd=budget_usd),
        limits=Limits(turns=max_turns, nodes=max_nodes, depth=max_depth),
        workspace=check_text("--workspace", str(workspace)),
    )
    phases = Phases()
    ui_url = _start(check_node(wanted), settings, phases)
    if detach:
        told = {"run": wanted.run, "ui_url": ui_url}
        emit(told) if as_json else say(f"run {wanted.run} started: {page(ui_url)}", out=True)
        return
    say(f"run {wanted.run}  {page(ui_url)}")
    try:
        with phases("run"):
            follow(wanted.run, as_json)
    finally:
        say(phases.line)


def _start(node: "Node", settings: "Settings", phases: Phases) -> str:
    """Start stack and model where they are not there, and submit a root; returns the address of its page."""
    from integrations.llm.model_choice import check_prices, choose
    from swarm import stack
    from swarm.carried import carry
    from swarm.sandbox.unconfined import WARNING

    choice = choose(settings)
    if node.lease.usd is not None:
        check_prices(choice, settings.swarm_prices)
    with phases("stack"):
        stack.up(settings, say)
    if choice.embedded:
        with phases("model"):
            embedded_up(settings)
    carry(settings, node.run)
    if settings.swarm_unsafe_no_sandbox:
        say(WARNING)
    return with_records(lambda records: records.start(node))


def embedded_up(settings: "Settings") -> None:
    """Fetch and start the embedded model, and say what it is good for."""
    from swarm.embedded import ensure_served

    with progress("fetching the embedded model") as told:
        ensure_served(settings, told)
    say(_EMBEDDED)
