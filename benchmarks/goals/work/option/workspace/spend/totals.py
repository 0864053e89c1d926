"""What was spent in each category, and in all."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from spend.reading import Entry


@dataclass(frozen=True)
class Row:
    """One category."""

    category: str
    amount: Decimal


@dataclass(frozen=True)
class Summary:
    """The rows in their order, and the total."""

    rows: tuple[Row, ...]
    total: Decimal


def summary(entries: list[Entry], sort: str) -> Summary:
    """Sum up by category; sort is `amount` or `name`."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        amounts[entry.category] += entry.amount
    rows = [Row(category, amount) for category, amount in amounts.items()]
    rows.sort(key=lambda row: (row.category.lower(), row.category))
    if sort == "amount":
        rows.sort(key=lambda row: -row.amount)
    return Summary(tuple(rows), sum(amounts.values(), Decimal()))
