"""Notes in a file."""

import json
from pathlib import Path


class BookError(Exception):
    """Something is wrong with a file of notes."""


class Book:
    """Notes by number."""

    def __init__(self, path):
        self.path = Path(path)
        self.notes = self._load()

    def add(self, text, tags=()):
        """Add a note and return its number; BookError where it is empty. Tags are kept in small letters, each once."""
        text = " ".join(text.split())
        if not text:
            raise BookError("a note is empty")
        number = max(self.notes, default=0) + 1
        self.notes[number] = (text, list(dict.fromkeys(tag.strip("# ").lower() for tag in tags)))
        self._save()
        return number

    def remove(self, number):
        """Remove a note; BookError where there is none."""
        if number not in self.notes:
            raise BookError(f"there is no note {number}")
        del self.notes[number]
        self._save()

    def find(self, tag):
        """Return the numbers of notes with a tag, in any case, with or without its #."""
        return [number for number, (_, tags) in self.notes.items() if tag.strip("# ").lower() in tags]

    def lines(self, tag=None):
        """Return the notes as lines, or those with a tag."""
        shown = self.notes if tag is None else self.find(tag)
        return [" ".join([str(n), self.notes[n][0], *(f"#{tag}" for tag in self.notes[n][1])]) for n in shown]

    def _load(self):
        if not self.path.exists():
            return {}
        data = json.loads(self.path.read_text(encoding="utf-8"))
        if data["version"] > 2:
            raise BookError(f"version {data['version']} is too new")
        return {note["id"]: (note["text"], note.get("tags", [])) for note in data["notes"]}

    def _save(self):
        notes = [{"id": number, "text": text, "tags": tags} for number, (text, tags) in self.notes.items()]
        text = json.dumps({"version": 2, "notes": notes}, ensure_ascii=False)
        partial = self.path.with_name(f"{self.path.name}.part")
        partial.write_text(text, encoding="utf-8")
        partial.replace(self.path)
