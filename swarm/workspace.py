"""The workspace: the one folder a run may write to."""

import errno
import os
import tempfile
from pathlib import Path, PurePosixPath

from swarm.errors import StackError, WorkspaceError
from swarm.points import durable

MAX_BYTES = 2_000_000
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Workspace:
    """A folder with its rules: relative paths only, nothing hidden, nothing outside, no foreign file replaced.

    A file that was there before the run is replaced only if the run's goal names it, and the old one is kept.
    """

    def __init__(self, root: Path, keep: Path, goal: str, below: "Workspace | None" = None) -> None:
        self.root = root.resolve()
        self._keep = keep
        self._goal = goal
        self._below = below

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
        if any(part.startswith(".") for part in path.parts):
            raise WorkspaceError(f"{name!r} is hidden; hidden files are not written")
        full = self.root / path
        if not _is_below(full, self.root):
            raise WorkspaceError(f"{name!r} leads out of the workspace through a link")
        return full

    def write(self, name: str, content: str | bytes) -> str:
        """Write `content` to `name`, whole or not at all, and return its relative path. Raises WorkspaceError."""
        path = self.resolve(name)
        data = content.encode("utf-8", "replace") if isinstance(content, str) else content
        if len(data) > MAX_BYTES:
            raise WorkspaceError(f"{name!r} would have {len(data)} bytes; the limit is {MAX_BYTES}")
        try:
            self._keep_old(path)
            # Marked first: after a kill between the two the file is still known not to be somebody else's.
            with durable(f"mark {name}"):
                self._mark(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not self.holds(name, data):
                with durable(f"file {name}"):
                    _replace(path, data)
        except OSError as error:
            if error.errno in _FULL:
                raise StackError(f"cannot write {name!r}: {error.strerror}; free some space") from None
            raise WorkspaceError(f"cannot write {name!r}: {error.strerror or error}") from None
        return path.relative_to(self.root).as_posix()

    def read(self, name: str) -> bytes:
        """Return the bytes of a file in the workspace; raises WorkspaceError."""
        path = self.resolve(name)
        if self._below and not path.exists() and self._below.offers(name):
            return self._below.read(name)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise WorkspaceError(f"{name!r} is larger than {MAX_BYTES} bytes")
            return path.read_bytes()
        except OSError as error:
            raise WorkspaceError(f"cannot read {name!r}: {error.strerror or error}") from None

    def holds(self, name: str, content: bytes) -> bool:
        """Say whether the file under `name` is there with this very content."""
        path = self.resolve(name)
        return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content

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

    def _keep_old(self, path: Path) -> None:
        """Save a file of somebody else's before it is replaced; refuse if the goal does not name it."""
        if not path.exists() or self._marker(path).exists():
            return
        if path.is_dir():
            raise WorkspaceError(f"{path.name!r} is a folder; name a file")
        if path.name not in self._goal:
            raise WorkspaceError(
                f"{path.name!r} was there before this run and the goal does not name it; choose another name"
            )
        old = self._keep / "replaced" / path.relative_to(self.root)
        old.parent.mkdir(parents=True, exist_ok=True)
        with durable(f"keep {path.name}"):
            _replace(old, path.read_bytes())

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


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".swarm-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
