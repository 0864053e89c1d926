"""One heading changes, and nothing else."""

from pathlib import Path

WANTED = """# Guide

## Installation

Install the package. The Setup program asks for a folder.

## Use

Run it. If it fails, see Setup above.
"""


def check(folder: Path, answer: str) -> str:
    """Return what is wrong; the sentences may refer to the heading by its new name."""
    text = (folder / "guide.md").read_text(encoding="utf-8").strip()
    new = WANTED.replace("see Setup above", "see Installation above")
    return "" if text in (WANTED.strip(), new.strip()) else f"guide.md is now: {text!r}"
