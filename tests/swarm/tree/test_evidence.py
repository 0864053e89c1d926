"""Evidence: nothing stale, nothing twice, the ends of long outputs."""

from swarm.decisions import Decision, RunCommand, WriteFile
from swarm.reports import Observation
from swarm.tree.evidence import evidence_of, last_run
from swarm.tree.turns import Turn


def _ran(command: str, text: str = "exit code 0", **more: tuple[str, ...]) -> Observation:
    return Observation.model_validate({"action": f"run_command {command}", "outcome": "ok", "text": text, **more})


def _seen(action: str, text: str = "x", **more: tuple[str, ...]) -> Observation:
    return Observation.model_validate({"action": action, "outcome": "ok", "text": text, **more})


_EDIT = _seen("edit_file a.py (1 edit)", artifacts=("a.py",))


def _shown(*seen: Observation, checks: tuple[str, ...] = (), changes: str = "") -> list[str]:
    return [each.action for each in evidence_of(seen, checks, changes)]


def test_a_reviewer_sees_what_ran_since_the_last_change() -> None:
    """An earlier run of a check is marked; what a child, a person or a function said before stays."""
    child = _seen("notes: Do it", "node 0.1 reports done: it is")
    old = (_ran("python try.py"), _ran("pytest -q", "exit code 1\n1 failed"), child)
    assert _shown(*old, _EDIT, _ran("pytest -q tests")) == ["notes: Do it", "run_command pytest -q tests"]
    shown = evidence_of([*old, _EDIT], ("pytest -q",), "")
    assert [each.text for each in shown] == ["(before the last change) exit code 1\n1 failed", child.text]


def test_a_command_that_changes_files_is_shown_with_what_it_printed() -> None:
    """It is itself the last change."""
    assert _shown(_EDIT, _ran("make all", artifacts=("b.o",))) == ["run_command make all"]


def test_the_same_command_is_shown_once() -> None:
    """As it ended last."""
    shown = evidence_of([_ran("pytest", "exit code 1"), _ran("pytest", "exit code 0")], (), "")
    assert [each.text for each in shown] == ["exit code 0"]


def test_a_long_output_is_shown_by_its_end_and_how_it_ended() -> None:
    """Failures stand at the end, and a cut in the middle would hide them."""
    (shown,) = evidence_of([_ran("pytest", "exit code 1\n" + "dots\n" * 2000 + "1 failed")], (), "")
    assert shown.text.startswith("exit code 1\n[... ") and shown.text.endswith("1 failed") and len(shown.text) < 1600


def test_what_the_changes_show_is_no_evidence() -> None:
    """A diff, whatever its options, and a file that was printed after it was written."""
    changes = "--- a/a.py\n+++ b/a.py\n+one\n+two\n+three\n"
    seen = (
        _EDIT,
        _ran("git diff --stat"),
        _ran("cd x && git -C . status"),
        _ran("cat a.py", "exit code 0\none\ntwo\nthree"),
    )
    assert _shown(*seen, changes=changes) == []
    assert _shown(_ran("cat a.py", "exit code 0\none\ntwo\nfour"), changes=changes) == ["run_command cat a.py"]


def test_what_was_read_is_evidence_only_where_nothing_was_done() -> None:
    """And only what was read of things as they are."""
    looks = (_seen("read a.md"), _seen("find x"))
    assert _shown(*looks) == ["read a.md", "find x"]
    assert _shown(*looks, _ran("pytest")) == ["run_command pytest"]
    assert _shown(*looks, _EDIT) == []


def _turn(*pairs: tuple[RunCommand | WriteFile, Observation]) -> Turn:
    decision = Decision(actions=tuple(action for action, _ in pairs))
    return Turn(decision=decision, results=tuple((seen,) for _, seen in pairs))


def test_a_command_that_has_just_run_need_not_run_again() -> None:
    """Unless something has changed since, or by it, or it had packages that a criterion has not."""
    test, write = RunCommand(command="pytest -q"), WriteFile(path="a", text="b")
    ran, wrote = _ran("pytest -q"), _seen("write_file a", artifacts=("a",))
    note = Turn(decision=None, results=((_seen("retry"),),))
    assert last_run([_turn((write, wrote), (test, ran)), note], "pytest -q") == ran
    assert last_run([_turn((test, ran), (write, wrote))], "pytest -q") is None
    assert last_run([_turn((test, _ran("pytest -q", artifacts=("log",))))], "pytest -q") is None
    assert last_run([_turn((test.model_copy(update={"packages": ("x",)}), ran))], "pytest -q") is None
    assert last_run([_turn((test, ran))], "pytest") is None
