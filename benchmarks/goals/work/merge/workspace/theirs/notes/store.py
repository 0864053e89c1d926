"""Notes by number."""

from pathlib import Path

from notes.model import Note, StoreError, day
from notes.storage import load, save


class Store:
    """Notes by number; a number is never given twice."""

    def __init__(self, path):
        self.path = Path(path)
        self.notes, self._next = load(self.path)

    def add(self, text, due=None):
        """Add a note and return its number."""
        note = Note(self._next, text, day(due) if due else None)
        self.notes[note.id] = note
        self._next += 1
        self._save()
        return note.id

    def remove(self, number):
        """Remove a note; StoreError where there is none."""
        if number not in self.notes:
            raise StoreError(f"there is no note {number}")
        del self.notes[number]
        self._save()

    def due_before(self, last):
        """Return the numbers of notes that are due before a day, the earliest first."""
        found = [note for note in self.notes.values() if note.due and note.due < day(last)]
        return [note.id for note in sorted(found, key=lambda note: note.due)]

    def lines(self, before=None):
        """Return the notes as lines, or those due before a day, the earliest first."""
        shown = self.notes if before is None else self.due_before(before)
        return [str(self.notes[number]) for number in shown]

    def _save(self):
        save(self.path, self.notes, self._next)
