"""What to return instead of a value that is not JSON: the first one found in a result, where it is, and its cure."""

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CURES = {
    "set": "sorted(...) or list(...)",
    "frozenset": "sorted(...) or list(...)",
    "bytes": ".decode(), or base64.b64encode(...).decode()",
    "bytearray": ".decode(), or base64.b64encode(...).decode()",
    "datetime": ".isoformat()",
    "date": ".isoformat()",
    "time": ".isoformat()",
    "timedelta": ".total_seconds()",
    "Decimal": "str(...), or float(...)",
    "Fraction": "str(...), or float(...)",
    "UUID": "str(...)",
    "complex": "a list of its two parts",
    "range": "list(...)",
    "generator": "list(...)",
    "map": "list(...)",
    "filter": "list(...)",
    "zip": "list(...)",
    "dict_keys": "list(...)",
    "dict_values": "list(...)",
    "dict_items": "dict(...)",
    "deque": "list(...)",
    "async_generator": "[each async for each in ...]",
    "ndarray": ".tolist()",
    "Series": ".tolist()",
    "DataFrame": '.to_dict("records")',
    "Match": ".group()",
    "PosixPath": "str(...)",
}
_MOST = 100_000


def instead(value: "Any") -> str:
    """Say what is not JSON in a value, and what to return instead; empty where that is not known."""
    level: list[tuple[str, Any]] = [("", value)]
    looked = 0
    while level and looked < _MOST:
        place, each = level.pop()
        looked += 1
        where = f" (at {place})" if place else ""
        if type(each) is float and not math.isfinite(each):
            return f"{each}{where} is no number of JSON; return None, or raise an error"
        if isinstance(each, dict):
            for key, inner in each.items():
                if not isinstance(key, (str, int, float, bool, type(None))):
                    kind = type(key).__name__
                    return f"a key of a dict{where} is a {kind}; make it a string, such as '-'.join(...) or str(...)"
                level.append((f"{place}[{key!r}]"[:80], inner))
        elif isinstance(each, (list, tuple)):
            level += [(f"{place}[{at}]"[:80], inner) for at, inner in enumerate(each)]
        elif not isinstance(each, (str, int, float, bool, type(None))):
            return _cure(each, where)
    return ""


def _cure(value: "Any", where: str) -> str:
    kind = type(value)
    cure = _CURES.get(kind.__name__, "")
    if not cure and kind.__module__.startswith("numpy"):
        cure = ".item()"
    if not cure and hasattr(kind, "__dataclass_fields__"):
        cure = "dataclasses.asdict(...)"
    cure = cure or "its parts as a dict, list, string or number"
    return f"{kind.__name__}{where} is none of its types; return {cure} instead"
