"""What the swarm is taught by `benchmarks.teaching`: contract, right code, its author's tests, independent tests.

A test is arguments in order and what must come back, or an exception.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Task:
    """One function; `takes` are its parameters with their JSON types (`integer[]` for an array of them)."""

    name: str
    about: str
    takes: dict[str, str]
    returns: str
    code: str
    author: Sequence[tuple[list[Any], Any]]
    independent: Sequence[tuple[list[Any], Any]]


E = ValueError
# fmt: off
TASKS = (
    Task(
        "count_vowels", "Counts the letters a, e, i, o, u in a text, in either case.", {"text": "string"}, "integer",
        "def count_vowels(text):\n    return sum(1 for c in text.lower() if c in 'aeiou')\n",
        [(["hello"], 2), (["AEIOU"], 5)],
        [([""], 0), (["rhythm"], 0), (["a b a"], 2), (["Queue"], 4), (["xyz O"], 1), (["aeiouAEIOU"], 10)],
    ),
    Task(
        "roman", "Writes a number from 1 to 3999 in Roman numerals; any other raises ValueError.", {"n": "integer"}, "string",
        "def roman(n):\n    if not 1 <= n <= 3999:\n        raise ValueError(n)\n    out = ''\n    for value, sign in ((1000, 'M'), (900, 'CM'), (500, 'D'), (400, 'CD'), (100, 'C'), (90, 'XC'), (50, 'L'), (40, 'XL'), (10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I')):\n        while n >= value:\n            out += sign\n            n -= value\n    return out\n",
        [([1], "I"), ([2024], "MMXXIV")],
        [([4], "IV"), ([9], "IX"), ([49], "XLIX"), ([944], "CMXLIV"), ([3999], "MMMCMXCIX"), ([0], E), ([4000], E), ([495], "CDXCV"), ([88], "LXXXVIII"), ([1666], "MDCLXVI")],
    ),
    Task(
        "gcd", "Returns the greatest common divisor of two whole numbers, never negative; of 0 and 0 it is 0.",
        {"a": "integer", "b": "integer"}, "integer",
        "def gcd(a, b):\n    a, b = abs(a), abs(b)\n    while b:\n        a, b = b, a % b\n    return a\n",
        [([12, 18], 6), ([7, 3], 1)],
        [([0, 0], 0), ([0, 5], 5), ([5, 0], 5), ([-12, 18], 6), ([12, -18], 6), ([17, 17], 17), ([100, 75], 25)],
    ),
    Task(
        "median", "Returns the median of numbers, of an even count the mean of the two in the middle; none raises ValueError.", {"numbers": "number[]"}, "number",
        "def median(numbers):\n    if not numbers:\n        raise ValueError('no numbers')\n    s = sorted(numbers)\n    m = len(s) // 2\n    if len(s) % 2:\n        return s[m]\n    return (s[m - 1] + s[m]) / 2\n",
        [([[3, 1, 2]], 2), ([[1, 2, 3, 4]], 2.5)],
        [([[]], E), ([[5]], 5), ([[5, 1]], 3), ([[-1, -5, -3]], -3), ([[2, 2, 2, 8]], 2), ([[1, 9, 2, 8, 3]], 3), ([[0.5, 1.5]], 1.0)],
    ),
    Task(
        "is_palindrome", "Says whether a text reads the same backwards, ignoring case and all that is no letter or digit; an empty one does.", {"text": "string"}, "boolean",
        "def is_palindrome(text):\n    kept = [c.lower() for c in text if c.isalnum()]\n    return kept == kept[::-1]\n",
        [(["Anna"], True), (["Bert"], False)],
        [([""], True), (["A man, a plan, a canal: Panama"], True), (["ab"], False), (["1221"], True), (["12 3"], False), (["!?"], True), (["abca"], False)],
    ),
    Task(
        "format_bytes", "Writes a number of bytes as B, KB, MB or GB (each 1024 of the one before) with one decimal, bytes without; negative raises ValueError.", {"n": "integer"}, "string",
        "def format_bytes(n):\n    if n < 0:\n        raise ValueError(n)\n    if n < 1024:\n        return f'{n} B'\n    for unit in ('KB', 'MB', 'GB'):\n        n /= 1024\n        if n < 1024 or unit == 'GB':\n            return f'{n:.1f} {unit}'\n",
        [([512], "512 B"), ([2048], "2.0 KB")],
        [([0], "0 B"), ([1023], "1023 B"), ([1024], "1.0 KB"), ([1536], "1.5 KB"), ([1048576], "1.0 MB"), ([5 * 1024**3], "5.0 GB"), ([2048 * 1024**3], "2048.0 GB"), ([-1], E)],
    ),
    Task(
        "weekday", "Returns the English name of the weekday of an ISO date; what is no date raises ValueError.", {"day": "string"}, "string",
        "from datetime import date\n\n\ndef weekday(day):\n    names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']\n    return names[date.fromisoformat(day).weekday()]\n",
        [(["2024-01-01"], "Monday"), (["2024-01-07"], "Sunday")],
        [(["2024-02-29"], "Thursday"), (["2000-01-01"], "Saturday"), (["1999-12-31"], "Friday"), (["2024-01-02"], "Tuesday"), (["2024-01-03"], "Wednesday"), (["2023-02-29"], E), (["soon"], E)],
    ),
    Task(
        "luhn", "Says whether a number, given as a text that may have spaces, passes the Luhn check; other letters or none at all do not.", {"text": "string"}, "boolean",
        "def luhn(text):\n    digits = text.replace(' ', '')\n    if not (digits.isascii() and digits.isdigit()):\n        return False\n    total = 0\n    for i, c in enumerate(reversed(digits)):\n        n = int(c)\n        if i % 2 == 1:\n            n *= 2\n            if n > 9:\n                n -= 9\n        total += n\n    return total % 10 == 0\n",
        [(["4539 1488 0343 6467"], True), (["8273 1232 7352 0569"], False)],
        [([""], False), (["0"], True), (["59"], True), (["79927398713"], True), (["79927398710"], False), (["abc"], False), (["18"], True), (["1"], False), (["26"], True), (["42"], True)],
    ),
)
