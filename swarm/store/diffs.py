"""Diffs: what a run has changed, file by file, as a person or a reviewer reads it."""

from collections.abc import Sequence

from swarm.store.blobs import Blobs
from swarm.store.file_changes import FileChange
from swarm.text.edits import diff

_LARGEST = 400_000
"""Bytes of a file whose lines are compared."""
_LEAST = 400


async def diffs(changes: Sequence[FileChange], blobs: Blobs, most: int) -> list[str]:
    """Return one unified diff a file, in at most about `most` characters in all; what does not fit is named."""
    rows, left = list[str](), most
    for number, change in enumerate(changes):
        fair = max(_LEAST, left // max(1, len(changes) - number))
        text = headline(change) if left < _LEAST else await _one(change, blobs, fair)
        left -= len(text)
        rows.append(text)
    return rows


def headline(change: FileChange) -> str:
    """Say in a line what happened to a file."""
    verb = "created" if change.before is None else "deleted" if change.after is None else "changed"
    return f"{verb} {change.path}"


async def _one(change: FileChange, blobs: Blobs, most: int) -> str:
    contents = await blobs.get_all([name for name in (change.before, change.after) if name])
    before, after = (contents.get(name or "", b"") for name in (change.before, change.after))
    sizes = f"{len(before):,} to {len(after):,} bytes"
    if max(len(before), len(after)) > _LARGEST:
        return f"{headline(change)} ({sizes})"
    try:
        old, new = before.decode(), after.decode()
    except UnicodeDecodeError:
        return f"{headline(change)} (binary, {sizes})"
    if change.after is None:
        return f"{headline(change)} ({old.count(chr(10))} lines)"
    return f"{headline(change)}\n{diff(old, new, change.path, most)}"
