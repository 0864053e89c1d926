"""The workspace: the one folder a run may write to."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from swarm.errors import StackError, WorkspaceError
from swarm.file_names import names_in, on_disk, shown
from swarm.points import durable
from swarm.run.protected import Protection, named_in
from swarm.run.regular_file import NotRegular, TooLarge, read_regular, read_whole
from swarm.text.sanitize import has_control

MAX_BYTES = 2_000_000
MOST_BYTES = 200_000_000
"""Of a file that a command has written."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Workspace:
    """A folder with its rules: relative paths only, nothing outside, nothing protected (`swarm.run.protected`).

    What a run does to it goes through `swarm.store.file_changes`, which keeps every file that is replaced.
    """

    def __init__(
        self, root: Path, keep: Path, goal: str, below: "Workspace | None" = None, home: Path | None = None
    ) -> None:
        self.root = root.resolve()
        self._keep = keep
        self._goal = goal
        self._below = below
        self.closed = Protection(home, named_in(goal))

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders files are read from: its own, then the one below it."""
        return (self.root, *(self._below.roots if self._below else ()))

    def resolve(self, name: str) -> Path:
        """Return the path of `name` inside the workspace; raises WorkspaceError for any other place."""
        name = name.encode("utf-8", "replace").decode()
        path = PurePosixPath(name)
        if path.is_absolute() and path.is_relative_to(self.root):
            path = path.relative_to(self.root)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
            raise WorkspaceError(f"{name!r} is not a path inside the workspace; use a relative one such as notes/a.md")
        if has_control(name):
            raise WorkspaceError(f"{name!r} has control characters in it; choose a plain name")
        full = on_disk(self.root / path)
        if not _is_below(full, self.root):
            raise WorkspaceError(f"{name!r} leads out of the workspace through a link")
        if why := self.closed.why(full, (self.root,)) or self.closed.why(full.resolve(), (self.root,)):
            raise WorkspaceError(f"{name!r} {why}, and is not touched unless its person names it exactly")
        return full

    def relative(self, name: str) -> str:
        """Return the relative path of `name`; raises WorkspaceError for any place that is not inside."""
        return shown(self.resolve(name).relative_to(self.root).as_posix())

    def write(self, name: str, content: str | bytes) -> str:
        """Write `content` to `name`, whole or not at all, and return its relative path; an old file is kept aside.

        Raises WorkspaceError.
        """
        path = self.resolve(name)
        data = content.encode("utf-8", "replace") if isinstance(content, str) else content
        if len(data) > MAX_BYTES:
            raise WorkspaceError(f"{name!r} would have {len(data)} bytes; the limit is {MAX_BYTES}")
        with _told(name):
            self._keep_old(path)
        self.put(name, data)
        return shown(path.relative_to(self.root).as_posix())

    def put(self, name: str, data: bytes, executable: bool | None = None) -> None:
        """Put a file in its place, whole or not at all; the mode of one that was there stays. Raises WorkspaceError."""
        path = self.resolve(name)
        if path.is_dir():
            raise WorkspaceError(f"{name!r} is a folder; name a file")
        if path.exists() and not path.is_file():
            raise WorkspaceError(f"{name!r} is a pipe, a socket or a device; name a file")
        with _told(name):
            # Marked first: after a kill between the two the file is still known not to be somebody else's.
            with durable(f"mark {name}"):
                self._mark(path)
            self._make_folders(path.parent)
            mode = _mode(path, executable, 0o600 if self._is_private else 0o644)
            if not self.holds(name, data) or stat.S_IMODE(path.stat().st_mode) != mode:
                with durable(f"file {name}"):
                    _replace(path, data, mode)

    def make_folder(self, name: str) -> None:
        """Make a folder, and those above it; raises WorkspaceError."""
        path = self.resolve(name)
        with _told(name):
            self._make_folders(path)

    def remove(self, name: str) -> None:
        """Delete a file, and the folders that this leaves empty; harmless where it is gone. Raises WorkspaceError."""
        path = self.resolve(name)
        with _told(name), durable(f"file {name}"):
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if parent == self.root or not parent.is_dir() or next(parent.iterdir(), None) is not None:
                    break
                parent.rmdir()

    def content_of(self, name: str) -> bytes | None:
        """Return the bytes of a regular file, None where there is none; raises WorkspaceError for anything else."""
        path = self.resolve(name)
        with _told(name, "read"):
            try:
                return read_whole(path, MOST_BYTES)
            except FileNotFoundError:
                return None
            except NotRegular:
                raise WorkspaceError(f"{name!r} is not a regular file") from None
            except TooLarge as error:
                raise WorkspaceError(f"{name!r} has {error.size} bytes; the limit is {MOST_BYTES}") from None

    def is_foreign(self, name: str) -> bool:
        """Say whether a file was there before the run and the run's goal does not name it."""
        path = self.resolve(name)
        return path.exists() and not self._marker(path).exists() and not names_in(self._goal, path.name)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file in the workspace; raises WorkspaceError."""
        path = self.resolve(name)
        if self._below and not path.exists() and self._below.offers(name):
            return self._below.read(name)
        try:
            return read_whole(path.resolve(), MAX_BYTES)
        except TooLarge:
            raise WorkspaceError(f"{name!r} is larger than {MAX_BYTES} bytes") from None
        except OSError as error:
            raise WorkspaceError(f"cannot read {name!r}: {error.strerror or error}") from None

    def holds(self, name: str, content: bytes) -> bool:
        """Say whether the file under `name` is there with this very content."""
        path = self.resolve(name)
        return path.is_file() and path.stat().st_size == len(content) and read_regular(path, MOST_BYTES) == content

    def claim(self, name: str) -> None:
        """Take a file that is there for one that this run has written."""
        self._mark(self.resolve(name))

    def exists(self, name: str) -> bool:
        """Say whether there is a non-empty file under `name`."""
        try:
            path = self.resolve(name)
            if path.is_file():
                return path.stat().st_size > 0
        except (WorkspaceError, OSError):
            return False
        return self._below is not None and self._below.offers(name) and self._below.exists(name)

    def offers(self, name: str) -> bool:
        """Whether a workspace above this one may read `name` here: not what this one's own run has written."""
        return not self._marker(self.resolve(name)).exists()

    @property
    def _is_private(self) -> bool:
        """Whether it lies in the run's own folder, where all is its owner's alone; else it is a project of his."""
        return self.root.is_relative_to(self._keep.resolve())

    def _make_folders(self, path: Path) -> None:
        """Make a folder and those above it; in a project with the usual rights, although this process gives none."""
        missing = [each for each in (path, *path.parents) if not each.exists()]
        path.mkdir(parents=True, exist_ok=True)
        for each in missing:
            each.chmod(0o700 if self._is_private else 0o755)

    def _keep_old(self, path: Path) -> None:
        """Save a file of somebody else's before it is replaced."""
        if not path.is_file() or self._marker(path).exists():
            return
        old = self._keep / "replaced" / path.relative_to(self.root)
        old.parent.mkdir(parents=True, exist_ok=True)
        with durable(f"keep {path.name}"):
            _replace(old, read_whole(path, MOST_BYTES), 0o600)

    def _mark(self, path: Path) -> None:
        marker = self._marker(path)
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()

    def _marker(self, path: Path) -> Path:
        return self._keep / "written" / path.relative_to(self.root)


def written_by(keep: Path) -> list[str]:
    """Return the names of the files a run has written, by the folder in which it keeps what it knows of them."""
    marks = keep / "written"
    return sorted(path.relative_to(marks).as_posix() for path in marks.rglob("*") if path.is_file())


def check_workspace(root: Path) -> Path:
    """Return the folder, made if missing; raises WorkspaceError where it cannot be written."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as error:
        raise WorkspaceError(f"workspace {root} is not writable: {error.strerror or error}; choose another") from None
    return root.resolve()


def _is_below(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root)
    except RuntimeError:  # links in a circle
        return False


def _replace(path: Path, data: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".swarm-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _mode(path: Path, executable: bool | None, usual: int) -> int:
    """Return the mode a file is to have: its own or the usual one, with the right to run it as wanted."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.is_file() else usual
    if executable is None:
        return mode
    return mode | (mode & 0o444) >> 2 if executable else mode & ~0o111


@contextmanager
def _told(name: str, verb: str = "write") -> Iterator[None]:
    """Raise WorkspaceError for what the system refuses, StackError for a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StackError(f"cannot {verb} {name!r}: {error.strerror}; free some space") from None
        raise WorkspaceError(f"cannot {verb} {name!r}: {error.strerror or error}") from None
