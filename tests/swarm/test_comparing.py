"""Comparing: a replay's reports are the source's byte for byte, and two runs differ only in what differs."""

from swarm.comparing import Trace, compare, differences
from swarm.reports import Report
from swarm.usage import Usage

_REPORT = Report(node="a", path="0", status="done", answer="Yes.", cost=Usage(calls=1, usd=0.5))


def test_equal_reports_are_the_same() -> None:
    """Nodes come in the order of their paths."""
    both = {path: _REPORT.model_copy(update={"node": path, "path": path}) for path in ("0.10", "0.2", "0")}
    found = compare(both, dict(reversed(both.items())))
    assert [(each.path, each.same, each.why) for each in found] == [
        ("0", True, ""),
        ("0.2", True, ""),
        ("0.10", True, ""),
    ]


def test_where_reports_part_is_shown() -> None:
    """Costs count too; only the lines around a difference are shown."""
    dearer = _REPORT.model_copy(update={"cost": Usage(calls=1, usd=0.25)})
    (found,) = compare({"a": _REPORT}, {"a": dearer})
    assert not found.same
    assert '-  "usd": 0.5' in found.why and '+  "usd": 0.25' in found.why
    assert "answer" not in found.why


def test_a_report_that_only_one_side_has_is_a_difference() -> None:
    """Both ways round."""
    assert compare({"a": _REPORT}, {})[0].why == "the replay has no report of this node"
    assert compare({}, {"a": _REPORT})[0].why == "the source has no report of this node"


def test_a_long_difference_is_shortened() -> None:
    """Nobody reads a thousand lines of one node."""
    one, other = (Trace(path="0", status="done", goal="g", answer="\n".join(map(str, n))) for n in (range(99), ""))
    (found,) = differences({"0": one}, {"0": other}, ("r", "s"))
    lines = found.lines(("r", "s"))
    assert len(lines) < 40 and lines[-1].endswith("more lines")


def test_two_runs_differ_only_in_what_differs() -> None:
    """A field that is the same is not named, a node that one run has alone is."""
    trace = Trace(path="0", status="done", goal="g", turns=2, actions=("1: retrieve", "2: finish"), answer="Yes.")
    other = trace.model_copy(update={"status": "failed", "actions": ("1: give_up",), "cost": Usage(calls=3)})
    more = trace.model_copy(update={"path": "0.1"})
    assert differences({"0": trace}, {"0": trace}, ("r", "s")) == []
    first, second = differences({"0": trace}, {"0": other, "0.1": more}, ("r", "s"))
    assert set(first.fields) == {"status", "actions", "cost"}
    assert first.lines(("r", "s"))[:2] == ["0:", "  status: done -> failed"]
    assert "    -1: retrieve" in first.lines(("r", "s")) and "    +1: give_up" in first.lines(("r", "s"))
    assert any("calls 0" in line and "calls 3" in line for line in first.lines(("r", "s")))
    assert second.lines(("r", "s")) == ["0.1: only in s"]
