"""A sum over a column, and the largest group."""

from pathlib import Path


def check(folder: Path, answer: str) -> str:
    """Return which of the two is missing."""
    plain = answer.replace(",", "")
    if "469.4" not in plain:
        return "the sum, 469.40, is not in the answer"
    return "" if "furniture" in answer.lower() else "furniture is not named"
