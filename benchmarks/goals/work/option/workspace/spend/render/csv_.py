"""The format csv."""

import csv
import io

from spend.totals import Summary


def render_csv(summary: Summary, options: dict[str, str]) -> str:
    """Return rows of category and amount; there is no total."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["category", "amount"])
    for row in summary.rows:
        writer.writerow([row.category, f"{row.amount:.2f}"])
    return file.getvalue().rstrip("\n")
