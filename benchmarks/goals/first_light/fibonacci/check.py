"""Two numbers, and the way to them."""

import re
from pathlib import Path


def check(folder: Path, answer: str) -> str:
    """Return which of the two numbers, or the program, is missing."""
    plain = answer.replace(",", "")
    if "102334155" not in plain:
        return "102334155 is not in the answer"
    if not re.search(r"\b24\b", plain):
        return "the sum of the digits, 24, is not in the answer"
    return "" if any(mark in answer for mark in ("for ", "while ", "def ", "F(", " + ")) else "it does not show how"
