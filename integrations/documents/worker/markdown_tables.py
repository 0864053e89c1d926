"""Tables as Markdown."""

from collections.abc import Sequence


def as_markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as the lines of a Markdown table, the first as its header; short rows get empty cells."""
    most = max(map(len, rows), default=0)
    cells = [[" ".join(text.split()).replace("|", "\\|") for text in row] + [""] * (most - len(row)) for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return [*lines[:1], "|" + " --- |" * most, *lines[1:]]
