"""Turns: what a node knows of its own work, and when it does the same thing again and again."""

from swarm.decisions import Decision
from swarm.reports import Observation
from swarm.tree.turn_log import TurnLog
from swarm.tree.turns import Turn, changed_files, failing_moves, known_versions, notes_of


def _decision(*actions: dict[str, object]) -> Decision:
    return Decision.model_validate({"situation": "s", "actions": list(actions)})


def _turn(command: str, text: str, outcome: str = "error") -> Turn:
    seen = Observation.model_validate({"action": f"run_command {command}", "outcome": outcome, "text": text})
    return Turn(decision=_decision({"kind": "run_command", "command": command}), results=((seen,),))


def test_the_same_failing_move_is_counted() -> None:
    """Another outcome or another action in between begins anew."""
    assert failing_moves([_turn("make", "no rule")] * 3) == ("run_command make", 3)
    assert failing_moves([_turn("make", "no rule"), _turn("make", "error 2")]) == ("run_command make", 1)
    assert failing_moves([_turn("make", "x"), _turn("ls", "y", "ok"), _turn("make", "x")])[1] == 1
    assert failing_moves([]) == ("", 0)


def test_what_a_person_says_begins_the_count_anew() -> None:
    """Else a node that was stuck would be stuck at once when it is tried again."""
    said = Turn(decision=None, results=((Observation(action="retry", outcome="check_failed", text="try b"),),))
    assert failing_moves([*[_turn("make", "no rule")] * 6, said]) == ("", 0)
    assert failing_moves([*[_turn("make", "no rule")] * 6, said, _turn("make", "no rule")])[1] == 1


def test_success_counts_only_when_it_brings_the_same_thrice() -> None:
    """Looking again is always allowed; looking for ever is not."""
    same = _turn("git status", "clean", "ok")
    assert failing_moves([same, same])[1] == 0 and failing_moves([same] * 3) == ("run_command git status", 3)


def test_two_different_texts_for_one_file_are_not_the_same_move() -> None:
    """What was written counts, not only where."""
    seen = Observation(action="write_file a.py", outcome="refused", text="no")
    turns = [
        Turn(decision=_decision({"kind": "write_file", "path": "a.py", "text": text}), results=((seen,),))
        for text in ("1", "2")
    ]
    assert failing_moves(turns)[1] == 1


def test_a_log_keeps_each_result_with_its_action() -> None:
    """An action that was not begun came to nothing; what a person says stands between the turns."""
    log = TurnLog([])
    log.tell("Turn 1 of 9.")
    log.begin(_decision({"kind": "read", "uri": "a"}, {"kind": "note", "text": "remember"}))
    log.begin_action()
    log.see(Observation(action="read a", outcome="ok", text="A", versions={"a": "1"}))
    log.hear(Observation(action="retry", outcome="check_failed", text="try b"))
    log.tell("Turn 2 of 9.")
    first, second = log.turns
    assert [len(result) for result in first.results] == [1, 0] and second.decision is None
    assert log.opening == "Turn 1 of 9." and second.status == "Turn 2 of 9."
    assert [seen.text for seen in log.seen] == ["A", "try b"] and notes_of(log.turns) == ["remember"]


def test_a_folded_log_shows_the_rest_only() -> None:
    """The turns are still there for whoever counts them."""
    log = TurnLog([])
    for name in "abc":
        log.begin(_decision({"kind": "read", "uri": name}))
        log.begin_action()
    log.fold(2, "a and b were read")
    assert log.history.first == 2 and len(log.history.turns) == 1 and len(log.turns) == 3


def test_files_are_known_by_their_latest_versions() -> None:
    """Deleted ones by an empty one; a file that was only read was not changed."""
    seen = [
        Observation(action="read", outcome="ok", text="", versions={"a": "1", "b": "1"}),
        Observation(action="edit", outcome="ok", text="", artifacts=("a",), versions={"a": "2"}),
        Observation(action="command", outcome="ok", text="", versions={"c": ""}),
    ]
    assert known_versions(seen) == {"a": "2", "b": "1", "c": ""} and changed_files(seen) == {"a": "2", "c": ""}


def test_an_answer_that_could_not_be_read_is_no_new_beginning() -> None:
    """Else a model that asks for what was left out would never be stuck."""
    spoilt = Turn(decision=None, results=((Observation(action="decide", outcome="error", text="not offered"),),))
    assert failing_moves([*[_turn("make", "no rule")] * 4, spoilt, _turn("make", "no rule")])[1] == 5
