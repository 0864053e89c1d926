"""Measure what a node is told of a documentation tree: whether it is to the point, and whether the right thing is told.

The tree is this repository's docs/, without the pages of figures. benchmarks/recall_goals.yaml has forty goals with the
sections that are to the point, and eight for which nothing is; every other goal, from the second on, was held out of
tuning. A passage counts where it lies in one of these sections. Told is what the room for memory holds: of a small
model, and of one with a window of 200,000 tokens.

    python -m benchmarks.recall [--told]
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import yaml

from benchmarks.databases import database
from integrations.embeddings import choose_embedder
from integrations.listing import listed
from swarm.embedding import Embedder
from swarm.llm.profile import Profile
from swarm.memory.addresses import address
from swarm.memory.catalogue import Catalogue
from swarm.memory.strategies import Hybrid
from swarm.memory.vectors import embed_pending
from swarm.passages import Passage
from swarm.settings import load_settings
from tasks.recalling import passages_for, room_of

_TREE = Path(__file__).parent.parent / "docs"
_LEFT_OUT = ("benchmarks.md",)
_MODELS = {"small model": Profile(hands="small"), "large model": Profile(window=200_000)}


@dataclass(frozen=True)
class Judged:
    """A goal with what is to the point for it: files, and first and last lines of their sections."""

    goal: str
    right: tuple[tuple[str, int, int], ...]
    is_held_out: bool

    def fits(self, passage: Passage) -> bool:
        """Say whether a passage is to the point."""
        first, last = passage.lines or (0, 0)
        name = passage.uri.rsplit("/", 1)[-1]
        return any(name == file and first <= end and start <= last for file, start, end in self.right)


def judged() -> list[Judged]:
    """Read the goals; raises SystemExit for a section that is not there any more."""
    rows = yaml.safe_load(Path(__file__).with_name("recall_goals.yaml").read_text(encoding="utf-8"))
    return [
        Judged(row["goal"], tuple(place for each in row["right"] for place in _lines(each)), number % 2 == 1)
        for number, row in enumerate(rows)
    ]


async def main() -> None:
    """Print both measures for both models, with an embedder and by words alone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--told", action="store_true", help="print what is told, and whether it is to the point")
    names_told = parser.parse_args().told
    settings, goals = load_settings(), judged()
    embedder = choose_embedder(settings)
    assert embedder is not None, "unset SWARM_EMBEDDINGS=none: there is nothing to compare"
    async with database() as pool:
        catalogue = Catalogue(pool)
        async for item in listed(address(str(_TREE)), settings):
            if not item.uri.endswith(_LEFT_OUT) and item.uri.endswith(".md"):
                await catalogue.put(await item.read())
        await embed_pending(pool, embedder)
        for how, used in (("by meaning", embedder), ("by words", None)):
            for model, profile in _MODELS.items():
                print(f"{how}, {model}:")
                await _print(catalogue, used, profile, goals, names_told)


async def _print(
    catalogue: Catalogue, embedder: Embedder | None, profile: Profile, goals: Sequence[Judged], names_told: bool
) -> None:
    hybrid = Hybrid(catalogue, embedder)
    told = {each.goal: await passages_for(hybrid, each.goal, room_of(profile)) for each in goals}
    for half in (False, True):
        of = [each for each in goals if each.is_held_out is half]
        wanted, others = [each for each in of if each.right], [each for each in of if not each.right]
        count = sum(len(told[each.goal]) for each in of)
        fit = sum(each.fits(passage) for each in of for passage in told[each.goal])
        reached = sum(any(map(each.fits, told[each.goal])) for each in wanted)
        quiet = sum(not told[each.goal] for each in others)
        print(
            f"  {'held out' if half else 'tuned on':9} {fit} of {count} passages to the point"
            f" ({100 * fit / max(count, 1):.0f} %), something right for {reached} of {len(wanted)} goals,"
            f" nothing for {quiet} of {len(others)} others"
        )
    for each in goals if names_told else ():
        print(f"    {each.goal}")
        for passage in told[each.goal]:
            name, (first, last) = passage.uri.rsplit("/", 1)[-1], passage.lines or (0, 0)
            print(f"      {'+' if each.fits(passage) else '-'} {passage.score:.2f} {name}:{first}-{last}")


def _lines(section: str) -> list[tuple[str, int, int]]:
    """Return the file of a section with its first and last line, or those of the lines that have a word."""
    file, _, heading = section.partition("#")
    file, _, word = file.partition(":")
    rows = (_TREE / file).read_text(encoding="utf-8").splitlines()
    starts = [number for number, row in enumerate(rows, start=1) if row.startswith("## ")] + [len(rows) + 1]
    if word:
        found = [(number, number) for number, row in enumerate(rows, start=1) if word in row]
    elif heading:
        found = [(at, end - 1) for at, end in pairwise(starts) if rows[at - 1].startswith(f"## {heading}")]
    else:
        found = [(1, starts[0] - 1)]
    if not found:
        raise SystemExit(
            f"docs/{file} has no {heading or word!r} any more; say in recall_goals.yaml where it stands now"
        )
    return [(file, first, last) for first, last in found]


if __name__ == "__main__":
    asyncio.run(main())
