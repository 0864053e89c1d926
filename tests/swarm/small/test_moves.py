"""Code decides what a small model's node does next."""

from swarm.decisions import Finish, GiveUp, RunCode, WriteFunction, WriteText
from swarm.reports import Observation
from swarm.small.intent import Intent
from swarm.small.moves import answer_from, evidence_of, folders_first, next_move, printed
from swarm.tree.briefing import Briefing, Material

_READ = Briefing(materials=(Material(place="a.txt", text="words"),))


def _seen(action: str, outcome: str = "ok", text: str = "t", *artifacts: str) -> Observation:
    return Observation.model_validate({"action": action, "outcome": outcome, "text": text, "artifacts": artifacts})


def test_the_first_move_follows_the_kind_of_work() -> None:
    """A program is run on the files that are named, a text is written to its file, an answer is left to the model."""
    program = next_move("count", Intent(kind="program", inputs=("a.txt",)), (), _READ)
    assert program == RunCode(task="count", files=("a.txt",))
    text = next_move("write", Intent(kind="text", outputs=("b.md",)), (), _READ)
    assert isinstance(text, WriteText) and text.path == "b.md"
    assert isinstance(next_move("make", Intent(kind="function"), (), _READ), WriteFunction)
    assert next_move("say", Intent(kind="answer"), (), _READ) == "answer"


def test_each_file_that_the_goal_names_is_written_then_the_node_finishes() -> None:
    """The answer names them, and rests on what was read."""
    intent = Intent(kind="text", outputs=("b.md", "c.md"))
    first = _seen("write_text b.md", "ok", "b.md is written and complete (4 characters):\nText", "b.md")
    second = next_move("g", intent, (first,), _READ)
    assert isinstance(second, WriteText) and second.path == "c.md"
    last = next_move("g", intent, (first, _seen("write_text c.md", "ok", "c.md is written:\nMore", "c.md")), _READ)
    assert isinstance(last, Finish)
    assert last.answer.startswith("b.md is written") and "More" in last.answer and last.evidence == ("a.txt",)


def test_after_two_failed_attempts_it_answers_without_a_program_or_gives_up_with_the_cause() -> None:
    """A file that was to be written is not made up."""
    failed = (_seen("run_code c", "error", "4 programs failed; the last: SyntaxError"),) * 2
    assert next_move("c", Intent(kind="program"), failed, _READ) == "answer"
    move = next_move("c", Intent(kind="program", outputs=("n.json",)), failed, _READ)
    assert isinstance(move, GiveUp) and "SyntaxError" in move.reason


def test_work_that_was_rejected_is_done_again() -> None:
    """What was observed before counts no more."""
    seen = (_seen("run_code c", "ok", printed("7", "print(7)", ())), _seen("finish", "check_failed", "no"))
    assert isinstance(next_move("c", Intent(kind="program"), seen, _READ), RunCode)


def test_what_is_not_there_is_said_at_once() -> None:
    """With the names that are there, which stand in the note."""
    nothing = Briefing(materials=(Material(place="n.txt", text="", note="there is no n.txt; there are: m.txt"),))
    move = next_move("count n.txt", Intent(kind="program"), (), nothing)
    assert isinstance(move, GiveUp) and "m.txt" in move.reason


def test_the_answer_is_what_the_program_printed_and_how_if_that_is_asked() -> None:
    """The program is shown only to those who want it."""
    done = [_seen("run_code c", "ok", printed("the sum is 24\n", "print(24)\n", ("n.json",)))]
    assert answer_from("sum it", done) == "the sum is 24\nfiles written: n.json"
    assert answer_from("sum it and show how", done).endswith("This program found it:\n\n```python\nprint(24)\n```")
    assert evidence_of(done, _READ) == ("a.txt",)


def test_the_folder_of_an_output_is_made_before_the_program_runs() -> None:
    """A program for a file in no folder stays as it is."""
    assert folders_first("x()", ("a.txt",)) == "x()"
    assert folders_first("x()", ("out/a.txt", "out/b.txt")) == "import os\n\nos.makedirs('out', exist_ok=True)\n\nx()"
