"""Materials: what a goal names, read whole while there is room for it, else by its outline, else only named."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from integrations.files import Files, walk
from integrations.text_documents import load, near_names, source_of
from swarm.errors import SourceError, SourceNotFound
from swarm.file_names import shown
from swarm.passages import Passage
from swarm.run.protected import Protection
from swarm.settings import Settings
from swarm.text.document import Part, TextDocument, cut_middle, lines_of, outline_of
from swarm.text.outline import outline
from swarm.text.sections import section
from swarm.text.tree import shown_size, tree_of
from swarm.tree.briefing import Material

_HUGE = 5_000_000
"""Bytes of a file of text from which on it is named and not read."""
_SECONDS = 60.0
"""For one address; files are read as long as they take, which their size bounds."""
_LEAST = 300
"""Characters below which no outline is worth its room."""
_SHARE = 4
"""An outline takes at most this part of the room that is left."""
_BULK = 20_000
"""Characters of a table from which on its shape says more than its rows: it is for a program to read."""
_FIRST_ROWS = 4
_MOST_IN_FOLDER = 60
"""Files of one folder that are read."""
FOLDERS = 24_000
"""Characters that the files of all folders a goal names may have: who names a folder has not asked for each file."""


@dataclass
class Reading:
    """What is read for one briefing: `left` counts the characters there is still room for."""

    roots: tuple[Path, ...]
    settings: Settings
    left: int
    closed: Protection = field(default_factory=Protection)
    folders: int = FOLDERS
    """Characters that files of folders may still take where there is more room than that."""
    materials: list[Material] = field(default_factory=list)
    passages: list[list[Passage]] = field(default_factory=list)
    """Of each source that was read, for the memory."""

    async def take(self, uri: str, most: int | None = None) -> None:
        """Read a file, a page or a folder with its files; what cannot be read says why.

        A text of more than `most` characters is shown by its outline.
        """
        if any(each.place.rstrip("/") == uri.rstrip("/") for each in self.materials):
            return
        try:
            source = source_of(uri, self.roots, self.settings, self.closed.named)
            if isinstance(source, Files) and source.path.is_dir():
                await self._folder(uri, source.path)
                return
            if isinstance(source, Files) and (size := _size(source.path)) > _HUGE:
                self.note(uri, f"{shown_size(size)}, not read for its size; read a part of it")
                return
            # A file is bounded by its size; the other side of a network by nothing.
            seconds = None if isinstance(source, Files) else _SECONDS
            async with asyncio.timeout(seconds):
                document, passages = await load(source)
        except SourceNotFound as error:
            near = near_names(uri, self.roots, self.closed)
            self.note(uri, f"{error}; there are: {', '.join(near)}" if near else f"{error}; the workspace is empty")
        except TimeoutError:
            self.note(uri, f"gave no answer in {_SECONDS:.0f} s")
        except SourceError as error:
            self.note(uri, f"not read: {error}")
        else:
            self._keep(document, uri, self.left if most is None else min(most, self.left))
            self.passages.append(passages)

    async def take_section(self, uri: str, name: str) -> None:
        """Read one definition of a file; the file itself where it has none of that name."""
        if any(each.place == uri and (each.whole or each.note.startswith(f"{name}, ")) for each in self.materials):
            return
        try:
            document, passages = await load(source_of(uri, self.roots, self.settings, self.closed.named))
        except SourceError as error:
            self.note(uri, f"not read: {error}")
            return
        found = section(document.lines, document.place, name)
        if found is None or not found.is_exact:
            await self.take(uri)
            return
        part = lines_of(document, found.first, found.last, self.left)
        self._add(Material(place=document.place, text=part.text, whole=False, note=f"{name}, {part.where}"))
        self.passages.append(passages)

    def smallest_first(self, folders: Sequence[str]) -> list[str]:
        """Order folders by the text in them, so that a large one does not keep a small one from being read."""
        return sorted(folders, key=self._size_of)

    def _size_of(self, uri: str) -> int:
        with suppress(SourceError):
            source = source_of(uri, self.roots, self.settings, self.closed.named)
            if isinstance(source, Files):
                paths = walk(source.path, closed=self.closed, roots=self.roots)
                return sum(map(_text_size, islice(paths, _MOST_IN_FOLDER)))
        return 0

    async def _folder(self, uri: str, folder: Path) -> None:
        """Take a folder's listing, then its files: whole where all fit, none where a folder may not bring so much.

        Where there is less room than that, each gets an equal share.

        The first by name have no more claim to the room than the last.
        """
        paths = list(walk(folder, closed=self.closed, roots=self.roots))
        name = f"{uri.rstrip('/')}/"
        if not paths:
            self.note(name, "the folder has no files that may be read")
            return
        first = paths[:_MOST_IN_FOLDER]
        size = sum(map(_text_size, first))
        listing = tree_of(folder, paths, max(_LEAST, min(self.left // _SHARE, self.folders)))
        if self.folders < size and self.folders < self.left:
            self._add(Material(place=name, text=listing, note=f"{shown_size(size)} of text, not read for you"))
            return
        note = f"of {len(paths)} files the first {_MOST_IN_FOLDER} are read" if len(paths) > _MOST_IN_FOLDER else ""
        self._add(Material(place=name, text=listing, note=note))
        self.folders -= size
        share = None if size <= self.left else self.left // len(first)
        for path in first:
            if self.left < _LEAST:
                self.note(name, "there was no room for all of its files; read those you need")
                return
            await self.take(f"{name}{shown(path.relative_to(folder).as_posix())}", share)

    def _keep(self, document: TextDocument, uri: str, most: int) -> None:
        """Add a document, whole if there is room, else its outline."""
        text, place = _text_of(document), document.place or uri
        if not text.strip():
            self.note(place, "it is empty", document.version)
        elif len(text) <= most and not (len(text) > _BULK and place.endswith((".csv", ".tsv"))):
            self._add(Material(place=place, text=text, digest=document.version))
        elif self.left >= _LEAST:
            room = max(_LEAST, min(most, self.left // _SHARE))
            if outline(document.lines, document.place):
                part = _with_first_rows(outline_of(document, room), document)
            else:
                part = Part(cut_middle(text, room), f"beginning and end of {len(document.lines)} lines")
            note = f"{part.where}; read the lines or sections you need"
            self._add(Material(place=place, text=part.text, whole=False, note=note, digest=document.version))
        else:
            self.note(place, f"{len(document.lines):,} lines, not read for want of room; read it", document.version)

    def note(self, place: str, note: str, digest: str = "") -> None:
        """Name a source that is not read, and say why."""
        self._add(Material(place=place, text="", whole=False, note=note, digest=digest))

    def _add(self, material: Material) -> None:
        self.left -= len(material.text) + len(material.place) + len(material.note)
        self.materials.append(material)


def files_below(root: Path, most: int, closed: Protection) -> list[Path]:
    """Return the files of a workspace, a project's dotfiles too; what `.gitignore` names or is closed is left out."""
    return list(walk(root, most, closed))


def relative_names(root: Path, paths: Sequence[Path], most: int) -> tuple[str, ...]:
    """Return the paths as a person would write them."""
    return tuple(shown(path.relative_to(root).as_posix()) for path in paths[:most])


def _text_of(document: TextDocument) -> str:
    """Return a document's text; where it has pages, each begins with its number."""
    if not document.pages:
        return "\n".join(document.lines)
    ends = (*document.pages[1:], len(document.lines))
    return "\n".join(
        "\n".join([f"[page {number}]", *document.lines[first:last]])
        for number, (first, last) in enumerate(zip(document.pages, ends, strict=True), 1)
        if last > first
    )


def _with_first_rows(part: Part, document: TextDocument) -> Part:
    """Add the first rows to a table's outline: how its values are written."""
    if not document.place.endswith((".csv", ".tsv")):
        return part
    rows = "\n".join(line[:_LEAST] for line in document.lines[: _FIRST_ROWS + 1])
    return replace(part, text=f"{part.text}\nits first rows:\n{rows}")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _text_size(path: Path) -> int:
    """Return the size of a file of text; 0 for others, whose bytes do not say how much text is in them."""
    try:
        if not path.is_file():
            return 0
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return 0
    return 0 if head.startswith(b"%PDF") or b"\0" in head else _size(path)
