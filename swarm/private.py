"""Private files: for their owner only, and whole or not there at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OTHERS = 0o077
"""The rights of group and others."""
_usual: list[int] = []


def write_private(path: Path, text: str) -> None:
    """Replace a file by `text` with mode 0600; a reader or a kill never meets a part of it. Raises OSError."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)  # one that a kill left may be open
        file.write(text)
    fresh.replace(path)


def create_private() -> None:
    """Have this process create files and folders for its user only; what is meant for others is `shared_as_usual`."""
    _usual.append(os.umask(OTHERS))


@contextmanager
def shared_as_usual() -> Iterator[None]:
    """Create files in the block with the rights that the user's shell gives them: an export, say."""
    before = os.umask(_usual[0]) if _usual else None
    try:
        yield
    finally:
        if before is not None:
            os.umask(before)
