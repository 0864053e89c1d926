"""What a program printed: its beginning and its end, for an endless stream in bounded memory."""

import re

_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?")
"""Sequences that a terminal would obey (ECMA-48: CSI and OSC): colours, cursor, titles."""


class Output:
    """Keeps the first and the last half of `limit` bytes: errors stand at the end."""

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._head, self._tail = bytearray(), bytearray()
        self.lost = 0

    def feed(self, data: bytes) -> None:
        """Take in more."""
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        excess = len(self._tail) - self._half
        if excess > 0:
            del self._tail[:excess]
            self.lost += excess

    def text(self) -> str:
        """What was kept, without colours, with a note where something is missing."""
        if not self.lost:
            return _plain(self._head + self._tail)
        return f"{_plain(self._head)}\n[... {self.lost} bytes left out ...]\n{_plain(self._tail)}"


def _plain(data: bytes | bytearray) -> str:
    return _COLOURS.sub("", data.decode(errors="replace"))
