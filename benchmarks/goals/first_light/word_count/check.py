"""Three counts as JSON."""

import json
from pathlib import Path


def check(folder: Path, answer: str) -> str:
    """Return what is wrong with the counts; characters may be counted with or without line ends or spaces."""
    text = (folder / "notes.txt").read_text(encoding="utf-8")
    try:
        told = json.loads((folder / "counts.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return f"counts.json: {error}"
    while isinstance(told, dict) and len(told) == 1 and isinstance(next(iter(told.values())), dict):
        told = next(iter(told.values()))
    values = set(told.values()) if isinstance(told, dict) else set()
    lines, words = len(text.splitlines()), len(text.split())
    characters = {len(text), len(text.replace("\n", "")), sum(map(len, text.split()))}
    if lines not in values or words not in values or not characters & values:
        return f"{told} is not {lines} lines, {words} words, {len(text)} characters"
    return ""
