"""Pins: a function calls others as they were when its tests called them; an export brings these versions along."""

from collections.abc import Sequence

from swarm.functions.library import Library
from swarm.functions.records import Version


async def with_pinned(library: Library, versions: Sequence[Version]) -> list[Version]:
    """Return versions with those they call, and what these call, as they are pinned; what is called comes first."""
    known, order = dict[str, Version](), list[Version]()

    async def add(version: Version) -> None:
        if version.label in known:
            return
        known[version.label] = version
        for name, pin in version.function.calls.items():
            await add(await library.get(name, pin))
        order.append(version)

    for version in versions:
        await add(version)
    names = {each.name for each in versions}
    current = {each.name: each.number for each in versions}
    kept = [each for each in order if each.maker != "builtin" or each.name in names]
    # Of each name the version that is called now comes last, so that it is the one after an import, too.
    return sorted(kept, key=lambda each: each.number == current.get(each.name))
