"""Reading and writing files of notes."""

import json

from notes.model import Note, StoreError


def load(path):
    """Return the notes by number, and the number that comes next."""
    if not path.exists():
        return {}, 1
    data = json.loads(path.read_text())
    if data["version"] > 2:
        raise StoreError(f"version {data['version']} is too new")
    notes = {note["id"]: Note(note["id"], note["text"], note.get("due")) for note in data["notes"]}
    return notes, data.get("next", max(notes, default=0) + 1)


def save(path, notes, following):
    """Write the notes."""
    rows = [{"id": note.id, "text": note.text, "due": note.due} for note in notes.values()]
    path.write_text(json.dumps({"version": 2, "next": following, "notes": rows}))
