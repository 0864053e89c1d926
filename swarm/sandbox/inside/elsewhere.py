"""Another place and time for the second run of a test: whoever looks at clock, locale or process sees a change.

Dice fall otherwise each time as they are.

What a function returns may depend on its arguments alone; these are what else it could have looked at.
"""

import contextlib
import datetime
import locale
import os
import time

_DAYS = 400
_SHIFT = _DAYS * 86400 + 12345
_PID = 40_000


def move() -> None:
    """Shift the clock, and name another process, zone and locale, for this process."""
    _clock()
    pid = os.getpid() + _PID
    os.getpid = lambda: pid
    os.environ.update(TZ="Asia/Kathmandu", LANG="C", LC_ALL="C", HOME="/nowhere", USER="somebody")
    time.tzset()
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "C")


def _clock() -> None:
    now, now_ns, local, utc, text = time.time, time.time_ns, time.localtime, time.gmtime, time.strftime
    named, ctime = time.asctime, time.ctime
    time.time = lambda: now() + _SHIFT
    time.time_ns = lambda: now_ns() + _SHIFT * 10**9
    time.localtime = lambda at=None: local(time.time() if at is None else at)
    time.gmtime = lambda at=None: utc(time.time() if at is None else at)
    time.strftime = lambda form, at=None: text(form, at or time.localtime())
    time.asctime = lambda at=None: named(at or time.localtime())
    time.ctime = lambda at=None: ctime(time.time() if at is None else at)
    plain_date, plain = datetime.date, datetime.datetime

    class LikeDate(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, plain_date)

    class LikeMoment(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, plain)

    class Date(datetime.date, metaclass=LikeDate):
        @classmethod
        def today(cls) -> "Date":
            return cls.fromtimestamp(time.time())

    class Moment(datetime.datetime, metaclass=LikeMoment):
        @classmethod
        def now(cls, tz: "datetime.tzinfo | None" = None) -> "Moment":
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def today(cls) -> "Moment":
            return cls.fromtimestamp(time.time())

        @classmethod
        def utcnow(cls) -> "Moment":
            return cls.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)  # noqa: UP017

    for kind, name in ((Date, "date"), (Moment, "datetime")):
        kind.__name__ = kind.__qualname__ = name
        setattr(datetime, name, kind)
