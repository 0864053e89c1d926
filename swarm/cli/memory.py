"""The commands on memory: what is remembered, where it comes from, and how it is found."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from swarm.cli.frame import AsJson, app
from swarm.terminal import emit, progress, say

if TYPE_CHECKING:
    from integrations.ingesting import Ingested
    from swarm.memory.catalogue import Catalogue
    from swarm.memory.records import Item
    from swarm.passages import Passage
    from swarm.settings import Settings

T = TypeVar("T")

memory = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(memory, name="memory", help="Keep and search what the swarm knows: files, pages, PDFs, repositories.")

Address = Annotated[str, typer.Argument(help="A path or an address.", metavar="URI")]
Strategy = Annotated[
    str | None, typer.Option(help="lexical, semantic, hybrid, folders or graph; SWARM_STRATEGY if not given.")
]


@memory.command()
def add(
    uris: Annotated[list[str], typer.Argument(help="Paths or addresses; - reads a note.", metavar="URI...")],
    every: Annotated[str, typer.Option(help="Look again so often: 30m, 6h, 1d.", metavar="TIME")] = "",
    title: Annotated[str, typer.Option(help="Title of a note from standard input.")] = "",
    embed: Annotated[
        bool, typer.Option("--embed/--no-embed", help="Make vectors now, or leave them for later.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Remember files, folders, pages, repositories or a note; what is known already is brought up to date."""
    from integrations.embeddings import choose_embedder
    from integrations.ingesting import index, ingest
    from integrations.keeping import keep, note, seconds_of

    seconds = seconds_of(every) if every else None

    async def added(catalogue: "Catalogue", settings: "Settings") -> "tuple[list[Ingested], str]":
        found = []
        for uri in uris:
            if uri == "-":
                found.append(await note(catalogue, _standard_input(), title))
            else:
                kept = await keep(catalogue, uri, seconds, settings)
                found.append(await ingest(catalogue, kept, settings, lambda told: None if as_json else say(told)))
        with progress("making vectors", "passages") as told:
            missing = await index(catalogue, choose_embedder(settings) if embed else None, told)
        return found, missing

    found, missing = with_catalogue(added)
    _print_ingested(found, missing, as_json)


@memory.command()
def refresh(
    uri: Annotated[str, typer.Argument(help="A source; all of them if not given.", metavar="[URI]")] = "",
    as_json: AsJson = False,
) -> None:
    """Look at the sources again: what is new, changed or gone."""
    from integrations.embeddings import choose_embedder
    from integrations.ingesting import index, ingest
    from swarm.memory import sources
    from swarm.memory.addresses import address

    async def refreshed(catalogue: "Catalogue", settings: "Settings") -> "tuple[list[Ingested], str]":
        wanted = [address(uri)] if uri else [each.uri for each in await sources.every(catalogue.pool)]
        found = [await ingest(catalogue, each, settings, lambda _: None) for each in wanted]
        with progress("making vectors", "passages") as told:
            return found, await index(catalogue, choose_embedder(settings), told)

    found, missing = with_catalogue(refreshed)
    _print_ingested(found, missing, as_json)


@memory.command()
def ls(
    below: Annotated[str, typer.Argument(help="Only what lies below this address.", metavar="[URI]")] = "",
    sources: Annotated[bool, typer.Option("--sources", help="List what is kept fresh instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the items, or the sources."""
    from swarm.memory.addresses import address

    if sources:
        return _list_sources(as_json)

    async def listed(catalogue: "Catalogue", _: "Settings") -> "list[Item]":
        return await catalogue.items(address(below) if below else "")

    found = with_catalogue(listed)
    if as_json:
        return emit({"items": [each.model_dump(mode="json") for each in found]})
    for each in found:
        say(f"{each.created:%Y-%m-%d}  {each.where:8} {each.passages:5}  {each.uri}  {each.title}", out=True)
    if not found:
        say("nothing is remembered there; swarm memory add PATH|URL")


@memory.command()
def show(uri: Address, as_json: AsJson = False) -> None:
    """Show what is remembered of an item, passage by passage."""

    from swarm.memory.addresses import address
    from swarm.memory.relations import Relation, of_item

    async def found(catalogue: "Catalogue", _: "Settings") -> "tuple[Item, list[Passage], list[Relation]]":
        wanted = address(uri)
        return await catalogue.item(wanted), await catalogue.text(wanted), await of_item(catalogue.pool, wanted)

    item, passages, relations = with_catalogue(found)
    if as_json:
        told = {"texts": [each.model_dump(mode="json") for each in passages]}
        return emit(item.model_dump(mode="json") | told | {"relations": [each.model_dump() for each in relations]})
    say(f"{item.uri}\n{item.title}\n{item.kind}, {item.where}: {item.how_to_get}", out=True)
    say(f"{item.passages} passages, {item.size} characters, looked at {item.checked:%Y-%m-%d %H:%M}", out=True)
    for passage in passages:
        say(f"\n[{_place(passage)}]\n{passage.text}", out=True)
    for each in relations:
        say(f"{each.subject} · {each.relation} · {each.object}", out=True)


@memory.command()
def get(uri: Address, as_json: AsJson = False) -> None:
    """Print an item's content, fetched from where it lies: a file, the web, GitHub, object storage, the database."""
    from integrations.keeping import content

    async def found(catalogue: "Catalogue", settings: "Settings") -> str:
        from swarm.memory.addresses import address

        return await content(catalogue, await catalogue.item(address(uri)), settings)

    text = with_catalogue(found)
    emit({"uri": uri, "text": text}) if as_json else say(text, out=True)


@memory.command()
def search(
    text: Annotated[str, typer.Argument(help="What is looked for.", metavar="TEXT")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 8,
    strategy: Strategy = None,
    as_json: AsJson = False,
) -> None:
    """Search the memory; every passage comes with its source."""
    from integrations.memory import search_by
    from swarm.memory.headings import headed

    async def found(catalogue: "Catalogue", settings: "Settings") -> "list[Passage]":
        wanted = await search_by(strategy or settings.swarm_strategy, catalogue, settings)
        return await headed(catalogue.pool, await wanted(text, k)) if text.strip() else []

    passages = with_catalogue(found)
    if as_json:
        return emit({"passages": [each.model_dump(mode="json") for each in passages]})
    for each in passages:
        say(f"{each.score:.2f}  {each.title}  ({_place(each)})", out=True)
        say(f"      {' '.join(each.text.split())[:300]}", out=True)
    if not passages:
        say("nothing comes near")


@memory.command()
def forget(uri: Address, as_json: AsJson = False) -> None:
    """Forget an item or all below a folder: its text and every index of it. A source is not looked at again."""
    from integrations.keeping import drop

    async def forgotten(catalogue: "Catalogue", settings: "Settings") -> int:
        return await drop(catalogue, uri, settings)

    count = with_catalogue(forgotten)
    emit({"forgotten": count}) if as_json else say(f"{count} items are forgotten", out=True)


@memory.command()
def view(
    below: Annotated[str, typer.Argument(help="Only what lies below this address.", metavar="[URI]")] = "",
    depth: Annotated[int, typer.Option(min=1, max=50, help="How deep.")] = 4,
    as_json: AsJson = False,
) -> None:
    """Show the whole memory as a tree of folders, with counts and how fresh it is."""
    from swarm.cli.drawn_memory import as_document, draw
    from swarm.memory.addresses import address
    from swarm.memory.folders import Folder, tree

    async def grown(catalogue: "Catalogue", _: "Settings") -> Folder:
        return await tree(catalogue.pool, address(below) if below else "")

    root = with_catalogue(grown)
    emit(as_document(root, depth)) if as_json else draw(root, depth)


@memory.command()
def stats(as_json: AsJson = False) -> None:
    """Count what is remembered, and what it takes."""
    from integrations.embeddings import choose_embedder
    from swarm.memory.statistics import statistics

    async def counted(catalogue: "Catalogue", settings: "Settings") -> dict[str, object]:
        embedder = choose_embedder(settings)
        return await statistics(catalogue.pool, embedder.name if embedder else "")

    told = with_catalogue(counted)
    if as_json:
        return emit(told)
    for name, value in told.items():
        say(f"{name.replace('_', ' '):20} {value:,}" if isinstance(value, int) else f"{name:20} {value}", out=True)


@memory.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to; one JSON object a line.")],
    below: Annotated[str, typer.Option(help="Only what lies below this address.", metavar="URI")] = "",
    as_json: AsJson = False,
) -> None:
    """Write items with their passages to a file, one a line."""
    from integrations.keeping import export as written

    async def exported(catalogue: "Catalogue", _: "Settings") -> int:
        return await written(catalogue, file, below)

    count = with_catalogue(exported)
    emit({"items": count, "file": str(file)}) if as_json else say(f"{count} items are in {file}", out=True)


def with_catalogue(ask: "Callable[[Catalogue, Settings], Awaitable[T]]") -> "T":
    """Ask the memory, for which the database is enough; raises StackError if that is down."""
    import asyncio

    from swarm import stack
    from swarm.errors import SourceNotFound, SourceRefused, UsageError
    from swarm.memory.catalogue import Catalogue
    from swarm.pools import lent
    from swarm.settings import load_settings

    settings = load_settings()

    async def asked() -> "T":
        async with lent(stack.database_url(settings)) as pool:
            return await ask(Catalogue(pool), settings)

    try:
        return asyncio.run(asked())
    except (SourceRefused, SourceNotFound) as error:
        raise UsageError(str(error)) from None


def _list_sources(as_json: bool) -> None:
    from swarm.memory import sources

    async def listed(catalogue: "Catalogue", _: "Settings") -> list[sources.Kept]:
        return await sources.every(catalogue.pool)

    found = with_catalogue(listed)
    if as_json:
        return emit({"sources": [each.model_dump(mode="json") for each in found]})
    for each in found:
        when = f"{each.refreshed:%Y-%m-%d %H:%M}" if each.refreshed else "never"
        again = f"every {each.every} s" if each.every else "when asked"
        say(f"{each.state:10} {each.items:6} items  looked at {when}, {again}  {each.uri}", out=True)


def _print_ingested(found: "list[Ingested]", missing: str, as_json: bool) -> None:
    if as_json:
        emit({"sources": [each.model_dump(mode="json") for each in found], "missing": missing})
    for each in found if not as_json else ():
        change = each.change
        say(
            f"{each.uri}: {change.new} new, {change.changed} changed, {change.same + each.unchanged} as before,"
            f" {each.forgotten} gone; {change.added} passages added, {change.removed} removed",
            out=True,
        )
        for failure in each.failures:
            say(f"  not read: {failure}")
        if each.failed > len(each.failures):
            say(f"  and {each.failed - len(each.failures)} more")
    if missing and not as_json:
        say(missing)
    if found and all(each.failed and not each.items for each in found):
        raise typer.Exit(1)


def _standard_input() -> str:
    import sys

    return sys.stdin.read(10_000_001)


def _place(passage: "Passage") -> str:
    from swarm.passages import place

    return place(passage)
