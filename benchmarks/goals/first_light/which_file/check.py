"""Files by what stands in them, in either case."""

from pathlib import Path


def check(folder: Path, answer: str) -> str:
    """Return which file is missing or wrongly named."""
    for name, mentions in (("anna", True), ("ben", False), ("cleo", True), ("dora", False)):
        if (name in answer.lower()) is not mentions:
            return f"{name}.txt is {'not ' if mentions else ''}named"
    return ""
