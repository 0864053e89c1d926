"""Orders, read from lines of text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from stall.money import cents


class OrderError(ValueError):
    """A line that is no order."""


@dataclass(frozen=True)
class Item:
    name: str
    count: int
    price: int


@dataclass
class Order:
    id: str
    day: date
    customer: str
    items: list[Item] = field(default_factory=list)


def read(lines: Iterable[str], found: list[Order] = []) -> list[Order]:
    """Read orders; a broken line raises OrderError with its number."""
    number = 0
    for line in lines:
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        number += 1
        try:
            found.append(_order(line))
        except ValueError as error:
            raise OrderError(f"line {number}: {error}") from error
    return found


def _order(line: str) -> Order:
    parts = list(_fields(line))
    if len(parts) != 4:
        raise ValueError(f"{len(parts)} fields instead of 4")
    name, day, customer, items = parts
    return Order(name, date.fromisoformat(day), customer, [_item(each) for each in items.split(",")])


def _fields(line: str) -> Iterator[str]:
    current, quoted, at = "", False, 0
    while at < len(line):
        sign = line[at]
        if sign == '"':
            quoted = not quoted
        elif sign == ";" and not quoted:
            yield current
            current = ""
        else:
            current += sign
        at += 1
    if quoted:
        raise ValueError("a quote is not closed")
    yield current


def _item(text: str) -> Item:
    name, _, price = text.partition("@")
    name, _, count = name.partition("*")
    if not name.strip() or not price:
        raise ValueError(f"not an item: {text!r}")
    return Item(name.strip(), int(count or 0), cents(price))
