"""Private files: for their owner only, and whole or not there at all."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace a file by `text` with mode 0600; a reader or a kill never meets a part of it. Raises OSError."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
