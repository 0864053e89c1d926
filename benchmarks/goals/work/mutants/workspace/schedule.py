"""When a job runs next, by a line as in a crontab; see README.md."""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta

_NAMES = {
    "month": "jan feb mar apr may jun jul aug sep oct nov dec".split(),
    "weekday": "sun mon tue wed thu fri sat".split(),
}
_FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
_SHORT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_YEARS = 8
_LAST = "L"


class ScheduleError(ValueError):
    """A line that says nothing, or a time that never comes."""


@dataclass(frozen=True)
class Schedule:
    """The values of each field, and whether day and weekday are limited."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    last: bool
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either: bool

    def matches(self, moment: datetime) -> bool:
        return moment.minute in self.minutes and moment.hour in self.hours and self._on(moment)

    def next(self, moment: datetime) -> datetime:
        found = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = moment.year + _YEARS
        while found.year <= end:
            if not self._on(found):
                found = found.replace(hour=0, minute=0) + timedelta(days=1)
            elif found.hour not in self.hours:
                found = found.replace(minute=0) + timedelta(hours=1)
            elif found.minute not in self.minutes:
                found += timedelta(minutes=1)
            else:
                return found
        raise ScheduleError(f"nothing within {_YEARS} years")

    def between(self, begin: datetime, end: datetime) -> list[datetime]:
        found, rows = begin - timedelta(minutes=1), []
        if begin.second or begin.microsecond:
            found = begin
        while True:
            try:
                found = self.next(found)
            except ScheduleError:
                return rows
            if found >= end:
                return rows
            rows.append(found)

    def __str__(self) -> str:
        days = _short(self.days, 1, 31, "1-31" if self.either else "*") if self.days else ""
        if self.last:
            days = f"{days},{_LAST}" if days else _LAST
        weekdays = _short(self.weekdays, 0, 6, "0-6" if self.either else "*")
        if not self.either and not days.startswith("*") and weekdays != "*":
            raise ScheduleError("a day that must be both has no short form")
        return " ".join(
            (
                _short(self.minutes, 0, 59),
                _short(self.hours, 0, 23),
                days,
                _short(self.months, 1, 12),
                weekdays,
            )
        )

    def _on(self, moment: datetime) -> bool:
        if moment.month not in self.months:
            return False
        length = calendar.monthrange(moment.year, moment.month)[1]
        day = moment.day in self.days or (self.last and moment.day == length)
        weekday = moment.isoweekday() % 7 in self.weekdays
        return day or weekday if self.either else day and weekday


def parse(line: str) -> Schedule:
    """Read a line; raises ScheduleError, which names the field."""
    fields = _SHORT.get(line.strip().lower(), line).split()
    if len(fields) != len(_FIELDS):
        raise ScheduleError(f"{len(fields)} fields instead of {len(_FIELDS)}")
    found = {name: _values(name, text) for name, text in zip(_FIELDS, fields)}
    last = _LAST in fields[2].upper().split(",")
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    months, days = found["month"], found["day"]
    if not either and not last and all(min(days) > _LONGEST[month - 1] for month in months):
        raise ScheduleError(f"day: {min(days)} never comes in these months")
    weekdays = tuple(sorted({value % 7 for value in found["weekday"]}))
    return Schedule(found["minute"], found["hour"], days, last, months, weekdays, either)


def _values(name: str, text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for item in text.split(","):
        if name == "day" and item.upper() == _LAST:
            continue
        found.update(_item(name, item))
    return tuple(sorted(found))


def _item(name: str, item: str) -> list[int]:
    low, high = _FIELDS[name]
    span, slash, step = item.partition("/")
    width = 1
    if slash:
        if not step.isdigit() or int(step) < 1:
            raise ScheduleError(f"{name}: {step!r} is not a step")
        width = int(step)
    begin, dash, end = span.partition("-")
    if span == "*":
        first, last = low, high - (name == "weekday")
    elif dash:
        first, last = _value(name, begin), _value(name, end)
    else:
        first = _value(name, begin)
        last = (high - (name == "weekday") if first < 7 or name != "weekday" else 7) if slash else first
    if first <= last:
        return list(range(first, last + 1, width))
    count = high - low + (name != "weekday")
    return [low + (value - low) % count for value in range(first, last + count + 1, width)]


def _value(name: str, text: str) -> int:
    low, high = _FIELDS[name]
    names = _NAMES.get(name, [])
    if text.lower() in names:
        return names.index(text.lower()) + low
    if not text.isdigit():
        raise ScheduleError(f"{name}: {text!r} is not a value")
    if not low <= int(text) <= high:
        raise ScheduleError(f"{name}: {text} is not within {low}-{high}")
    return int(text)


def _short(values: tuple[int, ...], low: int, high: int, full: str = "*") -> str:
    if len(values) == high - low + 1:
        return full
    rows: list[list[int]] = []
    for value in values:
        if rows and value == rows[-1][-1] + 1:
            rows[-1].append(value)
        else:
            rows.append([value])
    return ",".join(f"{row[0]}-{row[-1]}" if len(row) > 2 else ",".join(map(str, row)) for row in rows)
