"""Mending: what code can put right in a program before it is run, so that no sample is lost for it."""

import ast

_NAMES = {
    "Path": "from pathlib import Path",
    **{name: f"from collections import {name}" for name in ("Counter", "defaultdict", "OrderedDict", "deque")},
    **{name: f"from datetime import {name}" for name in ("date", "datetime", "timedelta", "timezone")},
    **{name: f"from itertools import {name}" for name in ("combinations", "permutations", "product", "groupby")},
    **{name: f"from decimal import {name}" for name in ("Decimal", "ROUND_HALF_UP")},
    **{name: f"from math import {name}" for name in ("sqrt", "gcd", "factorial", "isqrt", "ceil", "floor", "pi")},
    **{"Fraction": "from fractions import Fraction", "reduce": "from functools import reduce"},
    **{
        name: f"import {name}"
        for name in (
            *("json", "re", "csv", "os", "sys", "math", "random", "string", "collections", "itertools", "statistics"),
            *("calendar", "time", "hashlib", "base64", "textwrap", "unicodedata", "glob", "operator", "functools"),
        )
    },
}
"""What programs use and forget to import."""


def with_imports(code: str) -> str:
    """Return a Python program with the imports it forgot; one that does not parse as it is."""
    from pyflakes.checker import Checker  # type: ignore[import-untyped]
    from pyflakes.messages import UndefinedName  # type: ignore[import-untyped]

    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code
    found = [each.message_args[0] for each in Checker(tree).messages if isinstance(each, UndefinedName)]
    lines = dict.fromkeys(_NAMES[name] for name in found if name in _NAMES)
    return "".join(f"{line}\n" for line in lines) + code
