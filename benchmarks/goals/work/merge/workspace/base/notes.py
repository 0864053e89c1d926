"""Notes in a file."""

import json
from pathlib import Path


class StoreError(Exception):
    """Something is wrong with a file of notes."""


class Store:
    """Notes by number."""

    def __init__(self, path):
        self.path = Path(path)
        self.notes = self._load()

    def add(self, text):
        """Add a note and return its number."""
        number = max(self.notes, default=0) + 1
        self.notes[number] = text
        self._save()
        return number

    def remove(self, number):
        """Remove a note; StoreError where there is none."""
        if number not in self.notes:
            raise StoreError(f"there is no note {number}")
        del self.notes[number]
        self._save()

    def lines(self):
        """Return the notes as lines."""
        return [f"{number} {text}" for number, text in self.notes.items()]

    def _load(self):
        if not self.path.exists():
            return {}
        data = json.loads(self.path.read_text())
        if data["version"] != 1:
            raise StoreError(f"version {data['version']} is too new")
        return {note["id"]: note["text"] for note in data["notes"]}

    def _save(self):
        notes = [{"id": number, "text": text} for number, text in self.notes.items()]
        self.path.write_text(json.dumps({"version": 1, "notes": notes}))
