"""Reading what a test has made, as a node would."""

from pathlib import Path

from integrations.files import Files
from swarm.passages import Passage


async def read(folder: Path, name: str, body: bytes | str) -> list[Passage]:
    """Write a file and return its passages."""
    (folder / name).write_bytes(body.encode() if isinstance(body, str) else body)
    return await Files(folder / name, (folder,))("", 1000)


async def text_of(folder: Path, name: str, body: bytes | str) -> str:
    """Return all its text, with the titles of its passages."""
    return "\n".join(f"{each.title}\n{each.text}" for each in await read(folder, name, body))
