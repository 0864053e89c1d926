"""The changes of a command: what is kept of the differences it made, in what bounds, and what is dropped and why."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from swarm.nodes import Noun
from swarm.sandbox.differences import Difference, Entry, Mode
from swarm.sandbox.hidden import is_hidden

MOST_FILES = 20_000
MOST_BYTES = 200_000_000
MOST_NAMED = 20
_LONGEST_PATH = 1000
_BATCH_BYTES = 8_000_000
_BATCH_FILES = 500
_CACHES = frozenset((".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"))
# Control characters, and those that change the direction in which a terminal shows a name.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_GIT_RECORDS = (".git/HEAD", ".git/packed-refs", ".git/refs/", ".git/config", ".git/hooks/")

Kind = Literal["created", "changed", "deleted"]


class FileChange(Noun):
    """One path that a command has created, changed or deleted; contents are named by their SHA-256.

    `before` is the file as the command found it, `after` what it left; folders have neither and are named only where
    they are new and empty, or gone. The content of a link is where it leads to.
    """

    path: str
    kind: Kind
    mode: Mode
    """What it is now; of what is gone, what it was."""
    was: Mode | None = None
    before: str | None = None
    after: str | None = None
    size: int = 0


class BlobWriter(Protocol):
    """Where contents are kept."""

    async def put(self, blobs: Mapping[str, bytes]) -> None:
        """Keep these contents, each under its SHA-256 in hexadecimal; what is there already may be left."""
        ...


@dataclass
class Batch:
    """Changes whose contents come together, so that never all of them lie in memory."""

    changes: list[FileChange] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    size: int = 0

    def is_full(self) -> bool:
        """Say whether it should be put away before more is added."""
        return self.size >= _BATCH_BYTES or len(self.changes) >= _BATCH_FILES


@dataclass(frozen=True)
class Keeping:
    """What is kept: not what is hidden, not what somebody else has changed since, `.git` only if it is asked for."""

    hidden: frozenset[str] = frozenset()
    keeps_git: bool = False
    started_ns: int = 0
    """Seen by the clock of the file system; a file that changed later was not changed by the command alone."""
    most_files: int = MOST_FILES
    most_bytes: int = MOST_BYTES


class Changes:
    """Sifts differences: `batches` yields what is kept, afterwards `dropped` names the rest."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self._files = 0
        self._bytes = 0
        self._drops: list[str] = []
        self._unnamed = 0
        self._git = False

    @property
    def dropped(self) -> tuple[str, ...]:
        """The lines on what was not kept: the first are named, the others counted."""
        lines = list(self._drops)
        if self._unnamed:
            lines.append(f"and {self._unnamed} more")
        if self._git:
            lines.append(".git: what git recorded is not kept")
        return tuple(lines)

    def batches(self, differences: Iterator[Difference]) -> Iterator[Batch]:
        """Yield the changes in batches; what cannot be read or kept is dropped, never raised."""
        batch = Batch()
        for difference in differences:
            if self._is_passed_over(difference.path):
                continue
            reason = difference.problem or self._unfit(difference)
            try:
                reason = reason or self._add(difference, batch)
            except OSError as error:
                reason = f"it cannot be read ({error.strerror})"
            if reason:
                self._drop(difference.path, reason)
            if batch.is_full():
                yield batch
                batch = Batch()
        if batch.changes:
            yield batch

    def _is_passed_over(self, path: str) -> bool:
        """Caches go without a word; git's records with one line for all."""
        parts = path.split("/")
        if not _CACHES.isdisjoint(parts) or "node_modules/.cache" in path:
            return True
        if ".git" in parts and not self._keeping.keeps_git:
            self._git = self._git or path.startswith(_GIT_RECORDS)
            return True
        return False

    def _unfit(self, difference: Difference) -> str:
        path = difference.path
        try:
            length = len(path.encode())
        except UnicodeEncodeError:
            return "its name is not UTF-8"
        if _UNFIT.search(path):
            return "its name holds control characters"
        if length > _LONGEST_PATH:
            return f"its path has more than {_LONGEST_PATH} bytes"
        if is_hidden(path, self._keeping.hidden):
            return "it is hidden from commands"
        if difference.before and difference.before.mode != "folder" and self._is_younger(difference.before):
            return "somebody else changed it while the command ran"
        after = difference.after
        return "it leads out of the workspace" if after and after.mode == "link" and _leads_out(path, after) else ""

    def _is_younger(self, entry: Entry) -> bool:
        return entry.changed_ns > self._keeping.started_ns > 0

    def _add(self, difference: Difference, batch: Batch) -> str:
        """Add the change, if it is one and fits; else return why not."""
        before, after = difference.before, difference.after
        size = after.size if after and after.mode != "folder" else 0
        if self._bytes + size > self._keeping.most_bytes:
            return f"{size:,} bytes would be more than the {self._keeping.most_bytes:,} that are kept"
        if self._files >= self._keeping.most_files:
            return f"more than {self._keeping.most_files:,} files"
        content = after.read() if after and after.mode != "folder" else None
        new = hashlib.sha256(content).hexdigest() if content is not None else None
        old = before.digest() if before and before.mode != "folder" else None
        is_same_kind = before is not None and after is not None and before.mode == after.mode
        if is_same_kind and old == new:
            return ""
        if content is not None and new is not None:
            batch.blobs[new] = content
        batch.changes.append(_change(difference, old, new, size))
        batch.size += size
        self._bytes += size
        self._files += 1
        return ""

    def _drop(self, path: str, reason: str) -> None:
        if len(self._drops) < MOST_NAMED:
            self._drops.append(f"{_shown(path)}: {reason}")
        else:
            self._unnamed += 1


def _change(difference: Difference, old: str | None, new: str | None, size: int) -> FileChange:
    before, after = difference.before, difference.after
    now = after or before
    assert now is not None
    return FileChange(
        path=difference.path,
        kind="deleted" if after is None else "changed" if before else "created",
        mode=now.mode,
        was=before.mode if before else None,
        before=old,
        after=new,
        size=size,
    )


def _leads_out(path: str, link: Entry) -> bool:
    """Say whether a link's text may lead out of the workspace: it is absolute, or climbs higher than it lies."""
    target = os.readlink(link.path, dir_fd=link.folder)
    parts = [part for part in target.split("/") if part not in ("", ".")]
    climbs = next((at for at, part in enumerate(parts) if part != ".."), len(parts))
    return target.startswith("/") or climbs > path.count("/") or ".." in parts[climbs:] or bool(_UNFIT.search(target))


def _shown(path: str) -> str:
    text = path.encode(errors="backslashreplace").decode()
    return _UNFIT.sub(lambda found: f"\\x{ord(found[0]):02x}", text)[:200]
