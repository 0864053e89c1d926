"""The command that has a model read what is remembered: `swarm memory relate`."""

from typing import TYPE_CHECKING, Annotated

import typer

from swarm.cli.frame import AsJson
from swarm.cli.memory import memory, with_catalogue
from swarm.terminal import emit, progress, say

if TYPE_CHECKING:
    from integrations.relating import Related
    from swarm.memory.catalogue import Catalogue
    from swarm.settings import Settings


@memory.command()
def relate(
    uri: Annotated[str, typer.Argument(help="Only what lies below this address.", metavar="[URI]")] = "",
    most: Annotated[int, typer.Option(min=1, max=10**6, help="Passages that are asked about, at most.")] = 100,
    budget_usd: Annotated[float | None, typer.Option(min=0, help="What it may cost, in dollars.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Forget what was found there, and ask anew.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have the model list whom and what passages name, and how it is related, for the strategy graph."""
    from integrations.llm.model_choice import choose
    from integrations.relating import relate as related
    from swarm.cli.starting import embedded_up
    from swarm.memory.addresses import address
    from swarm.memory.relations import drop
    from swarm.settings import load_settings

    below = address(uri) if uri else ""
    if choose(load_settings()).embedded:
        embedded_up(load_settings())

    async def asked(catalogue: "Catalogue", settings: "Settings") -> "Related":
        if again:
            await drop(catalogue.pool, below)
        with progress("reading", "passages") as told:
            return await related(catalogue.pool, settings, below, most, budget_usd, told)

    found = with_catalogue(asked)
    if as_json:
        emit(found.model_dump(mode="json"))
    else:
        failed = f", {found.failed} without a valid answer" if found.failed else ""
        spent = "price unknown" if found.usage.usd is None else f"${found.usage.usd:.4f}"
        say(f"{found.asked} passages read{failed}: {found.entities} entities, {found.relations} relations", out=True)
        say(f"{found.usage.calls} model calls · {found.usage.tokens:,} tokens · {spent}; {found.left} passages left")
    if found.why:
        say(f"swarm: stopped early: {found.why}")
        raise typer.Exit(1)
