"""Reports on orders."""

from collections.abc import Iterable

from stall import money
from stall.discounts import order_total
from stall.orders import Order


def by_customer(orders: Iterable[Order]) -> list[tuple[str, int]]:
    """Return totals by customer, largest first."""
    totals: dict[str, int] = {}
    for order in orders:
        totals[order.customer] = totals.get(order.customer, 0) + order_total(order)
    return sorted(totals.items(), key=lambda row: (row[1], row[0]), reverse=True)


def table(rows: list[tuple[str, int]]) -> str:
    """Return rows as text in columns."""
    if not rows:
        return ""
    names = max(len(name) for name, _ in rows)
    amounts = max(len(money.text(amount)) for _, amount in rows)
    return "\n".join(f"{name:>{names}}  {money.text(amount):<{amounts}}" for name, amount in rows)
