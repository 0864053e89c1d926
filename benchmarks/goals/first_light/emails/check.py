"""Addresses out of prose: each once, sorted, one a line."""

from pathlib import Path


def check(folder: Path, answer: str) -> str:
    """Return what is wrong with the list."""
    path = folder / "emails.txt"
    if not path.is_file():
        return "there is no emails.txt"
    found = path.read_text(encoding="utf-8").split()
    wanted = ["ada@example.org", "bert.maas@example.com", "cox@mail.example.net"]
    return "" if found == wanted else f"it holds {found}"
