"""Text documents: any source that is one document, as lines in its own order; files of text just as they are."""

from collections.abc import Sequence
from pathlib import Path

from integrations.files import MOST_BYTES, Files, walk
from integrations.reading import BINARY, kind_of_name
from integrations.sources import source_for
from swarm.errors import SourceError
from swarm.file_names import same_name, shown
from swarm.passages import Passage, Source
from swarm.ranking import best_names
from swarm.run.protected import Protection
from swarm.run.regular_file import read_regular
from swarm.settings import Settings
from swarm.store.file_changes import version_of
from swarm.text.document import TextDocument

_EVERYTHING = 100_000
_MOST_NAMES = 20_000
_NEAREST = 8
INSIDE = "/workspace"
"""Where commands see the workspace: what they print is read by that name, too."""


def outside_name(name: str) -> str:
    """Return a path as the workspace has it, for one as a command has printed it."""
    bare = name.strip()
    if bare == INSIDE:
        return "."
    return bare.removeprefix(f"{INSIDE}/") if bare.startswith(f"{INSIDE}/") else bare


async def load(source: Source, passages: Sequence[Passage] | None = None) -> tuple[TextDocument, list[Passage]]:
    """Return a source that is one document, with its passages; a file of text keeps each of its lines.

    Raises SourceError.
    """
    if isinstance(source, Files) and kind_of_name(source.path.name) not in BINARY:
        whole = await source.whole()
        text = whole.text.replace("\r\n", "\n").replace("\r", "\n")
        version = version_of(read_regular(source.path, MOST_BYTES) or b"")
        found = await _passages_of(source)
        return TextDocument(whole.uri, tuple(_lines(text)), version=version), found
    found = list(passages) if passages is not None else await source("", _EVERYTHING)
    return _joined(found), found


def source_of(uri: str, roots: tuple[Path, ...], settings: Settings, named: frozenset[str] = frozenset()) -> Source:
    """Return the source for an address, as a command has printed it, too; `named` opens closed files."""
    return source_for(outside_name(uri), roots, settings, named)


def near_names(name: str, roots: Sequence[Path], closed: Protection) -> list[str]:
    """Return the paths of files that are there and whose names are like one that is not."""
    folders = [root for root in roots if root.is_dir()]
    there = [shown(path.relative_to(root).as_posix()) for root in folders for path in walk(root, _MOST_NAMES, closed)]
    last = Path(name).name.casefold()
    same = [each for each in there if same_name(Path(each).name.casefold(), last)]
    near = best_names(there, name.replace("/", " ").replace(".", " "), _NEAREST)
    return list(dict.fromkeys([*same, *near, *there]))[:_NEAREST]


async def _passages_of(source: Files) -> list[Passage]:
    """Return a file's passages, as memory keeps them; none of one that is empty or cannot be cut."""
    try:
        return await source("", _EVERYTHING)
    except SourceError:
        return []


def _joined(passages: Sequence[Passage]) -> TextDocument:
    """Put passages that stand in order together again, with the line at which each page begins."""
    lines: list[str] = []
    pages: list[int] = []
    for passage in passages:
        if passage.page is not None:
            pages += [len(lines)] * max(0, passage.page - len(pages))
        elif lines:
            lines.append("")
        lines += _lines(passage.text)
    return TextDocument(passages[0].uri if passages else "", tuple(lines), tuple(pages))


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines and not lines[-1] else lines
