"""The format text."""

from spend.totals import Summary


def render_text(summary: Summary, options: dict[str, str]) -> str:
    """Return a table with straight columns and the total below a line."""
    rows = [(row.category or "(none)", f"{row.amount:,.2f}") for row in summary.rows]
    rows.append(("total", f"{summary.total:,.2f}"))
    wide, far = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"{name:{wide}}  {amount:>{far}} {options['currency']}" for name, amount in rows]
    lines.insert(-1, "-" * len(lines[0]))
    return "\n".join(lines)
