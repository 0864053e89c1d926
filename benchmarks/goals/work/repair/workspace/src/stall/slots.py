"""Times of a day as pairs of minutes."""

Slot = tuple[int, int]


def merge(slots: list[Slot]) -> list[Slot]:
    """Join slots that overlap or touch."""
    slots.sort()
    merged: list[Slot] = []
    for begin, end in slots:
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))
    return merged


def free(day: Slot, taken: list[Slot]) -> list[Slot]:
    """Return what is left of a day."""
    left, at = [], day[0]
    for begin, end in merge(taken):
        if begin > at:
            left.append((at, begin))
        at = end
    if at < day[1]:
        left.append((at, day[1]))
    return left
