"""Write three tables of a small shop, with the dirt that real ones have."""

import csv
import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

_README = """# Tables of the shop, 2023

- `data/orders.csv`: id, date, customer, product, quantity, price (each, in the currency), currency, status
- `data/rates.csv`: month (YYYY-MM), currency, euros (what one unit was worth that month)
- `data/customers.csv`: id, name, country, since

What to know:
- Dates stand as 2023-05-03 or 03.05.2023. Prices have a decimal point or a comma.
- Some orders were exported twice: rows with the same id are one order, the last row counts.
- An order of status `cancelled` does not count at all. One of status `returned` counts with its negative amount, and
  its quantity as negative too.
- A customer may stand under several ids that differ in case or in spaces around them; ids are meant without both.
- Euros of an order: quantity times price times the rate of the order's month; round only at the end, to cents.

report.json has:
- `net`: euros of all that counts (number, two places)
- `monthly`: an object of month to euros, all twelve
- `best_month`: the month with the most
- `top_customers`: the names of the five with the most euros, most first
- `by_country`: an object of country to euros; orders of customers nobody knows count under `unknown`
- `top_product`: the product with the largest quantity
- `cancelled`: how many orders were cancelled
"""
_PRODUCTS = ("kettle", "lamp", "chair", "desk", "mug", "clock", "shelf")
_COUNTRIES = ("AT", "DE", "FR", "CH", "SE")
_WORTH = {"EUR": 1.0, "USD": 0.92, "CHF": 1.03, "SEK": 0.087}


def make(folder: Path) -> None:
    """Write the tables into data/."""
    chance = random.Random(5)
    data = folder / "data"
    data.mkdir()
    (folder / "README.md").write_text(_README, encoding="utf-8")
    months = [f"2023-{month:02d}" for month in range(1, 13)]
    rates = [
        (month, name, f"{worth * (1 if name == 'EUR' else chance.uniform(0.95, 1.05)):.4f}")
        for month in months
        for name, worth in _WORTH.items()
    ]
    _write(data / "rates.csv", ("month", "currency", "euros"), rates)
    people = [
        (f"C{n:03d}", f"Customer {n}", chance.choice(_COUNTRIES), f"20{chance.randint(10, 22)}") for n in range(1, 61)
    ]
    _write(data / "customers.csv", ("id", "name", "country", "since"), people)
    orders = [_order(chance, number) for number in range(1, 3001)]
    for _ in range(120):
        again = list(chance.choice(orders))
        again[4], again[7] = chance.randint(1, 9), chance.choice(("paid", "cancelled", "paid"))
        orders.append(tuple(again))
    head = ("id", "date", "customer", "product", "quantity", "price", "currency", "status")
    _write(data / "orders.csv", head, orders)


def _order(chance: random.Random, number: int) -> tuple[str | int, ...]:
    day = date(2023, 1, 1) + timedelta(days=chance.randrange(365))
    when = day.isoformat() if chance.random() < 0.7 else f"{day.day:02d}.{day.month:02d}.{day.year}"
    person = f"C{min(chance.randint(1, 63), chance.randint(1, 63)):03d}"
    person = chance.choice((person, person, person, person.lower(), f" {person} "))
    price = f"{chance.uniform(3, 400):.2f}"
    price = price.replace(".", ",") if chance.random() < 0.2 else price
    status = chance.choices(("paid", "returned", "cancelled"), (88, 7, 5))[0]
    currency = chance.choices(list(_WORTH), (70, 15, 10, 5))[0]
    return (f"O{number:05d}", when, person, chance.choice(_PRODUCTS), chance.randint(1, 9), price, currency, status)


def _write(path: Path, head: tuple[str, ...], rows: Sequence[tuple[str | int, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
