"""What a program printed: its beginning and its end, for an endless stream in bounded memory."""


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
        """What was kept, with a note where something is missing."""
        if not self.lost:
            return (self._head + self._tail).decode(errors="replace")
        gap = f"\n[... {self.lost} bytes left out ...]\n"
        return self._head.decode(errors="replace") + gap + self._tail.decode(errors="replace")
