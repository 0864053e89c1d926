"""Addresses: what a person names a source or an item by, as the catalogue knows it."""

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from swarm.errors import SourceRefused
from swarm.file_names import on_disk


def address(text: str, folder: Path | None = None) -> str:
    """Return what a person wrote as an address; a path becomes `file://` and absolute. Raises SourceRefused."""
    text = text.strip()
    if not text:
        raise SourceRefused("an empty address names nothing; give a path, a URL or github:OWNER/REPO")
    scheme, colon, _ = text.partition(":")
    if text.startswith("file:") or not (colon and scheme.replace("-", "").isalnum() and len(scheme) > 1):
        return path_of(text, folder).as_uri()
    return text


def path_of(uri: str, folder: Path | None = None) -> Path:
    """Return the path of `file:///a/b`, `file:b` or plain `b`, without links."""
    rest = uri.removeprefix("file:")
    if uri.startswith("file://"):
        rest = os.fsdecode(unquote_to_bytes(urlsplit(uri).path))
    try:
        return on_disk((folder or Path.cwd()) / Path(rest).expanduser()).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise SourceRefused(f"{uri[:200]!r} is not a usable path ({error})") from None
