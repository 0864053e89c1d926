"""A place for contents, in memory, that checks what it is given."""

import hashlib
from collections.abc import Mapping


class Blobs:
    """Keeps what a command left, by its SHA-256."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.batches: list[int] = []
        """How many bytes came at once."""

    async def put(self, blobs: Mapping[str, bytes]) -> None:
        """Keep contents; each must be what its name says."""
        for name, data in blobs.items():
            assert hashlib.sha256(data).hexdigest() == name
        self.held |= blobs
        self.batches.append(sum(map(len, blobs.values())))
