"""A table as a list of objects, the quoted comma kept."""

import json
from pathlib import Path


def check(folder: Path, answer: str) -> str:
    """Return what is wrong with the list."""
    try:
        rows = json.loads((folder / "people.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return f"people.json: {error}"
    wanted = [
        ("Ada Lindt", "36", "London"),
        ("Bert Maas", "41", "Graz"),
        ("Cox, Eva", "29", "Lyon"),
        ("Dan Ode", "52", "Graz"),
    ]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return "it is no list of objects"
    found = [tuple(str(row.get(name)) for name in ("name", "age", "city")) for row in rows]
    return "" if found == wanted else f"it holds {found}"
