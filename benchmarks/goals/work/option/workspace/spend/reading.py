"""Reading files of expenses."""

import csv
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from spend.errors import SpendError


@dataclass(frozen=True)
class Entry:
    """One expense."""

    date: str
    category: str
    amount: Decimal


def read(file: str) -> list[Entry]:
    """Return the expenses of a file; raises SpendError."""
    try:
        with open(file, encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise SpendError(f"{file}: {error.strerror}") from None
    found = []
    for number, row in enumerate(rows, 2):
        try:
            found.append(Entry(row["date"], row["category"].strip(), Decimal(row["amount"])))
        except (KeyError, TypeError, AttributeError, InvalidOperation):
            raise SpendError(f"{file}, line {number}: not date, category and amount") from None
    return found
