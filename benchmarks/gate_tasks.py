"""Small functions to judge a gate by: contract, right code, its author's tests, and tests by the contract alone.

A test is arguments in order and what must come back, or an exception. The independent ones were written from the
description, before there was any mutant.
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
        "clamp", "Limits a number to the range from low to high, both included; low above high raises ValueError.",
        {"x": "integer", "low": "integer", "high": "integer"}, "integer",
        "def clamp(x, low, high):\n    if low > high:\n        raise ValueError('low is above high')\n    if x < low:\n        return low\n    if x > high:\n        return high\n    return x\n",
        [([5, 1, 10], 5), ([0, 1, 10], 1)],
        [([11, 1, 10], 10), ([1, 1, 10], 1), ([10, 1, 10], 10), ([3, 3, 3], 3), ([9, 3, 3], 3), ([1, 5, 2], E), ([-7, -5, -2], -5)],
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
        "is_prime", "Says whether a whole number is prime; numbers below 2 are not.", {"n": "integer"}, "boolean",
        "def is_prime(n):\n    if n < 2:\n        return False\n    d = 2\n    while d * d <= n:\n        if n % d == 0:\n            return False\n        d += 1\n    return True\n",
        [([7], True), ([8], False)],
        [([2], True), ([1], False), ([0], False), ([-7], False), ([9], False), ([25], False), ([97], True), ([91], False), ([4], False), ([3], True)],
    ),
    Task(
        "fibonacci", "Returns the nth Fibonacci number, the 0th being 0 and the 1st 1; a negative n raises ValueError.", {"n": "integer"}, "integer",
        "def fibonacci(n):\n    if n < 0:\n        raise ValueError(n)\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a\n",
        [([5], 5), ([10], 55)],
        [([0], 0), ([1], 1), ([2], 1), ([3], 2), ([20], 6765), ([-1], E)],
    ),
    Task(
        "dedupe", "Removes repeated items, keeping the first of each in order.", {"items": "integer[]"}, "integer[]",
        "def dedupe(items):\n    seen = set()\n    out = []\n    for item in items:\n        if item not in seen:\n            seen.add(item)\n            out.append(item)\n    return out\n",
        [([[1, 1, 2]], [1, 2]), ([[3]], [3])],
        [([[]], []), ([[2, 1, 2, 1]], [2, 1]), ([[1, 2, 3]], [1, 2, 3]), ([[5, 5, 5]], [5]), ([[0, -1, 0]], [0, -1])],
    ),
    Task(
        "chunks", "Cuts a list into pieces of a size, the last may be shorter; a size below 1 raises ValueError.",
        {"items": "integer[]", "size": "integer"}, "array",
        "def chunks(items, size):\n    if size < 1:\n        raise ValueError(size)\n    return [items[i:i + size] for i in range(0, len(items), size)]\n",
        [([[1, 2, 3], 2], [[1, 2], [3]]), ([[1, 2], 1], [[1], [2]])],
        [([[], 3], []), ([[1, 2, 3, 4], 2], [[1, 2], [3, 4]]), ([[1], 5], [[1]]), ([[1, 2], 0], E), ([[1], -1], E), ([[1, 2, 3], 3], [[1, 2, 3]])],
    ),
    Task(
        "rotate", "Rotates a list to the right by k places; a negative k rotates to the left; an empty list stays empty.",
        {"items": "integer[]", "k": "integer"}, "integer[]",
        "def rotate(items, k):\n    if not items:\n        return []\n    k = k % len(items)\n    return items[len(items) - k:] + items[:len(items) - k]\n",
        [([[1, 2, 3], 1], [3, 1, 2]), ([[1, 2, 3], 0], [1, 2, 3])],
        [([[], 4], []), ([[1, 2, 3], -1], [2, 3, 1]), ([[1, 2, 3], 3], [1, 2, 3]), ([[1, 2, 3], 4], [3, 1, 2]), ([[7], 9], [7]), ([[1, 2, 3, 4], 2], [3, 4, 1, 2])],
    ),
    Task(
        "median", "Returns the median of numbers, of an even count the mean of the two in the middle; none raises ValueError.", {"numbers": "number[]"}, "number",
        "def median(numbers):\n    if not numbers:\n        raise ValueError('no numbers')\n    s = sorted(numbers)\n    m = len(s) // 2\n    if len(s) % 2:\n        return s[m]\n    return (s[m - 1] + s[m]) / 2\n",
        [([[3, 1, 2]], 2), ([[1, 2, 3, 4]], 2.5)],
        [([[]], E), ([[5]], 5), ([[5, 1]], 3), ([[-1, -5, -3]], -3), ([[2, 2, 2, 8]], 2), ([[1, 9, 2, 8, 3]], 3), ([[0.5, 1.5]], 1.0)],
    ),
    Task(
        "mode", "Returns the most frequent number, of several the one that comes first in the list; none raises ValueError.", {"numbers": "integer[]"}, "integer",
        "def mode(numbers):\n    if not numbers:\n        raise ValueError('no numbers')\n    best = numbers[0]\n    for n in numbers:\n        if numbers.count(n) > numbers.count(best):\n            best = n\n    return best\n",
        [([[1, 2, 2]], 2), ([[5]], 5)],
        [([[]], E), ([[3, 1, 1, 3]], 3), ([[1, 3, 3, 1, 2]], 1), ([[7, 8, 9]], 7), ([[4, 4, 5, 5, 5]], 5), ([[9, -1, -1]], -1)],
    ),
    Task(
        "running_total", "Returns the sums of all beginnings of a list.", {"numbers": "integer[]"}, "integer[]",
        "def running_total(numbers):\n    total = 0\n    out = []\n    for n in numbers:\n        total += n\n        out.append(total)\n    return out\n",
        [([[1, 2, 3]], [1, 3, 6]), ([[5]], [5])],
        [([[]], []), ([[1, -1, 4]], [1, 0, 4]), ([[0, 0]], [0, 0]), ([[-2, -3]], [-2, -5]), ([[10, 20, 30, 40]], [10, 30, 60, 100])],
    ),
    Task(
        "is_palindrome", "Says whether a text reads the same backwards, ignoring case and all that is no letter or digit; an empty one does.", {"text": "string"}, "boolean",
        "def is_palindrome(text):\n    kept = [c.lower() for c in text if c.isalnum()]\n    return kept == kept[::-1]\n",
        [(["Anna"], True), (["Bert"], False)],
        [([""], True), (["A man, a plan, a canal: Panama"], True), (["ab"], False), (["1221"], True), (["12 3"], False), (["!?"], True), (["abca"], False)],
    ),
    Task(
        "caesar", "Shifts each Latin letter by k places in the alphabet, around its end, keeping case; everything else stays.", {"text": "string", "k": "integer"}, "string",
        "def caesar(text, k):\n    out = ''\n    for c in text:\n        if 'a' <= c <= 'z':\n            out += chr((ord(c) - 97 + k) % 26 + 97)\n        elif 'A' <= c <= 'Z':\n            out += chr((ord(c) - 65 + k) % 26 + 65)\n        else:\n            out += c\n    return out\n",
        [(["abc", 1], "bcd"), (["xyz", 3], "abc")],
        [(["", 5], ""), (["Hello, World!", 13], "Uryyb, Jbeyq!"), (["abc", -1], "zab"), (["aZ", 26], "aZ"), (["AZ az", 1], "BA ba"), (["é1", 2], "é1"), (["Mm", 52], "Mm"), (["zZ", 0], "zZ")],
    ),
    Task(
        "run_lengths", "Encodes a text as [letter, count] pairs of its runs.", {"text": "string"}, "array",
        "def run_lengths(text):\n    out = []\n    for c in text:\n        if out and out[-1][0] == c:\n            out[-1][1] += 1\n        else:\n            out.append([c, 1])\n    return out\n",
        [(["aab"], [["a", 2], ["b", 1]]), (["x"], [["x", 1]])],
        [([""], []), (["aaa"], [["a", 3]]), (["aba"], [["a", 1], ["b", 1], ["a", 1]]), (["aA"], [["a", 1], ["A", 1]]), (["  1"], [[" ", 2], ["1", 1]])],
    ),
    Task(
        "word_counts", "Counts how often each word occurs, in lower case; words are runs of letters and digits.", {"text": "string"}, "object",
        "import re\n\n\ndef word_counts(text):\n    out = {}\n    for word in re.findall(r'[^\\W_]+', text.lower()):\n        out[word] = out.get(word, 0) + 1\n    return out\n",
        [(["a b a"], {"a": 2, "b": 1}), (["Hi hi"], {"hi": 2})],
        [([""], {}), (["One, two; ONE!"], {"one": 2, "two": 1}), (["a1 a1 b"], {"a1": 2, "b": 1}), (["x_y"], {"x": 1, "y": 1}), (["...", ], {}), (["z"], {"z": 1})],
    ),
    Task(
        "title_case", "Writes the first letter of each word large and the others small; words are parted by single spaces, which stay.", {"text": "string"}, "string",
        "def title_case(text):\n    return ' '.join(w[:1].upper() + w[1:].lower() for w in text.split(' '))\n",
        [(["hello world"], "Hello World"), (["ABC"], "Abc")],
        [([""], ""), (["a"], "A"), (["it's me"], "It's Me"), (["two  spaces"], "Two  Spaces"), (["mIxEd cAsE"], "Mixed Case"), (["1st x"], "1st X")],
    ),
    Task(
        "snake_case", "Turns camelCase or PascalCase into snake_case: before each capital but the first letter of the text comes an underscore.", {"text": "string"}, "string",
        "def snake_case(text):\n    out = ''\n    for i, c in enumerate(text):\n        if c.isupper() and i > 0:\n            out += '_'\n        out += c.lower()\n    return out\n",
        [(["camelCase"], "camel_case"), (["abc"], "abc")],
        [([""], ""), (["PascalCase"], "pascal_case"), (["aB"], "a_b"), (["A"], "a"), (["getHTTP"], "get_h_t_t_p"), (["oneTwoThree"], "one_two_three")],
    ),
    Task(
        "truncate", "Shortens a text to at most width characters, ending in ... where it was cut; a width below 3 raises ValueError.", {"text": "string", "width": "integer"}, "string",
        "def truncate(text, width):\n    if width < 3:\n        raise ValueError(width)\n    if len(text) <= width:\n        return text\n    return text[:width - 3] + '...'\n",
        [(["hello world", 8], "hello..."), (["hi", 5], "hi")],
        [(["hello", 5], "hello"), (["hello!", 5], "he..."), (["", 3], ""), (["abcd", 3], "..."), (["abc", 2], E), (["abc", 3], "abc"), (["a", -1], E)],
    ),
    Task(
        "anagrams", "Says whether two texts have the same letters equally often, ignoring case and spaces.", {"a": "string", "b": "string"}, "boolean",
        "def anagrams(a, b):\n    def key(text):\n        return sorted(text.lower().replace(' ', ''))\n    return key(a) == key(b)\n",
        [(["listen", "silent"], True), (["a", "b"], False)],
        [(["", ""], True), (["Dormitory", "Dirty Room"], True), (["aab", "abb"], False), (["ab", "abc"], False), (["Aa", "aA"], True), (["x ", "x"], True)],
    ),
    Task(
        "common_prefix", "Returns the longest beginning that all texts share; of none it is empty.", {"texts": "string[]"}, "string",
        "def common_prefix(texts):\n    if not texts:\n        return ''\n    first = min(texts)\n    last = max(texts)\n    for i, c in enumerate(first):\n        if last[i] != c:\n            return first[:i]\n    return first\n",
        [([["flow", "flower"]], "flow"), ([["a", "b"]], "")],
        [([[]], ""), ([["x"]], "x"), ([["abc", "abd", "abx"]], "ab"), ([["", "a"]], ""), ([["same", "same"]], "same"), ([["abc", "ab", "a"]], "a"), ([["ba", "ca"]], "")],
    ),
    Task(
        "balanced", "Says whether the brackets ()[]{} of a text are closed in the right order; other letters do not matter.", {"text": "string"}, "boolean",
        "def balanced(text):\n    stack = []\n    pairs = {')': '(', ']': '[', '}': '{'}\n    for c in text:\n        if c in '([{':\n            stack.append(c)\n        elif c in pairs:\n            if not stack or stack.pop() != pairs[c]:\n                return False\n    return not stack\n",
        [(["(a)"], True), (["(]"], False)],
        [([""], True), (["([{}])"], True), (["("], False), ([")"], False), (["([)]"], False), (["{}[]()"], True), (["a+b"], True), (["(()"], False), (["{[}]"], False)],
    ),
    Task(
        "parse_duration", "Reads a duration such as 1h 30m 5s (parts may be missing, in this order) as seconds; anything else raises ValueError.", {"text": "string"}, "integer",
        "import re\n\n\ndef parse_duration(text):\n    found = re.fullmatch(r'\\s*(?:(\\d+)h)?\\s*(?:(\\d+)m)?\\s*(?:(\\d+)s)?\\s*', text)\n    if not found or not any(found.groups()):\n        raise ValueError(text)\n    h, m, s = (int(part or 0) for part in found.groups())\n    return h * 3600 + m * 60 + s\n",
        [(["1h 30m"], 5400), (["5s"], 5)],
        [(["2h"], 7200), (["1h 1m 1s"], 3661), (["1h5s"], 3605), (["0s"], 0), ([""], E), (["5"], E), (["5s 1h"], E), (["-1h"], E), (["90m"], 5400)],
    ),
    Task(
        "format_bytes", "Writes a number of bytes as B, KB, MB or GB (each 1024 of the one before) with one decimal, bytes without; negative raises ValueError.", {"n": "integer"}, "string",
        "def format_bytes(n):\n    if n < 0:\n        raise ValueError(n)\n    if n < 1024:\n        return f'{n} B'\n    for unit in ('KB', 'MB', 'GB'):\n        n /= 1024\n        if n < 1024 or unit == 'GB':\n            return f'{n:.1f} {unit}'\n",
        [([512], "512 B"), ([2048], "2.0 KB")],
        [([0], "0 B"), ([1023], "1023 B"), ([1024], "1.0 KB"), ([1536], "1.5 KB"), ([1048576], "1.0 MB"), ([5 * 1024**3], "5.0 GB"), ([2048 * 1024**3], "2048.0 GB"), ([-1], E)],
    ),
    Task(
        "is_leap", "Says whether a year is a leap year in the Gregorian calendar.", {"year": "integer"}, "boolean",
        "def is_leap(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)\n",
        [([2024], True), ([2023], False)],
        [([1900], False), ([2000], True), ([2100], False), ([2400], True), ([4], True), ([1], False), ([1996], True)],
    ),
    Task(
        "days_in_month", "Returns how many days a month (1 to 12) of a year has; another month raises ValueError.", {"year": "integer", "month": "integer"}, "integer",
        "def days_in_month(year, month):\n    if not 1 <= month <= 12:\n        raise ValueError(month)\n    if month == 2:\n        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28\n    return 30 if month in (4, 6, 9, 11) else 31\n",
        [([2024, 2], 29), ([2023, 1], 31)],
        [([2023, 2], 28), ([1900, 2], 28), ([2000, 2], 29), ([2023, 4], 30), ([2023, 6], 30), ([2023, 9], 30), ([2023, 11], 30), ([2023, 12], 31), ([2023, 0], E), ([2023, 13], E), ([2023, 5], 31), ([2023, 7], 31)],
    ),
    Task(
        "weekday", "Returns the English name of the weekday of an ISO date; what is no date raises ValueError.", {"day": "string"}, "string",
        "from datetime import date\n\n\ndef weekday(day):\n    names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']\n    return names[date.fromisoformat(day).weekday()]\n",
        [(["2024-01-01"], "Monday"), (["2024-01-07"], "Sunday")],
        [(["2024-02-29"], "Thursday"), (["2000-01-01"], "Saturday"), (["1999-12-31"], "Friday"), (["2024-01-02"], "Tuesday"), (["2024-01-03"], "Wednesday"), (["2023-02-29"], E), (["soon"], E)],
    ),
    Task(
        "overlap", "Returns how long two intervals [start, end] overlap, 0 if they do not; an end before its start raises ValueError.", {"a": "integer[]", "b": "integer[]"}, "integer",
        "def overlap(a, b):\n    if a[1] < a[0] or b[1] < b[0]:\n        raise ValueError('an interval ends before it starts')\n    return max(0, min(a[1], b[1]) - max(a[0], b[0]))\n",
        [([[0, 5], [3, 8]], 2), ([[0, 1], [2, 3]], 0)],
        [([[0, 10], [2, 4]], 2), ([[2, 4], [0, 10]], 2), ([[0, 5], [5, 9]], 0), ([[1, 1], [0, 2]], 0), ([[5, 1], [0, 2]], E), ([[0, 2], [5, 1]], E), ([[-5, -1], [-3, 4]], 2)],
    ),
    Task(
        "merge_intervals", "Merges intervals [start, end] that overlap or touch, and returns them in order.", {"intervals": "array"}, "array",
        "def merge_intervals(intervals):\n    out = []\n    for start, end in sorted(intervals):\n        if out and start <= out[-1][1]:\n            out[-1][1] = max(out[-1][1], end)\n        else:\n            out.append([start, end])\n    return out\n",
        [([[[1, 3], [2, 5]]], [[1, 5]]), ([[[1, 2], [4, 5]]], [[1, 2], [4, 5]])],
        [([[]], []), ([[[1, 2], [2, 3]]], [[1, 3]]), ([[[5, 6], [1, 2]]], [[1, 2], [5, 6]]), ([[[1, 9], [2, 3]]], [[1, 9]]), ([[[1, 4], [3, 6], [5, 8]]], [[1, 8]]), ([[[1, 2], [3, 4]]], [[1, 2], [3, 4]])],
    ),
    Task(
        "transpose", "Swaps rows and columns of a table whose rows are equally long; unequal rows raise ValueError.", {"rows": "array"}, "array",
        "def transpose(rows):\n    if len({len(row) for row in rows}) > 1:\n        raise ValueError('rows differ in length')\n    return [list(column) for column in zip(*rows)]\n",
        [([[[1, 2], [3, 4]]], [[1, 3], [2, 4]]), ([[[1, 2]]], [[1], [2]])],
        [([[]], []), ([[[1], [2], [3]]], [[1, 2, 3]]), ([[[1, 2, 3], [4, 5, 6]]], [[1, 4], [2, 5], [3, 6]]), ([[[1, 2], [3]]], E), ([[[7]]], [[7]])],
    ),
    Task(
        "matrix_product", "Multiplies two matrices; if the columns of the first are not as many as the rows of the second it raises ValueError.", {"a": "array", "b": "array"}, "array",
        "def matrix_product(a, b):\n    if any(len(row) != len(b) for row in a):\n        raise ValueError('shapes do not fit')\n    return [[sum(row[k] * b[k][j] for k in range(len(b))) for j in range(len(b[0]))] for row in a]\n",
        [([[[1, 2]], [[3], [4]]], [[11]]), ([[[2]], [[5]]], [[10]])],
        [([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [[19, 22], [43, 50]]), ([[[1, 0], [0, 1]], [[9, 8], [7, 6]]], [[9, 8], [7, 6]]), ([[[1, 2]], [[1, 2]]], E), ([[[1], [2]], [[3, 4]]], [[3, 4], [6, 8]])],
    ),
    Task(
        "binary_search", "Returns the place of a number in a sorted list without repeats, -1 if it is not there.", {"numbers": "integer[]", "x": "integer"}, "integer",
        "def binary_search(numbers, x):\n    low, high = 0, len(numbers) - 1\n    while low <= high:\n        middle = (low + high) // 2\n        if numbers[middle] == x:\n            return middle\n        if numbers[middle] < x:\n            low = middle + 1\n        else:\n            high = middle - 1\n    return -1\n",
        [([[1, 3, 5], 3], 1), ([[1, 3, 5], 4], -1)],
        [([[], 1], -1), ([[1], 1], 0), ([[1, 3, 5, 7], 1], 0), ([[1, 3, 5, 7], 7], 3), ([[1, 3, 5, 7], 0], -1), ([[1, 3, 5, 7], 9], -1), ([[1, 3, 5, 7, 9, 11], 9], 4), ([[1, 3], 3], 1), ([[1, 3, 5, 7], 5], 2)],
    ),
    Task(
        "second_largest", "Returns the second largest of the distinct numbers; fewer than two distinct ones raise ValueError.", {"numbers": "integer[]"}, "integer",
        "def second_largest(numbers):\n    distinct = sorted(set(numbers))\n    if len(distinct) < 2:\n        raise ValueError('fewer than two numbers')\n    return distinct[-2]\n",
        [([[1, 2, 3]], 2), ([[5, 5, 4]], 4)],
        [([[1]], E), ([[]], E), ([[2, 2]], E), ([[9, -1]], -1), ([[3, 1, 2, 3]], 2), ([[-1, -2, -3]], -2), ([[1, 4, 2, 8, 5]], 5)],
    ),
    Task(
        "flatten", "Puts all numbers of a list that may hold lists, at any depth, into one list in order.", {"items": "array"}, "array",
        "def flatten(items):\n    out = []\n    for item in items:\n        if isinstance(item, list):\n            out += flatten(item)\n        else:\n            out.append(item)\n    return out\n",
        [([[1, [2, 3]]], [1, 2, 3]), ([[1]], [1])],
        [([[]], []), ([[[[1]], 2, [3, [4, [5]]]]], [1, 2, 3, 4, 5]), ([[[], [[]]]], []), ([[3, [1], 2]], [3, 1, 2])],
    ),
    Task(
        "partition", "Parts numbers into those below the pivot and the others, [below, others], in their order.", {"numbers": "integer[]", "pivot": "integer"}, "array",
        "def partition(numbers, pivot):\n    below = [n for n in numbers if n < pivot]\n    others = [n for n in numbers if n >= pivot]\n    return [below, others]\n",
        [([[1, 5, 3], 4], [[1, 3], [5]]), ([[1], 0], [[], [1]])],
        [([[], 1], [[], []]), ([[4, 4], 4], [[], [4, 4]]), ([[3, 4, 5], 4], [[3], [4, 5]]), ([[9, 1, 8, 2], 5], [[1, 2], [9, 8]]), ([[1, 2], 9], [[1, 2], []])],
    ),
    Task(
        "top_words", "Returns the k most frequent words of a list, of equally frequent ones the alphabetically first; k below 0 raises ValueError.", {"words": "string[]", "k": "integer"}, "string[]",
        "def top_words(words, k):\n    if k < 0:\n        raise ValueError(k)\n    counts = {}\n    for word in words:\n        counts[word] = counts.get(word, 0) + 1\n    return sorted(counts, key=lambda word: (-counts[word], word))[:k]\n",
        [([["b", "a", "b"], 1], ["b"]), ([["a"], 2], ["a"])],
        [([[], 3], []), ([["b", "a"], 2], ["a", "b"]), ([["x", "y", "y", "z", "z"], 2], ["y", "z"]), ([["c", "c", "a", "b", "b", "b"], 3], ["b", "c", "a"]), ([["a"], 0], []), ([["a"], -1], E)],
    ),
    Task(
        "invert", "Swaps keys and values of an object of texts; where two keys have one value, ValueError is raised.", {"mapping": "object"}, "object",
        "def invert(mapping):\n    out = {}\n    for key, value in mapping.items():\n        if value in out:\n            raise ValueError(value)\n        out[value] = key\n    return out\n",
        [([{"a": "x"}], {"x": "a"}), ([{"a": "x", "b": "y"}], {"x": "a", "y": "b"})],
        [([{}], {}), ([{"a": "x", "b": "x"}], E), ([{"k": ""}], {"": "k"}), ([{"a": "b", "b": "a"}], {"b": "a", "a": "b"})],
    ),
    Task(
        "group_by_length", "Groups words by their length; the keys are the lengths as texts, words stay in order.", {"words": "string[]"}, "object",
        "def group_by_length(words):\n    out = {}\n    for word in words:\n        out.setdefault(str(len(word)), []).append(word)\n    return out\n",
        [([["a", "bb", "c"]], {"1": ["a", "c"], "2": ["bb"]}), ([["x"]], {"1": ["x"]})],
        [([[]], {}), ([[""]], {"0": [""]}), ([["abc", "xyz", "abc"]], {"3": ["abc", "xyz", "abc"]}), ([["to", "a", "be"]], {"2": ["to", "be"], "1": ["a"]})],
    ),
    Task(
        "dig", "Follows a dotted path into nested objects, and returns null where it does not lead anywhere.", {"value": "object", "path": "string"}, "any",
        "def dig(value, path):\n    for key in path.split('.'):\n        if not isinstance(value, dict) or key not in value:\n            return None\n        value = value[key]\n    return value\n",
        [([{"a": {"b": 1}}, "a.b"], 1), ([{"a": 2}, "a"], 2)],
        [([{}, "a"], None), ([{"a": 1}, "a.b"], None), ([{"a": {"b": {"c": "x"}}}, "a.b.c"], "x"), ([{"a": {"b": 0}}, "a.b"], 0), ([{"a": {"b": 1}}, "a"], {"b": 1}), ([{"a": {"b": 1}}, "a.c"], None)],
    ),
    Task(
        "digits_sum", "Sums the decimal digits of a whole number, its sign ignored.", {"n": "integer"}, "integer",
        "def digits_sum(n):\n    n = abs(n)\n    total = 0\n    while n:\n        total += n % 10\n        n //= 10\n    return total\n",
        [([123], 6), ([9], 9)],
        [([0], 0), ([-45], 9), ([1000], 1), ([99999], 45), ([10], 1)],
    ),
    Task(
        "to_base", "Writes a whole number from 0 on in base 2 to 16, with small letters; another number or base raises ValueError.", {"n": "integer", "base": "integer"}, "string",
        "def to_base(n, base):\n    if n < 0 or not 2 <= base <= 16:\n        raise ValueError('out of range')\n    out = ''\n    while True:\n        n, rest = divmod(n, base)\n        out = '0123456789abcdef'[rest] + out\n        if n == 0:\n            return out\n",
        [([5, 2], "101"), ([255, 16], "ff")],
        [([0, 2], "0"), ([10, 10], "10"), ([7, 8], "7"), ([8, 8], "10"), ([171, 16], "ab"), ([-1, 2], E), ([5, 1], E), ([5, 17], E), ([80, 3], "2222")],
    ),
    Task(
        "bits_set", "Counts the ones in the binary form of a whole number from 0 on; a negative one raises ValueError.", {"n": "integer"}, "integer",
        "def bits_set(n):\n    if n < 0:\n        raise ValueError(n)\n    count = 0\n    while n:\n        count += n & 1\n        n >>= 1\n    return count\n",
        [([5], 2), ([8], 1)],
        [([0], 0), ([1], 1), ([255], 8), ([256], 1), ([1023], 10), ([-3], E)],
    ),
    Task(
        "isqrt", "Returns the largest whole number whose square is at most n; a negative n raises ValueError.", {"n": "integer"}, "integer",
        "def isqrt(n):\n    if n < 0:\n        raise ValueError(n)\n    r = 0\n    while (r + 1) * (r + 1) <= n:\n        r += 1\n    return r\n",
        [([9], 3), ([10], 3)],
        [([0], 0), ([1], 1), ([3], 1), ([4], 2), ([8], 2), ([99], 9), ([100], 10), ([-1], E)],
    ),
    Task(
        "factorize", "Returns the prime factors of a number from 2 on, ascending and repeated; a smaller one raises ValueError.", {"n": "integer"}, "integer[]",
        "def factorize(n):\n    if n < 2:\n        raise ValueError(n)\n    out = []\n    d = 2\n    while d * d <= n:\n        while n % d == 0:\n            out.append(d)\n            n //= d\n        d += 1\n    if n > 1:\n        out.append(n)\n    return out\n",
        [([12], [2, 2, 3]), ([7], [7])],
        [([2], [2]), ([4], [2, 2]), ([9], [3, 3]), ([30], [2, 3, 5]), ([97], [97]), ([1], E), ([0], E), ([49], [7, 7]), ([64], [2, 2, 2, 2, 2, 2])],
    ),
    Task(
        "collatz", "Returns how many steps n/2 (even) or 3n+1 (odd) lead from n to 1; an n below 1 raises ValueError.", {"n": "integer"}, "integer",
        "def collatz(n):\n    if n < 1:\n        raise ValueError(n)\n    steps = 0\n    while n != 1:\n        n = n // 2 if n % 2 == 0 else 3 * n + 1\n        steps += 1\n    return steps\n",
        [([6], 8), ([2], 1)],
        [([1], 0), ([3], 7), ([7], 16), ([16], 4), ([0], E), ([-4], E)],
    ),
    Task(
        "luhn", "Says whether a number, given as a text that may have spaces, passes the Luhn check; other letters or none at all do not.", {"text": "string"}, "boolean",
        "def luhn(text):\n    digits = text.replace(' ', '')\n    if not (digits.isascii() and digits.isdigit()):\n        return False\n    total = 0\n    for i, c in enumerate(reversed(digits)):\n        n = int(c)\n        if i % 2 == 1:\n            n *= 2\n            if n > 9:\n                n -= 9\n        total += n\n    return total % 10 == 0\n",
        [(["4539 1488 0343 6467"], True), (["8273 1232 7352 0569"], False)],
        [([""], False), (["0"], True), (["59"], True), (["79927398713"], True), (["79927398710"], False), (["abc"], False), (["18"], True), (["1"], False), (["26"], True), (["42"], True)],
    ),
    Task(
        "is_ipv4", "Says whether a text is an IPv4 address: four numbers from 0 to 255 without leading zeros, parted by dots.", {"text": "string"}, "boolean",
        "def is_ipv4(text):\n    parts = text.split('.')\n    if len(parts) != 4:\n        return False\n    for part in parts:\n        if not (part.isascii() and part.isdigit()) or int(part) > 255:\n            return False\n        if len(part) > 1 and part[0] == '0':\n            return False\n    return True\n",
        [(["127.0.0.1"], True), (["1.2.3"], False)],
        [(["255.255.255.255"], True), (["256.1.1.1"], False), (["01.2.3.4"], False), (["1.2.3.4.5"], False), ([""], False), (["a.b.c.d"], False), (["0.0.0.0"], True), (["1..2.3"], False), (["1.2.3.00"], False), (["10.20.30.40"], True)],
    ),
    Task(
        "password_ok", "Says whether a password has at least 8 characters, one of them a digit and one a capital letter.", {"text": "string"}, "boolean",
        "def password_ok(text):\n    return len(text) >= 8 and any(c.isdigit() for c in text) and any(c.isupper() for c in text)\n",
        [(["Passw0rd"], True), (["short"], False)],
        [([""], False), (["PASSWORD1"], True), (["Passw0r"], False), (["password1"], False), (["Password"], False), (["A1aaaaaa"], True), (["12345678"], False)],
    ),
    Task(
        "mask", "Replaces all but the last n characters by *; an n below 0 raises ValueError.", {"text": "string", "n": "integer"}, "string",
        "def mask(text, n):\n    if n < 0:\n        raise ValueError(n)\n    hidden = max(0, len(text) - n)\n    return '*' * hidden + text[hidden:]\n",
        [(["secret", 2], "****et"), (["ab", 5], "ab")],
        [(["", 3], ""), (["abc", 0], "***"), (["abc", 3], "abc"), (["abcd", 3], "*bcd"), (["x", -1], E)],
    ),
    Task(
        "percent_change", "Returns by how many per cent a number has changed from old to new; an old of 0 raises ValueError.", {"old": "number", "new": "number"}, "number",
        "def percent_change(old, new):\n    if old == 0:\n        raise ValueError('old is 0')\n    return (new - old) / abs(old) * 100\n",
        [([100, 150], 50), ([200, 100], -50)],
        [([0, 5], E), ([50, 50], 0), ([-100, -50], 50), ([4, 5], 25), ([10, 0], -100), ([8, 10], 25)],
    ),
    Task(
        "split_bill", "Divides cents among people as evenly as possible, the first ones paying a cent more; fewer than 1 person raises ValueError.", {"cents": "integer", "people": "integer"}, "integer[]",
        "def split_bill(cents, people):\n    if people < 1:\n        raise ValueError(people)\n    share, rest = divmod(cents, people)\n    return [share + 1 if i < rest else share for i in range(people)]\n",
        [([100, 3], [34, 33, 33]), ([10, 2], [5, 5])],
        [([0, 2], [0, 0]), ([1, 4], [1, 0, 0, 0]), ([5, 1], [5]), ([11, 3], [4, 4, 3]), ([7, 0], E), ([9, 3], [3, 3, 3])],
    ),
    Task(
        "change_coins", "Returns the fewest coins of 50, 20, 10, 5, 2 and 1 that make an amount, largest first; a negative one raises ValueError.", {"amount": "integer"}, "integer[]",
        "def change_coins(amount):\n    if amount < 0:\n        raise ValueError(amount)\n    out = []\n    for coin in (50, 20, 10, 5, 2, 1):\n        while amount >= coin:\n            out.append(coin)\n            amount -= coin\n    return out\n",
        [([3], [2, 1]), ([70], [50, 20])],
        [([0], []), ([99], [50, 20, 20, 5, 2, 2]), ([1], [1]), ([10], [10]), ([18], [10, 5, 2, 1]), ([100], [50, 50]), ([-1], E)],
    ),
    Task(
        "moving_average", "Returns the means of each window of so many numbers; a window below 1 raises ValueError, one longer than the list gives none.", {"numbers": "number[]", "window": "integer"}, "number[]",
        "def moving_average(numbers, window):\n    if window < 1:\n        raise ValueError(window)\n    return [sum(numbers[i:i + window]) / window for i in range(len(numbers) - window + 1)]\n",
        [([[1, 2, 3], 2], [1.5, 2.5]), ([[4], 1], [4])],
        [([[], 1], []), ([[1, 2], 3], []), ([[1, 2, 3], 3], [2]), ([[2, 4, 6, 8], 2], [3, 5, 7]), ([[1, 2], 0], E), ([[5, 5], 1], [5, 5]), ([[1], -2], E)],
    ),
    Task(
        "longest_run", "Returns the length of the longest stretch of equal numbers that stand together; of an empty list 0.", {"numbers": "integer[]"}, "integer",
        "def longest_run(numbers):\n    best = current = 0\n    last = None\n    for n in numbers:\n        current = current + 1 if n == last else 1\n        last = n\n        best = max(best, current)\n    return best\n",
        [([[1, 1, 2]], 2), ([[3]], 1)],
        [([[]], 0), ([[1, 2, 2, 2, 1]], 3), ([[1, 2, 1, 2]], 1), ([[5, 5, 5, 5]], 4), ([[1, 1, 2, 2, 2, 3, 3]], 3), ([[0, 0]], 2)],
    ),
    Task(
        "max_subarray", "Returns the largest sum of a stretch of at least one number; an empty list raises ValueError.", {"numbers": "integer[]"}, "integer",
        "def max_subarray(numbers):\n    if not numbers:\n        raise ValueError('no numbers')\n    best = current = numbers[0]\n    for n in numbers[1:]:\n        current = max(n, current + n)\n        best = max(best, current)\n    return best\n",
        [([[1, -2, 3]], 3), ([[1, 2]], 3)],
        [([[]], E), ([[-3, -1, -2]], -1), ([[5]], 5), ([[-2, 1, -3, 4, -1, 2, 1, -5, 4]], 6), ([[4, -1, 5]], 8), ([[-1, 0]], 0)],
    ),
    Task(
        "two_sum", "Returns the places [i, j], i < j, of the first two numbers that add up to a target (smallest j first), and an empty list if there are none.", {"numbers": "integer[]", "target": "integer"}, "integer[]",
        "def two_sum(numbers, target):\n    seen = {}\n    for j, n in enumerate(numbers):\n        if target - n in seen:\n            return [seen[target - n], j]\n        seen.setdefault(n, j)\n    return []\n",
        [([[2, 7, 11], 9], [0, 1]), ([[1, 2], 9], [])],
        [([[], 1], []), ([[3, 3], 6], [0, 1]), ([[5], 10], []), ([[1, 4, 2, 3], 5], [0, 1]), ([[0, -1, 1], 0], [1, 2]), ([[4, 4, 1, 2], 3], [2, 3]), ([[2, 2, 5], 7], [0, 2])],
    ),
    Task(
        "pascal_row", "Returns the nth row of Pascal's triangle, the 0th being [1]; a negative n raises ValueError.", {"n": "integer"}, "integer[]",
        "def pascal_row(n):\n    if n < 0:\n        raise ValueError(n)\n    row = [1]\n    for _ in range(n):\n        row = [1] + [row[i] + row[i + 1] for i in range(len(row) - 1)] + [1]\n    return row\n",
        [([2], [1, 2, 1]), ([4], [1, 4, 6, 4, 1])],
        [([0], [1]), ([1], [1, 1]), ([3], [1, 3, 3, 1]), ([5], [1, 5, 10, 10, 5, 1]), ([-1], E)],
    ),
    Task(
        "spiral", "Returns the numbers of a table in the order of a spiral from the upper left, clockwise.", {"rows": "array"}, "array",
        "def spiral(rows):\n    rows = [list(row) for row in rows]\n    out = []\n    while rows:\n        out += rows.pop(0)\n        rows = [list(column) for column in zip(*rows)][::-1]\n    return out\n",
        [([[[1, 2], [3, 4]]], [1, 2, 4, 3]), ([[[1]]], [1])],
        [([[]], []), ([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], [1, 2, 3, 6, 9, 8, 7, 4, 5]), ([[[1, 2, 3]]], [1, 2, 3]), ([[[1], [2], [3]]], [1, 2, 3]), ([[[1, 2], [3, 4], [5, 6]]], [1, 2, 4, 6, 5, 3])],
    ),
    Task(
        "count_islands", "Counts the groups of 1s in a grid that touch by a side.", {"grid": "array"}, "integer",
        "def count_islands(grid):\n    todo = {(y, x) for y, row in enumerate(grid) for x, cell in enumerate(row) if cell == 1}\n    count = 0\n    while todo:\n        count += 1\n        stack = [todo.pop()]\n        while stack:\n            y, x = stack.pop()\n            for near in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):\n                if near in todo:\n                    todo.remove(near)\n                    stack.append(near)\n    return count\n",
        [([[[1, 0], [0, 1]]], 2), ([[[1, 1]]], 1)],
        [([[]], 0), ([[[0, 0]]], 0), ([[[1, 1], [1, 0]]], 1), ([[[1, 0, 1], [1, 1, 1]]], 1), ([[[1, 0, 1], [0, 0, 0], [1, 0, 1]]], 4), ([[[1], [1], [0], [1]]], 2), ([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], 1), ([[[1, 2, 1]]], 2)],
    ),
    Task(
        "shortest_path", "Returns how few steps lead from a to b along the edges [from, to], -1 if none do; from a place to itself it is 0.", {"edges": "array", "a": "string", "b": "string"}, "integer",
        "def shortest_path(edges, a, b):\n    seen = {a}\n    level = [a]\n    steps = 0\n    while level:\n        if b in level:\n            return steps\n        level = [t for f, t in edges if f in level and t not in seen]\n        seen.update(level)\n        steps += 1\n    return -1\n",
        [([[["a", "b"], ["b", "c"]], "a", "c"], 2), ([[], "a", "b"], -1)],
        [([[["a", "b"]], "a", "a"], 0), ([[["a", "b"]], "b", "a"], -1), ([[["a", "b"], ["b", "c"], ["a", "c"]], "a", "c"], 1), ([[["a", "b"], ["b", "a"]], "a", "c"], -1), ([[["a", "b"], ["b", "c"], ["c", "d"]], "a", "d"], 3), ([[["a", "b"]], "a", "b"], 1)],
    ),
    Task(
        "topological", "Orders names so that each comes after those it depends on, alphabetically where there is a choice; a circle raises ValueError.", {"needs": "object"}, "string[]",
        "def topological(needs):\n    left = {name: set(before) for name, before in needs.items()}\n    out = []\n    while left:\n        ready = sorted(name for name, before in left.items() if not before & left.keys())\n        if not ready:\n            raise ValueError('a circle')\n        out.append(ready[0])\n        del left[ready[0]]\n    return out\n",
        [([{"b": ["a"], "a": []}], ["a", "b"]), ([{"a": []}], ["a"])],
        [([{}], []), ([{"c": [], "a": [], "b": []}], ["a", "b", "c"]), ([{"a": ["b"], "b": ["a"]}], E), ([{"a": ["a"]}], E), ([{"a": ["c"], "b": [], "c": ["b"]}], ["b", "c", "a"]), ([{"z": [], "a": ["z"], "m": []}], ["m", "z", "a"]), ([{"a": ["missing"]}], ["a"])],
    ),
    Task(
        "parse_query", "Reads a query string a=1&b=2 as an object of texts, + and %20 being spaces; a key without = has an empty value, the last of repeated keys counts.", {"text": "string"}, "object",
        "from urllib.parse import unquote_plus\n\n\ndef parse_query(text):\n    out = {}\n    for part in text.lstrip('?').split('&'):\n        if part:\n            key, _, value = part.partition('=')\n            out[unquote_plus(key)] = unquote_plus(value)\n    return out\n",
        [(["a=1&b=2"], {"a": "1", "b": "2"}), (["x=y"], {"x": "y"})],
        [([""], {}), (["?a=1"], {"a": "1"}), (["a"], {"a": ""}), (["a=1&a=2"], {"a": "2"}), (["q=two+words%20here"], {"q": "two words here"}), (["a=b=c"], {"a": "b=c"}), (["&&a=1&"], {"a": "1"})],
    ),
    Task(
        "compare_versions", "Compares versions of numbers parted by dots: -1, 0 or 1; missing parts are 0.", {"a": "string", "b": "string"}, "integer",
        "def compare_versions(a, b):\n    one = [int(part) for part in a.split('.')]\n    two = [int(part) for part in b.split('.')]\n    size = max(len(one), len(two))\n    one += [0] * (size - len(one))\n    two += [0] * (size - len(two))\n    return (one > two) - (one < two)\n",
        [(["1.2", "1.3"], -1), (["2", "1"], 1)],
        [(["1.0", "1"], 0), (["1.10", "1.9"], 1), (["1.0.1", "1"], 1), (["1", "1.0.1"], -1), (["0", "0.0.0"], 0), (["3.2.1", "3.2.1"], 0), (["10", "9.9.9"], 1)],
    ),
    Task(
        "slugify", "Turns a title into lower-case words joined by hyphens; words are runs of Latin letters and digits; a title without any raises ValueError.", {"title": "string"}, "string",
        "import re\n\n\ndef slugify(title):\n    words = re.findall(r'[a-z0-9]+', title.lower())\n    if not words:\n        raise ValueError(title)\n    return '-'.join(words)\n",
        [(["Hello World"], "hello-world"), (["A"], "a")],
        [([""], E), (["!!!"], E), (["  Two  spaces "], "two-spaces"), (["C3PO & R2D2"], "c3po-r2d2"), (["a_b"], "a-b"), (["UPPER"], "upper")],
    ),
    Task(
        "wrap", "Breaks a text into lines of at most width characters at its spaces; a longer word stands alone in its line; a width below 1 raises ValueError.", {"text": "string", "width": "integer"}, "string[]",
        "def wrap(text, width):\n    if width < 1:\n        raise ValueError(width)\n    lines = []\n    for word in text.split():\n        if lines and len(lines[-1]) + 1 + len(word) <= width:\n            lines[-1] += ' ' + word\n        else:\n            lines.append(word)\n    return lines\n",
        [(["a b c", 3], ["a b", "c"]), (["hello", 10], ["hello"])],
        [(["", 5], []), (["abcdef gh", 3], ["abcdef", "gh"]), (["aa bb", 5], ["aa bb"]), (["aa bb", 4], ["aa", "bb"]), (["a  b", 9], ["a b"]), (["x", 0], E), (["one two three", 7], ["one two", "three"])],
    ),
)
