"""A span of days and a weekday."""

from pathlib import Path


def check(folder: Path, answer: str) -> str:
    """Return which of the two is missing."""
    if "297" not in answer:
        return "297 is not in the answer"
    return "" if "wednesday" in answer.lower() else "Wednesday is not in the answer"
