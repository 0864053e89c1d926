"""Keeping: what a person does with memory beside searching it: sources kept fresh, notes, contents, exports."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from swarm.chunks import chunks
from swarm.errors import SourceError, SourceNotFound, UsageError
from swarm.keys import digest
from swarm.memory import sources
from swarm.memory.addresses import address, path_of
from swarm.memory.catalogue import Catalogue
from swarm.memory.records import Document, Item
from swarm.passages import Passage
from swarm.private import shared_as_usual
from swarm.settings import Settings

if TYPE_CHECKING:
    from integrations.ingesting import Ingested

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LEAST_SECONDS = 300
_LARGEST_NOTE = 10_000_000
_EVERYTHING = 100_000


def seconds_of(text: str) -> int:
    """Read a time such as 30m, 6h, 1d; raises UsageError."""
    found = re.fullmatch(r"(\d{1,5})\s*([mhdw])", text.strip().lower())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if seconds < _LEAST_SECONDS:
        raise UsageError(f"--every {text!r} is not usable: write 30m, 6h, 1d or 2w, and no less than 5m")
    return seconds


async def keep(catalogue: Catalogue, uri: str, seconds: int | None, settings: Settings) -> str:
    """Enter a source, to be looked at so often if a time is given; returns its address. Raises SourceRefused."""
    wanted = address(uri)
    if not wanted.startswith("file:"):
        from integrations.sources import source_for

        source_for(wanted, (), settings)  # says what is wrong with an address before anything is entered
    elif not exists(wanted):
        raise SourceNotFound(f"there is no {address_path(wanted)}; check the path")
    await sources.enter(catalogue.pool, wanted, seconds)
    if seconds is not None:
        from integrations.schedules import schedule

        await schedule(settings, wanted, seconds)
    return wanted


async def drop(catalogue: Catalogue, uri: str, settings: Settings) -> int:
    """Forget an item, a folder or a source with all it brought; raises SourceNotFound if there is nothing."""
    wanted = address(uri)
    kept = {each.uri: each for each in await sources.every(catalogue.pool)}
    brought = await sources.brought(catalogue.pool, wanted)
    if wanted in kept and kept[wanted].every:
        from integrations.schedules import unschedule

        await unschedule(settings, wanted)
    count = await catalogue.forget(wanted)
    for each in brought:
        count += await catalogue.forget(each)
    if not count and wanted not in kept:
        raise SourceNotFound(f"nothing is remembered of {wanted}; `swarm memory ls` lists what is")
    return count


async def note(catalogue: Catalogue, text: str, title: str) -> "Ingested":
    """Remember a text that lies nowhere else; raises UsageError for an empty or too large one."""
    from integrations.ingesting import Ingested

    if not text.strip() or len(text) > _LARGEST_NOTE:
        raise UsageError(f"a note has between 1 and {_LARGEST_NOTE:,} characters; this one has {len(text):,}")
    name = title.strip() or text.strip().splitlines()[0][:80]
    slug = re.sub(r"\W+", "-", name.casefold()).strip("-")[:60]
    uri = f"note:{slug or digest(text)}"
    passages = tuple(
        Passage(uri=uri, title=name, where="database", text=piece.text, lines=piece.lines) for piece in chunks(text)
    )
    document = Document(uri=uri, where="database", title=name, content=text, passages=passages)
    return Ingested(uri=uri, change=await catalogue.put([document]))


async def content(catalogue: Catalogue, item: Item, settings: Settings) -> str:
    """Return an item's text from where it lies. Raises SourceError."""
    if item.where == "database":
        return await catalogue.content(item.uri) or ""
    from integrations.sources import whole  # every reader there is

    # Whoever asks for one item has named it.
    roots = (Path(address_path(item.uri)),) if item.where == "file" else ()
    try:
        return (await whole(item.uri, roots, settings)).text
    except SourceError as error:
        found = await _by_passages(item, roots, settings)
        if not found:
            raise type(error)(f"{error}; `swarm memory show` prints what is remembered of it") from None
        return found


async def export(catalogue: Catalogue, file: Path, below: str) -> int:
    """Write the items below an address to a file, one JSON object a line; returns how many. Raises UsageError."""
    count = 0
    try:
        with shared_as_usual():
            out = file.open("w", encoding="utf-8")
        with out:
            async for item, passages in catalogue.every(address(below) if below else ""):
                told = item.model_dump(mode="json") | {"texts": [each.model_dump(mode="json") for each in passages]}
                out.write(json.dumps(told, ensure_ascii=False) + "\n")
                count += 1
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    return count


def exists(uri: str) -> bool:
    """Say whether there is a file or folder at a `file:` address."""
    return Path(address_path(uri)).exists()


def address_path(uri: str) -> str:
    """Return the path in a `file:` address."""
    return str(path_of(uri))


async def _by_passages(item: Item, roots: tuple[Path, ...], settings: Settings) -> str:
    from integrations.sources import source_for

    try:
        found = await source_for(item.uri, roots, settings)("", _EVERYTHING)
    except SourceError:
        return ""
    return "\n\n".join(passage.text for passage in found)
