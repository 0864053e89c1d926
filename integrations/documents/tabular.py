"""Tables and structured texts: rows with their header in every passage, JSON made readable, notebooks cell by cell."""

import json
from collections.abc import Iterator, Sequence

from swarm.chunks import LIMIT

_LONGEST_HEADER = 400
_LONGEST_LINE = 2000


def rows_in_passages(rows: Sequence[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield rows in passages, each beginning with the first row, with the numbers of the rows, from 1."""
    header = rows[0][:_LONGEST_HEADER] if rows else ""
    held, first, last = list[str](), 2, 2
    for number, row in enumerate(rows[1:], start=2):
        if held and len(header) + sum(len(each) + 1 for each in held) + len(row) > LIMIT:
            yield "\n".join([header, *held]), (first, last)
            held = []
        if row.strip():
            first, last = number if not held else first, number
            held.append(row[:_LONGEST_LINE])
    if held:
        yield "\n".join([header, *held]), (first, last)
    elif header.strip():
        yield header, (1, 1)


def readable_json(text: str) -> str:
    """Return JSON that stands in few long lines with a line for each value; anything else as it is."""
    if max(map(len, text.split("\n")), default=0) <= LIMIT:
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return text


def notebook_text(text: str) -> str:
    """Return a Jupyter notebook as Markdown: its texts, its code in fences, no outputs; what is none as it is."""
    try:
        told = json.loads(text)
        language = told.get("metadata", {}).get("kernelspec", {}).get("language", "python")
        cells = [(cell.get("cell_type"), "".join(cell.get("source", []))) for cell in told["cells"]]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return text
    return "\n\n".join(
        f"```{language}\n{body}\n```" if kind == "code" else body for kind, body in cells if body.strip()
    )
