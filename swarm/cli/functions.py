"""The commands on the function library: `swarm functions ...`, and `swarm api`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swarm.cli.frame import AsJson, app
from swarm.cli.library import admit_all, called_by_a_person, draw, parse_arguments, print_tested, with_admission
from swarm.errors import UsageError
from swarm.terminal import emit, say

if TYPE_CHECKING:
    from swarm.cli.library import Pool
    from swarm.functions.admitting import Admission
    from swarm.functions.records import Version
    from swarm.settings import Settings

functions = typer.Typer(name="functions", help="What the swarm can do, and has taught itself.", no_args_is_help=True)
app.add_typer(functions)

Named = Annotated[str, typer.Argument(help="The function.", metavar="NAME")]
Numbered = Annotated[int | None, typer.Option("--version", min=1, max=10**6, help="That version of it.")]
Granted = Annotated[
    list[str] | None,
    typer.Option("--grant", help="network:HOST:PORT, secret:NAME, github:write:OWNER/REPO or model; repeatable."),
]


@functions.command("ls")
def ls(as_json: AsJson = False) -> None:
    """List the functions with the versions that are called."""
    from swarm.functions.version_rows import as_json as written
    from swarm.nodes import shorten

    async def found(admission: "Admission", _: "Pool", __: "Settings") -> "list[Version]":
        return await admission.library.current()

    versions = with_admission(found)
    if as_json:
        return emit(written(versions))
    width = max((len(each.label) for each in versions), default=0)
    for each in versions:
        told = shorten(each.function.description, 90)
        say(f"{each.label:<{width}}  {each.status:<11} {each.maker:<7}  {told}", out=True)
    if not versions:
        say("there are no functions yet; a run that lacks one writes it, and `swarm functions import FILE` brings some")


@functions.command()
def show(name: Named, version: Numbered = None, as_json: AsJson = False) -> None:
    """Show one function: signature, grants, tests and what they are worth, code, and what it has brought."""
    from swarm.functions.library import Statistics
    from swarm.functions.version_rows import as_json as written
    from swarm.functions.worth import Uses, Worth

    async def found(admission: "Admission", pool: "Pool", _: "Settings") -> "tuple[Version, Statistics, Uses]":
        it = await admission.library.get(name, version)
        return it, await admission.library.statistics(it.name, it.number), await Worth(pool).of(it.name)

    it, statistics, uses = with_admission(found)
    if as_json:
        return emit(written([it])[0] | {"statistics": statistics.model_dump(), "uses": uses.model_dump()})
    draw(it)
    say(f"\ncalled {statistics.calls} times: {statistics.ok} ok, {statistics.failed} failed", out=True)
    say(uses.text, out=True)


@functions.command()
def search(
    text: Annotated[str, typer.Argument(help="What it should do.", metavar="TEXT")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many.")] = 8,
    as_json: AsJson = False,
) -> None:
    """Find functions by what they do: by words, and by meaning."""
    from integrations.office import search_of
    from swarm.functions.search import Hit
    from swarm.functions.version_rows import as_json as written

    async def found(_: "Admission", pool: "Pool", settings: "Settings") -> list[Hit]:
        return await search_of(pool, settings)(text, k)

    hits = with_admission(found)
    if as_json:
        scored = zip(written([hit.version for hit in hits]), hits, strict=True)
        return emit({"functions": [{**told, "score": hit.score, "views": hit.views} for told, hit in scored]})
    for hit in hits:
        say(f"{hit.score:.2f}  {hit.version.label}  {hit.version.function.signature}", out=True)
        say(f"      {hit.version.function.description}", out=True)
    if not hits:
        say("nothing comes near")


@functions.command()
def test(name: Named, version: Numbered = None, grant: Granted = None, as_json: AsJson = False) -> None:
    """Run a function's tests again, in the sandbox."""

    async def tested(admission: "Admission", _: "Pool", __: "Settings") -> dict[str, object]:
        it = await admission.library.get(name, version)
        judged = await admission.judge(it.function)
        failures = [each.model_dump() for each in judged.failures]
        return {"function": it.label, "passed": judged.passed, "tests": judged.ran, "failures": failures}

    told = with_admission(tested, grant or ())
    print_tested([told], as_json)


@functions.command()
def call(
    name: Named,
    arguments: Annotated[str, typer.Argument(help="Its arguments, as a JSON object.", metavar="JSON")] = "{}",
    version: Numbered = None,
    workspace: Annotated[Path, typer.Option(help="The folder it may read and write.")] = Path(),
    grant: Granted = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Let it write to GitHub what was granted, without asking.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Call a function and print its result."""
    from swarm.workspace import check_workspace

    given = parse_arguments(arguments)
    folder = check_workspace(workspace.absolute())

    async def called(admission: "Admission", _: "Pool", settings: "Settings") -> object:
        settings = settings.model_copy(update={"swarm_confirm": settings.swarm_confirm and not yes})
        office, result = await called_by_a_person(admission, settings, folder, (name, given, version))
        for path, text in office.saved.items():
            say(f"wrote {office.workspace.write(path, text)}")
        return result

    result = with_admission(called, grant or ())
    emit({"result": result} if as_json else result)


@functions.command()
def history(name: Named, as_json: AsJson = False) -> None:
    """List the versions of a function, oldest first, with where each came from and how its calls went."""
    from swarm.functions.library import Statistics
    from swarm.functions.version_rows import as_json as written

    async def found(admission: "Admission", _: "Pool", __: "Settings") -> "list[tuple[Version, Statistics]]":
        versions = await admission.library.history(name)
        if not versions:
            await admission.library.get(name)
        return [(each, await admission.library.statistics(name, each.number)) for each in versions]

    told = with_admission(found)
    if as_json:
        listed = written([version for version, _ in told])
        return emit([{**each, "statistics": s.model_dump()} for each, (_, s) in zip(listed, told, strict=True)])
    for each, statistics in told:
        came = each.provenance.by or (f"run {each.provenance.run}" if each.provenance.run else "")
        calls = f"{statistics.calls} calls, {statistics.failed} failed"
        say(f"{each.label}  {each.created:%Y-%m-%d %H:%M}  {each.status:<11} {each.maker}  {calls}  {came}", out=True)


@functions.command()
def rollback(
    name: Named,
    version: Annotated[int, typer.Argument(min=1, max=10**6, help="The version to call again.", metavar="VERSION")],
    as_json: AsJson = False,
) -> None:
    """Make an older version the one that is called."""

    async def turned(admission: "Admission", _: "Pool", __: "Settings") -> "Version":
        return await admission.library.rollback(name, version)

    it = with_admission(turned)
    emit({"function": it.name, "version": it.number}) if as_json else say(f"{it.label} is called again", out=True)


@functions.command("import")
def bring(
    file: Annotated[Path, typer.Argument(help="A JSON file, or a folder of YAML files.", metavar="FILE")],
    grant: Granted = None,
    as_json: AsJson = False,
) -> None:
    """Bring functions in: each one's tests are run, and what fails them stays out."""
    from swarm.functions.exchange import read_functions

    brought = read_functions(file)
    if brought and all(each.function is None for each in brought):
        raise UsageError(f"{file}: {brought[0].fault}")
    admit_all(brought, str(file), grant or (), as_json)


@functions.command()
def export(
    file: Annotated[Path, typer.Argument(help="A JSON file, or a folder for one YAML file each.", metavar="FILE")],
    names: Annotated[list[str] | None, typer.Argument(help="Functions; all that are not built in.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write functions to a file that `import` reads, or into a folder that git can keep."""
    from swarm.functions.exchange import write_functions
    from swarm.functions.pins import with_pinned

    async def found(admission: "Admission", _: "Pool", __: "Settings") -> "list[Version]":
        if names:
            chosen = [await admission.library.get(name) for name in names]
        else:
            chosen = [each for each in await admission.library.current() if each.maker != "builtin"]
        return await with_pinned(admission.library, chosen)

    versions = with_admission(found)
    write_functions([each.function for each in versions], file)
    told = list(dict.fromkeys(each.name for each in versions))
    more = len(versions) - len(told)
    older = f", and {more} older versions that they call" if more else ""
    said = f"{len(told)} functions are in {file}{older}"
    emit({"exported": told, "file": str(file)}) if as_json else say(said, out=True)


@functions.command()
def edit(name: Named, grant: Granted = None, as_json: AsJson = False) -> None:
    """Open a function in $EDITOR; what is saved there is tested and becomes its next version, yours from then on."""
    import click

    from swarm.functions.exchange import Brought, as_yaml, parse_yaml

    async def found(admission: "Admission", _: "Pool", __: "Settings") -> "Version":
        return await admission.library.get(name)

    it = with_admission(found)
    before = as_yaml(it.function.model_copy(update={"lock": ""}))
    after = click.edit(before, extension=".yaml", require_save=True)
    if after is None or after == before:
        return say("nothing was changed")
    edited = parse_yaml(after, f"the edited {name}")
    if edited.name != name:
        raise UsageError(f"the name was changed to {edited.name}; a new function is brought in with `import`")
    admit_all([Brought(place=name, function=edited)], "swarm functions edit", grant or (), as_json)


@functions.command()
def retire(
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say which.")] = False, as_json: AsJson = False
) -> None:
    """Retire what nothing is lost without: goals are told of it no more, and who names it may call it still."""
    from integrations.office import search_of
    from swarm.functions.retirement import dispensable
    from swarm.functions.worth import Worth

    async def retired(admission: "Admission", pool: "Pool", settings: "Settings") -> list[dict[str, str]]:
        listed = await dispensable(admission, search_of(pool, settings), Worth(pool))
        for version, _ in () if dry else listed:
            await admission.library.set_status(version.name, version.number, "retired")
        return [{"function": version.label, "why": why} for version, why in listed]

    told = with_admission(retired)
    if as_json:
        return emit({"retired": told, "dry_run": dry})
    for each in told:
        say(f"{each['function']}  {'would be' if dry else 'is'} retired: {each['why']}", out=True)
    if not told:
        say("something would be lost without each of them")


@functions.command("rm")
def remove(name: Named, version: Numbered = None, as_json: AsJson = False) -> None:
    """Remove a function with all its versions, or one version of it."""

    async def removed(admission: "Admission", _: "Pool", __: "Settings") -> int:
        return await admission.library.remove(name, version)

    count = with_admission(removed)
    told = f"{count} version{'s' if count > 1 else ''} of {name} removed"
    emit({"function": name, "removed": count}) if as_json else say(told, out=True)


@app.command()
def api(as_json: AsJson = False) -> None:
    """Print what code in the sandbox can ask the swarm, made from the code itself."""
    from swarm.functions.api_pages import page

    emit({"api": page()}) if as_json else say(page(), out=True)
