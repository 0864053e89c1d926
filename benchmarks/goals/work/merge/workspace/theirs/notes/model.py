"""What a note is."""

from dataclasses import dataclass
from datetime import date


class StoreError(Exception):
    """Something is wrong with a file of notes."""


@dataclass(frozen=True)
class Note:
    """One note; `due` is a day as in 2024-05-01, or None."""

    id: int
    text: str
    due: str | None = None

    def __str__(self):
        return f"{self.id} {self.text}" + (f" (due {self.due})" if self.due else "")


def day(text):
    """Return a day as it is kept; StoreError where it is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise StoreError(f"{text} is not a day") from None
