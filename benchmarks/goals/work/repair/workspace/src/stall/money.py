"""Amounts in whole cents."""

import re

_AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d{1,2}))?")


def cents(text: str) -> int:
    """Read an amount such as "1.5" or "-0.05"."""
    match = _AMOUNT.match(text.strip())
    if match is None:
        raise ValueError(f"not an amount: {text!r}")
    sign, whole, part = match.groups()
    value = int(whole) * 100 + int(part or 0)
    return -value if sign else value


def percent(amount: int, rate: int) -> int:
    """Return a percentage, half a cent rounded away from zero."""
    return round(amount * rate / 100)


def share(amount: int, parts: int) -> list[int]:
    """Split an amount into parts that differ by a cent at most, larger ones first."""
    if parts < 1:
        raise ValueError(f"parts must be at least 1, not {parts}")
    each, rest = divmod(amount, parts)
    return [each + 1] * rest + [each] * (parts - rest)


def text(amount: int) -> str:
    """Write an amount with two places."""
    return f"{amount // 100}.{amount % 100:02d}"
