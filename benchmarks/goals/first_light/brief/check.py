"""The README's first command: the summary names the facts of all three files, and their sources, on a page."""

import re
from pathlib import Path

FACTS = {
    "budget.txt": (r"9,?350", r"6,?000", r"2,?500", r"\b850\b", r"4,?800", r"1 June"),
    "meeting.md": (r"70 ?(percent|%)", r"12 square", r"\b35\b", r"six months", r"14 May", r"1 September", r"waiver"),
    "survey.pdf": (
        r"\b640\b",
        r"\b371\b|58 ?(percent|%)",
        r"\b212\b",
        r"39 ?(percent|%)",
        r"44 ?(percent|%)",
        r"\b262\b|41 ?(percent|%)",
    ),
}


def check(folder: Path, answer: str) -> str:
    """Return what is missing: at least two facts of each source, its name, and no more than a page."""
    path = folder / "summary.md"
    if not path.is_file():
        return "there is no summary.md"
    text = path.read_text(encoding="utf-8")
    for source, facts in FACTS.items():
        if source not in text:
            return f"{source} is not named"
        found = [fact for fact in facts if re.search(fact, text)]
        if len(found) < 2:
            return f"of {source} only {len(found)} facts are named"
    words = len(text.split())
    return f"{words} words are more than a page" if words > 700 else ""
