"""The exercises of the polyglot set: how one is read, what goes wrong in it, and how the degraded model mends it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.goals import drafts
from benchmarks.goals.degraded import Student
from benchmarks.goals.drafts import BadEdit, Plan, plan_of
from benchmarks.goals.exercise_set import Exercise, exercises_of
from benchmarks.goals.exercises import Tried, summary
from swarm.chat import Message
from swarm.errors import UsageError
from swarm.testing import Asked
from swarm.text.edits import EditFault, replace_all

_REFERENCE = (
    "import math\n\n\ndef area(side):\n    if side < 0:\n        return 0\n    return math.prod([side, side])\n"
)
_TEST = "from square import area\n\n\ndef test_area():\n    assert area(3) == 9\n    assert area(-1) == 0\n"


def _exercise(folder: Path) -> Exercise:
    """Write a set of one exercise, and read it."""
    home = folder / "python" / "exercises" / "practice" / "square"
    files = {"solution": ["square.py"], "test": ["square_test.py"], "example": [".meta/example.py"]}
    texts = {
        ".meta/config.json": json.dumps({"files": files}),
        ".meta/example.py": _REFERENCE,
        ".docs/instructions.md": "Return the area.\n",
        "square.py": "def area(side):\n    pass\n",
        "square_test.py": _TEST,
    }
    for name, text in texts.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return exercises_of(folder)[0]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Exercise, Plan]:
    """The exercise with what goes wrong in it, which takes some runs of its tests to choose."""
    exercise = _exercise(tmp_path_factory.mktemp("set"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drafts, "passes", lambda _, text: _passes(text))
        return exercise, plan_of(exercise)


def _passes(text: str) -> bool:
    """Try a text as the exercise's test does, without a process for each try."""
    names: dict[str, Any] = {}
    try:
        exec(text, names)
        return bool(names["area"](3) == 9 and names["area"](-1) == 0)
    except Exception:  # noqa: BLE001 - whatever a wrong draft raises
        return False


def _asked(*messages: Message) -> Asked:
    return Asked(node="0", role="decide", messages=messages, body={}, authorization="", time=0.0)


class Node:
    """A node in few lines: it does what a decision says to one file, and shows what came of it."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise, self.text, self.calls = exercise, "", 0

    def play(self, student: Student) -> None:
        """Ask for decisions until the tests pass when it says it has finished."""
        goal = Message(role="user", content=f"Goal: {self.exercise.goal}\nIt counts as done when:\n- tests pass")
        shown = "Turn 1 of 60."
        for turn in range(2, 30):
            said = student.answer(
                _asked(goal, Message(role="assistant", content=""), Message(role="user", content=shown))
            )
            self.calls += 1
            assert isinstance(said, dict)
            cut = said.get("fault") == "truncate"
            told = [self._done(action, cut) for action in (said["then"] if cut else said)["actions"]]
            if told == [""]:
                break
            shown = "\n".join([*told, f"Turn {turn} of 60."])
        self.calls += 1  # the review

    def _done(self, action: dict[str, Any], cut: bool) -> str:
        match action["kind"]:
            case "write_file":
                text = action["text"][: len(action["text"]) // 3] if cut else action["text"]
                self.text = self.text + text if action.get("append") else text
                return f"is replaced: {len(self.text):,} characters in all"
            case "edit_file":
                edits = [(edit["old"], edit["new"]) for edit in action["edits"]]
                try:
                    self.text = replace_all(self.text, edits)
                except EditFault as error:
                    return str(error)
            case "run_command" | "finish" as kind:
                good = _passes(self.text)
                if kind == "finish":
                    return "" if good else "it does not pass: exit code 1"
                return f"run_command: exit code {0 if good else 1}"
        return "done"


def test_a_set_without_exercises_is_said(tmp_path: Path) -> None:
    """The error names the folder and what to give."""
    with pytest.raises(UsageError, match=r"--folder .* give a checkout"):
        exercises_of(tmp_path)


def test_an_exercise_shows_no_reference(tmp_path: Path) -> None:
    """The workspace begins with stub, tests and instructions; the goal has the command that tries them."""
    exercise = _exercise(tmp_path)
    assert set(exercise.files) == {"square.py", "square_test.py", "INSTRUCTIONS.md"}
    assert "`python -m pytest -q square_test.py`" in exercise.goal and "python/square" in exercise.goal


def test_a_draft_is_wrong(planned: tuple[Exercise, Plan]) -> None:
    """Each fault alone makes the tests fail, and the draft has them all."""
    exercise, plan = planned
    assert len(plan.faults) == 2
    assert drafts.passes(exercise, exercise.reference) and not drafts.passes(exercise, plan.draft)
    for fault in plan.faults:
        assert not _passes(exercise.reference.replace(fault.right, fault.wrong))


@pytest.mark.parametrize(
    "plan",
    [
        {"bad_edit": "twice", "arrival": "cut", "idle": True, "early": True, "together": False},
        {"bad_edit": "never", "arrival": "prose", "idle": False, "early": False, "together": True},
        {"bad_edit": "", "arrival": "whole", "idle": False, "early": True, "together": True},
    ],
    ids=lambda plan: plan["arrival"],
)
def test_a_degraded_model_ends_at_the_reference(planned: tuple[Exercise, Plan], plan: dict[str, Any]) -> None:
    """However it goes wrong, it ends in the fewest calls its plan needs, and knows why each bad edit was refused."""
    exercise, chosen = planned
    bad_edit: BadEdit = plan.pop("bad_edit")
    faults = tuple(replace(fault, bad_edit=bad_edit) for fault in chosen.faults)
    wrong = replace(chosen, faults=faults, chatter=False, **plan)
    student, node = Student(exercise, wrong, "tools"), Node(exercise)
    node.play(student)
    assert node.text == student.meant == exercise.reference
    assert node.calls == wrong.fewest
    assert student.bad_edits == student.explained == (len(faults) if bad_edit else 0)


def test_prose_stands_around_a_decision_but_not_around_calls(planned: tuple[Exercise, Plan]) -> None:
    """A request that is asked again gets the decision alone."""
    exercise, chosen = planned
    plan = replace(chosen, chatter=True, arrival="whole", idle=False)
    goal = Message(role="user", content=f"{exercise.goal}\nIt counts as done when:\n- tests pass\nTurn 1 of 60.")
    said = Student(exercise, plan, "tools").answer(_asked(goal))
    student = Student(exercise, plan, "json_schema")
    spoken = student.answer(_asked(goal))
    assert isinstance(spoken, str) and spoken.startswith("Sure") and json.dumps(said) in spoken
    assert student.answer(_asked(goal)) == said and len(student.repeated) == 1


def test_the_summary_counts_by_language() -> None:
    """A spoilt file and an edit without a reason are seen in it."""
    one = Tried("python/a", "python", "tools", "done", "", (), 7, 7, 1, 1, (), 100, 1.0)
    two = replace(one, name="javascript/b", language="javascript", fault="spoilt", spoilt=("b.js",), explained=0)
    rows = [re.split(r"\s{2,}", row.replace(" ", "  ")) for row in summary([one, two]).splitlines()[1:]]
    assert rows == [
        ["python", "1/1", "7.0", "7.0", "0", "1/1", "0"],
        ["javascript", "0/1", "0.0", "0.0", "1", "0/1", "0"],
        ["all", "1/2", "7.0", "7.0", "1", "1/2", "0"],
    ]
