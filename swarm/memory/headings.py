"""Headings: where in its document a passage stands, by the headings above it: title > heading > heading below."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from swarm.outages import fetch
from swarm.passages import Passage

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

BETWEEN = " > "
_HEADING = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*$")
_FENCE = re.compile(r"\s*(```|~~~)")
_MARKDOWN = re.compile(r"(?i)\.(md|markdown|mdx|rst|txt|html?)([?#].*)?$|^(https?|note):")
"""What has headings: elsewhere a line that begins with # is a comment."""
_LONGEST = 120
# Of an item only the passages that have a heading, and those that are asked about.
_ROWS = (
    "select i.uri, p.text from swarm.passages p join swarm.items i on i.id = p.item where i.uri = any($1)"
    r" and (p.text ~ '(^|\n)#{1,6}\s' or p.text = any($2)) order by i.uri, p.number"
)


async def paths(pool: "Pool", passages: Sequence[Passage]) -> list[str]:
    """Return the headings above each passage, from the outermost on; empty where there are none."""
    uris = sorted({each.uri for each in passages if _MARKDOWN.search(each.uri)})
    texts = [each.text for each in passages if each.uri in uris]
    found: defaultdict[tuple[str, str], str] = defaultdict(str)
    above: dict[int, str] = {}
    item = ""
    for row in await fetch(pool, _ROWS, uris, texts) if uris else ():
        if row["uri"] != item:
            item, above = row["uri"], {}
        for number, (level, heading) in enumerate(_headings(row["text"])):
            if level and number == 0:  # it begins with a heading of its own
                above = _below(above, level, heading)
            if number == 0:
                found.setdefault((item, row["text"]), BETWEEN.join(above[each] for each in sorted(above)))
            if level and number:
                above = _below(above, level, heading)
    return [found[each.uri, each.text] for each in passages]


async def headed(pool: "Pool", passages: Sequence[Passage]) -> list[Passage]:
    """Return passages with titles that say where they stand: `guide.md > Setup > On a server`."""
    named = []
    for passage, path in zip(passages, await paths(pool, passages), strict=True):
        title = passage.title or passage.uri.rstrip("/").rsplit("/", 1)[-1]
        parts = [title] if not path or path.partition(BETWEEN)[0] == title else [title, path]
        named.append(passage.model_copy(update={"title": path if parts == [title] and path else BETWEEN.join(parts)}))
    return named


def _headings(text: str) -> Iterator[tuple[int, str]]:
    """Yield the headings of a text with their levels; first one of level 0, if it begins with something else."""
    is_code = False
    for number, line in enumerate(text.split("\n")):
        is_code ^= bool(_FENCE.match(line))
        heading = None if is_code else _HEADING.fullmatch(line)
        if heading:
            yield len(heading[1]), heading[2][:_LONGEST]
        elif number == 0:
            yield 0, ""


def _below(above: dict[int, str], level: int, heading: str) -> dict[int, str]:
    return {each: text for each, text in above.items() if each < level} | {level: heading}
