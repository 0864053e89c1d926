"""Regular files: read without ever waiting on a pipe or a device, or following a link that was put in their place."""

import os
import stat
from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class NotRegular(OSError):
    """What is there is a folder, a pipe, a socket or a device."""


class TooLarge(OSError):
    """The file has more bytes than are read; they stand in `size`."""

    def __init__(self, size: int) -> None:
        super().__init__(f"it has {size} bytes")
        self.size = size


def read_whole(path: Path, most: int) -> bytes:
    """Return the bytes of a regular file; raises OSError, of it NotRegular, TooLarge or FileNotFoundError."""
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotRegular("it is not a regular file")
        if found.st_size > most:
            raise TooLarge(found.st_size)
        data = file.read(most + 1)
        if len(data) > most:  # it grew, or says nothing of its size, as in /proc
            raise TooLarge(len(data))
        return data


def read_regular(path: Path, most: int) -> bytes | None:
    """Return the bytes of a regular file; None for anything else, and for one that cannot be read."""
    try:
        return read_whole(path, most)
    except OSError:
        return None
