"""Notes as a table."""

import csv
import io
from dataclasses import astuple, fields

from notes.model import Note


def table(notes):
    """Return CSV with a column for each field of a note; a value that is a list has blanks between its parts."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([field.name for field in fields(Note)])
    for note in notes:
        writer.writerow([" ".join(each) if isinstance(each, list | tuple) else each for each in astuple(note)])
    return file.getvalue()
