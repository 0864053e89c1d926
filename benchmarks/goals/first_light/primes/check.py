"""The primes of a range, all and no other."""

import re
from pathlib import Path

PRIMES = {211, 223, 227, 229, 233, 239, 241}


def check(folder: Path, answer: str) -> str:
    """Return which primes are missing, or which number is none."""
    found = {int(number) for number in re.findall(r"\b2\d\d\b", answer)} - {200, 250}
    if missing := PRIMES - found:
        return f"{sorted(missing)} are missing"
    return f"{sorted(found - PRIMES)} are no primes" if found - PRIMES else ""
