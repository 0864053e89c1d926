"""The commands that run a run again, or otherwise from some node on, and compare two runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm.cli.following import follow, until_ended
from swarm.cli.frame import AsJson, RunName, app, page, with_records
from swarm.terminal import emit, say

if TYPE_CHECKING:
    from integrations.forking import Wish
    from integrations.records import Records
    from swarm.comparing import Compared, Difference
    from swarm.nodes import Node
    from swarm.settings import Settings


@app.command()
def replay(
    run: RunName,
    live_from: Annotated[
        str | None, typer.Option("--live-from", help="Go live at this node and below it.", metavar="PATH")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run an ended run again from its tape, without model and network, and compare the reports byte for byte."""
    from swarm import stack
    from swarm.settings import load_settings

    settings = load_settings()
    stack.up(settings, say)

    async def begun(records: "Records") -> "tuple[Node, str]":
        from integrations.forking import replay

        source = await records.runs.find(run)
        if live_from is not None:
            _serve_embedded(settings, source, None)
        return await replay(records, source, live_from, settings), source

    new, source = with_records(begun)
    say(f"run {new.run} replays {source}")
    until_ended(new.run, as_json)

    async def found(records: "Records") -> "list[Compared]":
        from integrations.traces import compare_replay

        return await compare_replay(records, new, source)

    nodes = with_records(found)
    same = all(node.same for node in nodes)
    if as_json:
        emit({"run": new.run, "source": source, "same": same, "nodes": [node.model_dump() for node in nodes]})
    else:
        for node in nodes:
            say(f"{node.path}: same" if node.same else f"{node.path}: differs\n{node.why}", out=True)
        differ = sum(not node.same for node in nodes)
        say(f"all {len(nodes)} reports are the same" if same else f"{differ} of {len(nodes)} reports differ", out=True)
    if not same:
        raise typer.Exit(1)


@app.command()
def fork(
    run: RunName,
    node: Annotated[str, typer.Option("--node", help="Where the fork leaves the run: a path.", metavar="PATH")],
    goal: Annotated[str | None, typer.Option(help="Another goal for that node.")] = None,
    answer: Annotated[str | None, typer.Option(help="Another answer to that question, a node such as 0.a1.")] = None,
    model: Annotated[str | None, typer.Option(help="Another model for that node and all below it.")] = None,
    workspace: Annotated[Path | None, typer.Option(help="The folder the fork may write to; its own if none.")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Start the fork and return.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a new run of a run: what happened elsewhere is read, that node and all below it is decided again.

    At most one of --goal, --answer and --model says what is to be otherwise. The fork's budget starts anew: it pays
    only for what it asks itself.
    """
    from swarm import stack
    from swarm.settings import load_settings

    wish = _wish(node, (goal, answer, model), workspace)
    settings = load_settings()
    stack.up(settings, say)

    async def begun(records: "Records") -> tuple[str, str]:
        from integrations.forking import fork

        source = await records.runs.find(run)
        _serve_embedded(settings, source, model)
        new = (await fork(records, source, wish, settings)).run
        return new, records.runs.ui_url((await records.runs.root(new))["id"])

    name, ui_url = with_records(begun)
    if detach:
        emit({"run": name, "ui_url": ui_url}) if as_json else say(f"run {name} started: {page(ui_url)}", out=True)
        return
    say(f"run {name}  {page(ui_url)}")
    follow(name, as_json)


@app.command()
def diff(
    run: RunName,
    other: Annotated[str, typer.Argument(help="Another run, or the beginning of its name.", metavar="RUN")],
    as_json: AsJson = False,
) -> None:
    """Show in what two runs differ, node by node. Exit code 0 if in nothing, 1 if in something."""

    async def found(records: "Records") -> "tuple[tuple[str, str], list[Difference]]":
        from integrations.traces import traces
        from swarm.comparing import differences

        names = (await records.runs.find(run), await records.runs.find(other))
        return names, differences(await traces(records, names[0]), await traces(records, names[1]), names)

    names, differ = with_records(found)
    if as_json:
        nodes = [each.model_dump(mode="json", exclude_none=True) for each in differ]
        emit({"runs": names, "same": not differ, "nodes": nodes})
    else:
        for each in differ:
            say("\n".join(each.lines(names)), out=True)
        if not differ:
            say(f"runs {names[0]} and {names[1]} do not differ", out=True)
    if differ:
        raise typer.Exit(1)


def _wish(path: str, changes: tuple[str | None, str | None, str | None], workspace: Path | None) -> "Wish":
    from integrations.forking import Wish
    from swarm.errors import UsageError
    from swarm.goals import check_goal, check_text
    from swarm.runs import Change

    goal, answer, model = changes
    if sum(change is not None for change in changes) > 1:
        raise UsageError("one fork changes one thing: give --goal, --answer or --model, not several")
    for name, text in (("--answer", answer), ("--model", model)):
        if text is not None and not check_text(name, text).strip():
            raise UsageError(f"{name} is empty")
    told = None if goal is None else check_goal(check_text("--goal", goal))
    return Wish(path, Change(goal=told, answer=answer, model=model), workspace)


def _serve_embedded(settings: "Settings", source: str, model: str | None) -> None:
    """Fetch and start the embedded model if a fork is to ask that; raises UsageError if it was to ask another."""
    from swarm.carried import carried_over
    from swarm.errors import UsageError

    to_be = carried_over(settings, source)
    if to_be.openai_api_key is not None or to_be.openai_base_url is not None:
        return
    if model is not None:
        raise UsageError("--model needs an endpoint: set OPENAI_API_KEY or OPENAI_BASE_URL")
    from swarm.embedded import ensure_served

    ensure_served(settings, lambda done, total: None)
