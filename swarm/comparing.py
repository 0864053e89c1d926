"""Comparing: where a replay's reports are not those of its source, and in what two runs differ, node by node."""

import difflib
import json
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, JsonValue

from swarm.keys import canonical
from swarm.reports import Report
from swarm.usage import Usage
from swarm.views import order

_MOST_LINES = 30


class Compared(BaseModel):
    """One node of a replay: whether its report is the source's, byte for byte, and if not, where they part."""

    model_config = ConfigDict(frozen=True)

    path: str
    same: bool
    why: str = ""


class Trace(BaseModel):
    """What one node of a run came to, as far as it can be compared with another run's."""

    model_config = ConfigDict(frozen=True)

    path: str
    kind: str = "solve"
    status: str
    goal: str
    turns: int = 0
    actions: tuple[str, ...] = ()
    """What it decided, turn by turn."""
    answer: str = ""
    files: tuple[str, ...] = ()
    cost: Usage = Usage()


class Difference(BaseModel):
    """One node in which two runs differ: by field what each has; `only` names the run that has it alone."""

    model_config = ConfigDict(frozen=True)

    path: str
    only: str | None = None
    fields: dict[str, tuple[JsonValue, JsonValue]] = {}

    def lines(self, names: tuple[str, str]) -> list[str]:
        """Return the difference as a person reads it."""
        if self.only is not None:
            return [f"{self.path}: only in {self.only}"]
        rows = [f"{self.path}:"]
        for name, (one, other) in self.fields.items():
            if name in ("answer", "actions", "files"):
                rows += [f"  {name}:", *(f"    {line}" for line in _unified(_lines(one), _lines(other), names))]
            else:
                rows.append(f"  {name}: {_told(one)} -> {_told(other)}")
        return rows


def compare(theirs: Mapping[str, Report], ours: Mapping[str, Report]) -> list[Compared]:
    """Compare the reports of a source with those of its replay, both by node id, in the order of the paths."""
    found = []
    for node in theirs.keys() | ours.keys():
        one, other = theirs.get(node), ours.get(node)
        path = (one or other or Report(node=node, path="?", status="failed")).path
        if one is None or other is None:
            missing = "the replay" if other is None else "the source"
            found.append(Compared(path=path, same=False, why=f"{missing} has no report of this node"))
        elif canonical(one.model_dump(mode="json")) == canonical(other.model_dump(mode="json")):
            found.append(Compared(path=path, same=True))
        else:
            told = _unified(_pretty(one), _pretty(other), ("source", "replay"))
            found.append(Compared(path=path, same=False, why="\n".join(told)))
    return sorted(found, key=lambda each: order(each.path))


def differences(ones: Mapping[str, Trace], others: Mapping[str, Trace], names: tuple[str, str]) -> list[Difference]:
    """Return what differs between two runs, by path; a node that only one of them has is named with that."""
    found = []
    for path in sorted(ones.keys() | others.keys(), key=order):
        one, other = ones.get(path), others.get(path)
        if one is None or other is None:
            found.append(Difference(path=path, only=names[0] if other is None else names[1]))
            continue
        a, b = one.model_dump(mode="json"), other.model_dump(mode="json")
        if fields := {name: (a[name], b[name]) for name in a if a[name] != b[name]}:
            found.append(Difference(path=path, fields=fields))
    return found


def _pretty(report: Report) -> list[str]:
    return json.dumps(report.model_dump(mode="json"), indent=1, sort_keys=True, ensure_ascii=False).splitlines()


def _unified(one: Sequence[str], other: Sequence[str], names: tuple[str, str]) -> list[str]:
    """Return the unified diff of two texts, shortened."""
    lines = list(difflib.unified_diff(one, other, *names, n=1, lineterm=""))
    left = len(lines) - _MOST_LINES
    return lines if left <= 0 else [*lines[:_MOST_LINES], f"... {left} more lines"]


def _lines(value: JsonValue) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else str(value).splitlines()


def _told(value: JsonValue) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {'unknown' if each is None else each}" for name, each in value.items())
    return str(value)
