"""Notes in a file."""

from notes.model import Note, StoreError
from notes.store import Store

__all__ = ["Note", "Store", "StoreError"]
