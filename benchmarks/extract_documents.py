"""Measure reading of documents: the share of the words of a reference that are read, by format.

FOLDER holds, in it or below, `sources/NAME.EXT` with `groundtruth/NAME.EXT.md`, as docling keeps its test files. Recall
is that of the bag of words of the Markdown (lower case, letters and digits; addresses of links and comments of HTML are
not counted), as a mean over the files and over all words. A file that cannot be read has a recall of 0 and says why.

    python -m benchmarks.extract_documents FOLDER
"""

import asyncio
import html
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from integrations.files import Files
from swarm.errors import SourceError

_WORD = re.compile(r"[^\W_]+")
_LOW = 0.95


class Score(NamedTuple):
    """How many words of a reference were read, of how many, and why not more."""

    found: int
    wanted: int
    fault: str = ""

    @property
    def recall(self) -> float:
        """The share of the words that were read."""
        return self.found / self.wanted if self.wanted else 1.0


def pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each source that has a reference, with it."""
    for reference in sorted(folder.rglob("groundtruth/*.md")):
        source = reference.parent.parent / "sources" / reference.stem
        if source.is_file():
            yield source, reference


def words(text: str) -> Counter[str]:
    """Return the words of a text."""
    return Counter(_WORD.findall(text.casefold()))


def wanted(markdown: str) -> Counter[str]:
    """Return the words that a reader of Markdown sees."""
    seen = re.sub(r"<!--.*?-->", " ", markdown, flags=re.DOTALL)
    return words(html.unescape(re.sub(r"\]\([^)]*\)", "] ", seen)))


async def score(source: Path, want: Counter[str]) -> Score:
    """Return how many of these words are read from a source."""
    told, fault = "", ""
    try:
        passages = await Files(source, (source.parent,))("", 100_000)
        told = "\n".join(f"{each.title}\n{each.text}" for each in passages)
    except SourceError as error:
        fault = str(error)
    return Score((want & words(told)).total(), want.total(), fault)


def run(folder: Path) -> None:
    """Print the files of which much is not read, then a row for each format; raises SystemExit if there is none."""
    by_format: dict[str, list[Score]] = defaultdict(list)
    for source, reference in pairs(folder):
        one = asyncio.run(score(source, wanted(reference.read_text("utf-8"))))
        by_format[source.suffix].append(one)
        if one.recall < _LOW:
            print(f"{source.name[:50]:50} {one.recall:6.3f} {one.fault}", flush=True)
    if not by_format:
        raise SystemExit(f"{folder} has no sources/NAME with groundtruth/NAME.md; see --help")
    print(f"\n{'format':10} {'files':>6} {'recall':>8} {'of all words':>13}")
    for suffix, scores in sorted(by_format.items()):
        mean = sum(one.recall for one in scores) / len(scores)
        found, all_ = sum(one.found for one in scores), sum(one.wanted for one in scores)
        print(f"{suffix:10} {len(scores):6} {mean:8.3f} {found / max(1, all_):13.3f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or {"-h", "--help"} & set(sys.argv):
        raise SystemExit(__doc__)
    run(Path(sys.argv[1]))
