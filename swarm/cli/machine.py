"""The commands that look after the machine the swarm runs on."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from swarm.cli.frame import AsJson, app, page, with_records
from swarm.terminal import emit, say
from swarm.text.display_url import mask_urls

if TYPE_CHECKING:
    from integrations.llm.model_choice import Choice
    from integrations.records import Records


@app.command()
def models(as_json: AsJson = False) -> None:
    """Show the models, why these, and what each takes and gives."""
    from integrations.llm.endpoint import Endpoint
    from swarm.llm.profile import Profile
    from swarm.settings import Role, load_settings

    roles: tuple[Role, ...] = ("decide", "write", "review")

    async def look() -> "tuple[Choice, dict[Role, Profile]]":
        endpoint = Endpoint(load_settings())
        return await endpoint.choice(), {role: await endpoint.profile(role) for role in roles}

    choice, profiles = asyncio.run(look())
    place = mask_urls(choice.base_url)
    if as_json:
        told = choice.model_dump() | {"base_url": place, "why": mask_urls(choice.why)}
        emit({**told, "profiles": {role: each.model_dump() for role, each in profiles.items()}})
        return
    for role in roles:
        say(f"{role:<7} {choice.model(role)}", out=True)
    say(f"at      {place or 'a server of its own on this machine'}\nwhy     {mask_urls(choice.why)}", out=True)
    for profile in {each.model: each for each in profiles.values()}.values():
        say(f"\n{profile.model}", out=True)
        for name, origin in profile.origin.items():
            say(f"  {name:<9} {_shown(getattr(profile, name)):<12} {origin}", out=True)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value) or "-"


@app.command()
def up(
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the runs whose process died.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start the local stack: Postgres, the Prefect server and a worker; names the runs that died."""
    from swarm import stack
    from swarm.settings import load_settings

    found = stack.up(load_settings(), say)
    dead = with_records(_revived if resume else _dead)
    for run in dead:
        say(f"run {run} died and {'goes on' if resume else f'can go on: swarm resume {run}'}")
    for name, why in with_records(_refused).items():
        say(f"runs of the deployment {name} will be refused: {why}")
    if as_json:
        emit({**found.model_dump(), "dead": dead})
    else:
        say(f"the stack is up: {page(found.prefect.ui_url or '')}", out=True)


async def _dead(records: "Records") -> list[str]:
    from integrations.reviving import dead_runs

    return await dead_runs(records)


async def _refused(records: "Records") -> dict[str, str]:
    from integrations.prefect_api.deployments import find_refused
    from swarm.settings import load_settings

    return await find_refused(records, load_settings())


async def _revived(records: "Records") -> list[str]:
    from integrations.reviving import resume

    dead = await _dead(records)
    for run in dead:
        await resume(records, run)
    return dead


@app.command()
def down() -> None:
    """Stop the local stack, the embedded model included."""
    from swarm import stack
    from swarm.settings import load_settings

    stack.down(load_settings(), say)


@app.command()
def prune(
    runs: Annotated[list[str] | None, typer.Argument(help="Runs, or the beginnings of their names.")] = None,
    older_than: Annotated[
        str | None, typer.Option(help="Only those that ended so long ago: 30d, 12h.", metavar="AGE")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what ended runs have left: records, results, tape, files of their own; never a --workspace of yours."""
    from integrations.pruning import Pruned, age
    from integrations.pruning import prune as removed
    from swarm.errors import UsageError
    from swarm.settings import load_settings

    if not runs and older_than is None:
        raise UsageError("say which: `swarm prune RUN ...`, or all that ended long ago: `swarm prune --older-than 30d`")
    oldest, homes = age(older_than) if older_than else None, load_settings().swarm_home / "runs"

    async def swept(records: "Records") -> list[Pruned]:
        return await removed(records, runs or (), oldest, homes, dry_run)

    found = with_records(swept)
    gone, kept = [each.run for each in found if not each.kept], {each.run: each.kept for each in found if each.kept}
    if as_json:
        emit({"pruned": gone, "kept": kept, "dry_run": dry_run})
    else:
        for run in gone:
            say(f"run {run} {'would be' if dry_run else 'is'} removed", out=True)
        for run, why in kept.items():
            say(f"run {run} is kept: {why}")
        if not found:
            say("there is nothing to remove")
    if runs and kept:
        raise typer.Exit(1)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what of the stack is running."""
    from swarm import stack
    from swarm.sandbox import isolation
    from swarm.settings import load_settings

    found = stack.status(load_settings())
    kind, missing = isolation()
    link = page(found.prefect.ui_url) if found.prefect.running and found.prefect.ui_url else None
    if as_json:
        shown = found.model_dump()
        shown["prefect"]["login_url"] = link
        emit({**shown, "sandbox": {"isolation": kind, "missing": missing}})
        return
    for name in ("postgres", "prefect", "worker", "model"):
        part = getattr(found, name)
        where = getattr(part, "ui_url", None) or getattr(part, "base_url", None) or getattr(part, "url", None) or ""
        say(f"{name:<9} {'running' if part.running else 'stopped'}  {part.pid or ''}  {where}".rstrip(), out=True)
    if link and link != found.prefect.ui_url:
        say(f"{'login':<9} {link}", out=True)
    elif link and found.prefect.pid:
        say(f"{'login':<9} none: an earlier version started this server; `swarm up` locks it", out=True)
    say(f"{'sandbox':<9} {kind or 'none: ' + '; '.join(missing)}", out=True)
