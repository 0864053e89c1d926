"""What is taken off an order."""

from stall.money import percent
from stall.orders import Item, Order

_STEPS = ((10, 5), (50, 12))
_LARGE, _LARGE_RATE = 100_00, 3


def item_total(item: Item) -> int:
    """Return what an item costs after its own discount."""
    full = item.count * item.price
    for least, rate in _STEPS:
        if item.count > least:
            return full - percent(full, rate)
    return full


def order_total(order: Order) -> int:
    """Return what an order costs after all discounts."""
    total = sum(item_total(item) for item in order.items)
    if total >= _LARGE:
        total -= percent(total, _LARGE_RATE)
    return total
