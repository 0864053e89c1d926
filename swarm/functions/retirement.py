"""Retirement: which functions could be missing without a loss, by the goals that are recorded.

Left out one at a time: where every goal that a function has helped with finds another that does the same (by the tests
of both, swarm/functions/twins.py), nothing is lost without it; nor is with one that no goal has ever called.
"""

from collections.abc import Awaitable, Callable, Sequence

from swarm.functions.admitting import Admission
from swarm.functions.records import Version
from swarm.functions.search import Hit
from swarm.functions.twins import is_twin
from swarm.functions.worth import Worth

Search = Callable[[str, int], Awaitable[Sequence[Hit]]]
_NEAR = 8


async def dispensable(admission: Admission, search: Search, worth: Worth) -> list[tuple[Version, str]]:
    """Return the functions the swarm has made that nothing is lost without, each with the reason; the worst first.

    Raises as tests that are run do.
    """
    library, idle, goals = admission.library, await worth.idle(), await admission.library.goals()
    found: list[tuple[Version, str]] = []
    gone: set[str] = set()
    for version in await library.current():
        if version.maker != "swarm" or version.status not in ("saved", "proven"):
            continue
        if await library.pinned_by(version.name):
            continue
        if shown := idle.get(version.name):
            found.append((version, f"{shown} goals were told of it, and none has called it"))
            gone.add(version.name)
        elif goals.get(version.name) and (others := await _instead(admission, search, version, goals, gone)):
            found.append((version, f"each goal it helped with finds {', '.join(others)}, which does the same"))
            gone.add(version.name)
    return found


async def _instead(
    admission: Admission, search: Search, version: Version, goals: dict[str, list[str]], gone: set[str]
) -> list[str]:
    """Return what does the same for every goal of a function; empty if one goal would find nothing."""
    known: dict[str, bool] = {}
    chosen: list[str] = []
    for goal in goals[version.name]:
        for hit in await search(goal, _NEAR):
            other = hit.version
            if other.name == version.name or other.name in gone:
                continue
            if other.label not in known:
                known[other.label] = await is_twin(admission, version.function, other)
            if known[other.label]:
                chosen.append(other.label)
                break
        else:
            return []
    return list(dict.fromkeys(chosen))
