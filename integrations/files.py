"""Files: a file, or a folder of them, within the folders a run was granted."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from integrations.ignored import Rule, is_ignored, rule_of
from integrations.reading import BINARY, binary, decode, kind_of_name, looks_binary, read
from swarm.chunks import LIMIT
from swarm.errors import SourceError, SourceNotFound, SourceRefused, SourceUnreadable
from swarm.file_names import on_disk, shown
from swarm.passages import Passage
from swarm.ranking import best, spread
from swarm.run.protected import Protection
from swarm.run.regular_file import NotRegular, TooLarge, read_whole
from swarm.run.secret_content import secret_in

MOST_BYTES = 25_000_000
MOST_FILES = 2000
MOST_FOLDER_BYTES = 50_000_000
_MOST_IN_FOLDER = 5_000_000
LISTING = "files in the folder"
_SKIPPED = {"node_modules", "__pycache__"}
_TOOLS = {
    *(".git", ".hg", ".svn", ".venv", ".tox", ".nox", ".eggs", ".cache", ".idea", ".DS_Store"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints"),
}
"""Hidden, and never a part of a project."""


@dataclass(frozen=True)
class Files:
    """A file or folder; nothing outside `roots` is read, whatever links say. `roots[0]` is the workspace."""

    path: Path
    roots: tuple[Path, ...]
    password: SecretStr | None = None
    """Of PDFs."""
    closed: Protection = field(default_factory=Protection, compare=False)

    @property
    def is_document(self) -> bool:
        """Whether it is one file, not a folder of them."""
        return not self.path.is_dir()

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return the `k` best passages; without a query the beginning of each file. Raises SourceError."""
        path = self._checked(self.path)
        if not path.is_dir():
            return best(await self._read(path, MOST_BYTES), query, k)
        return await self._folder(path, query, k)

    async def whole(self) -> Passage:
        """Return the text of one file as it is; of a folder the paths of its files, a line each. Raises SourceError."""
        path = self._checked(self.path)
        name = self._name(path)
        if path.is_dir():
            paths = "\n".join(shown(each.relative_to(path).as_posix()) for each in self._walk(path))
            return Passage(uri=f"{name}/", title=LISTING, where="file", text=paths)
        return Passage(uri=name, where="file", text=decode(self._bytes(path, MOST_BYTES), None, name))

    def _checked(self, path: Path) -> Path:
        """Return the path without links, inside a root; raises SourceRefused or SourceNotFound."""
        try:
            full = on_disk(path).resolve()
            inside = any(full.is_relative_to(root.resolve()) for root in self.roots)
            exists = inside and full.exists()
        except (OSError, ValueError, RuntimeError) as error:  # too long, a zero byte, a loop of links
            raise SourceRefused(f"{str(path)[:200]!r} is not a usable path ({error})") from None
        granted = ", ".join(map(str, self.roots))
        if not inside:
            raise SourceRefused(f"{shown(str(path))} is outside the folders this run may read; these are: {granted}")
        if not exists:
            raise SourceNotFound(f"there is no {self._name(path)} in {granted}; check the path")
        if why := self.closed.why(full, self.roots):
            raise SourceRefused(f"{self._name(full)} {why}, and is closed unless its person names it exactly")
        return full

    def _walk(self, folder: Path, most: int = 100_000) -> Iterator[Path]:
        return walk(folder, most, self.closed, self.roots)

    async def _folder(self, folder: Path, query: str, k: int) -> list[Passage]:
        passages: list[Passage] = []
        rows: list[str] = []
        left = MOST_FOLDER_BYTES
        for path in self._walk(folder, MOST_FILES):
            size = path.stat(follow_symlinks=False).st_size
            note = f"({size} bytes)"
            try:
                passages += await self._read(self._checked(path), min(_MOST_IN_FOLDER, left))
                left -= size
            except SourceError as error:
                note = f"(not read: {error})"
            rows.append(f"{shown(path.relative_to(folder).as_posix())} {note}")
        if not rows:
            raise SourceNotFound(f"the folder {self._name(folder)} has no files that may be read")
        found = best(passages, query, k) if query.strip() else []
        return found if found and found[0].score > 0 else _beginnings(self._listing(folder, rows), passages, k)

    async def _read(self, path: Path, most: int) -> list[Passage]:
        name = self._name(path)
        kind = kind_of_name(name)
        body = self._bytes(path, most)
        if kind == "text" and body.startswith(b"%PDF-"):
            kind = "pdf"
        if kind not in BINARY and looks_binary(body):
            raise SourceUnreadable(binary(name))
        return await read(body, kind=kind, uri=name, where="file", password=self.password)

    def _bytes(self, path: Path, most: int) -> bytes:
        """Read a regular file whole; raises SourceError, also for one that holds a secret nobody has named."""
        name = self._name(path)
        try:
            body = read_whole(path, most)
        except NotRegular:
            raise SourceUnreadable(f"{name} is not a regular file") from None
        except TooLarge as error:
            raise SourceRefused(f"{name} has {error.size} bytes; at most {most} are read here") from None
        except OSError as error:
            raise SourceUnreadable(f"{name} cannot be read: {error.strerror}") from None
        if (secret := secret_in(name, body)) and not self.closed.is_named(path, self.roots):
            raise SourceRefused(f"{name} holds {secret}, and is closed unless its person names it exactly")
        return body

    def _listing(self, folder: Path, rows: list[str]) -> Passage:
        text = "\n".join(rows)
        if len(text) > LIMIT:
            kept = text[: LIMIT - 40].rsplit("\n", 1)[0]
            text = f"{kept}\n... and {len(rows) - kept.count(chr(10)) - 1} more files"
        return Passage(uri=f"{self._name(folder)}/", title=LISTING, where="file", text=text)

    def _name(self, path: Path) -> str:
        """Return the path as a person would write it: relative to the first root that holds it."""
        for root in (*self.roots, *(root.resolve() for root in self.roots)):
            if path != root and path.is_relative_to(root):
                return shown(path.relative_to(root).as_posix())
        return shown(path.name if path in self.roots and path.is_file() else str(path))


def walk(
    folder: Path, most: int = 100_000, closed: Protection | None = None, roots: tuple[Path, ...] = ()
) -> Iterator[Path]:
    """Yield the files below a folder, in order: not what tools keep there, what `.gitignore` names, nor closed files.

    A project's other dotfiles are files like any other.
    """
    is_closed = (closed or Protection()).closed_below(folder, roots or (folder,))

    def is_left_out(path: Path, rules: list[Rule], is_folder: bool) -> bool:
        skipped = path.name in _SKIPPED or path.name in _TOOLS or is_ignored(path, rules, is_folder)
        return skipped or is_closed(path.relative_to(folder).as_posix())

    count = 0
    rules: dict[str, list[Rule]] = {}
    for place, folders, names in os.walk(folder):
        here = rules.pop(place, []) + rule_of(Path(place))
        folders[:] = sorted(name for name in folders if not is_left_out(Path(place, name), here, is_folder=True))
        rules |= {os.path.join(place, name): here for name in folders}  # noqa: PTH118  os.walk's own spelling
        for name in sorted(names):
            if is_left_out(Path(place, name), here, is_folder=False):
                continue
            if count == most:
                return
            count += 1
            yield Path(place, name)


def _beginnings(listing: Passage, passages: list[Passage], k: int) -> list[Passage]:
    """Share `k` over the files; the listing leads if not every file has a place, and follows if there is room."""
    files = len({passage.uri for passage in passages})
    if files > k:
        return [listing, *spread(passages, k - 1)]
    return [*spread(passages, k - 1), listing] if files < k else spread(passages, k)
