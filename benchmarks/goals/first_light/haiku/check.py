"""Three short lines about the sea, and nothing else in the file."""

from pathlib import Path

WORDS = ("sea", "wave", "tide", "ocean", "salt", "shore", "foam", "blue", "water", "sail", "gull", "deep", "sand")


def check(folder: Path, answer: str) -> str:
    """Return what keeps the file from being a haiku."""
    path = folder / "haiku.txt"
    if not path.is_file():
        return "there is no haiku.txt"
    rows = [row for row in path.read_text(encoding="utf-8").splitlines() if row.strip()]
    if len(rows) != 3 or any(len(row) > 60 for row in rows):
        return f"it has {len(rows)} lines: {rows}"
    return "" if any(word in " ".join(rows).lower() for word in WORDS) else f"it is not about the sea: {rows}"
