"""Findings: what a node that cannot go on has to show for it."""

from swarm.decisions import Decision
from swarm.reports import Observation
from swarm.tree.findings import findings
from swarm.tree.turns import Turn


def _seen(action: str, text: str, **more: object) -> Observation:
    return Observation.model_validate({"action": action, "outcome": "ok", "text": text, **more})


def test_nothing_that_went_well_is_nothing_to_show() -> None:
    """An answer that was rejected is no result by itself."""
    assert findings("Five.", [Observation(action="finish", outcome="check_failed", text="no")], ()) == ""


def test_reports_files_notes_and_the_last_result_are_shown() -> None:
    """Each in its place, and not what was read on the way."""
    note = {"situation": "It halves.", "actions": [{"kind": "note", "text": "use metres"}]}
    turn = Turn(decision=Decision.model_validate(note), results=((),))
    seen = [
        _seen("retrieve a.txt", "all of the file", evidence=("a.txt",)),
        _seen("part: do it", "node 0.1 reports done: 2 m long"),
        _seen("write_file b.md", "written", artifacts=("b.md",), versions={"b.md": "1"}),
        _seen("run_command make", "exit code 0"),
    ]
    shown = findings("", seen, [turn])
    for part in ("2 m long", "Files: b.md", "Noted:\n- use metres", "Last result, of run_command make", "It halves."):
        assert part in shown
    assert "all of the file" not in shown


def test_where_only_something_was_read_its_places_are_named() -> None:
    """Never a dump of it."""
    assert findings("", [_seen("retrieve a.txt", "long " * 99, evidence=("a.txt",))], ()) == "Read: a.txt"
