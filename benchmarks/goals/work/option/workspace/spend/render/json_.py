"""The format json."""

import json

from spend.totals import Summary


def render_json(summary: Summary, options: dict[str, str]) -> str:
    """Return an object with rows and total; amounts are texts, so that no digit is lost."""
    rows = [{"category": row.category, "amount": f"{row.amount:.2f}"} for row in summary.rows]
    return json.dumps({"rows": rows, "total": f"{summary.total:.2f}"}, ensure_ascii=False)
