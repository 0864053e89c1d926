"""Drafts: what goes wrong in one exercise, chosen by its name: the same in every run."""

import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.goals.exercise_set import Exercise
from benchmarks.goals.trying import ran

_MOST_TRIED = 6
_SECONDS = 60.0
BadEdit = Literal["twice", "never", ""]


@dataclass(frozen=True)
class Fault:
    """One place in which a draft differs from the reference; `bad_edit` is how the first try to mend it fails."""

    right: str
    wrong: str
    bad_edit: BadEdit
    names: tuple[str, ...] = ()
    """What an import that was forgotten brings in."""


@dataclass(frozen=True)
class Plan:
    """How one exercise goes wrong."""

    draft: str
    faults: tuple[Fault, ...]
    idle: bool
    """A turn that does nothing for the goal."""
    arrival: Literal["whole", "cut", "prose"]
    """Whether the draft arrives whole, cut by max_tokens, or with prose around it in the file."""
    early: bool
    """Whether it says it has finished before it has run the tests."""
    together: bool
    """Whether tests are run in the turn that writes."""
    chatter: bool
    """Whether prose stands around a decision."""

    @property
    def fewest(self) -> int:
        """The fewest calls in which this plan ends: finish, review, and each turn it wastes or mends in."""
        tested = self.together and self.arrival != "cut" and not self.early
        first = 1 + self.idle + (self.arrival != "whole") + (not tested)
        repairs = sum(1 + bool(fault.bad_edit) + (not self.together) for fault in self.faults)
        return 2 + first + repairs


def plan_of(exercise: Exercise) -> Plan:
    """Return what goes wrong in an exercise: faults that its tests notice, and how the model behaves besides."""
    chosen = random.Random(exercise.name)
    line = _noticed(exercise, list(_wrong_lines(exercise, chosen)))
    forgotten = _noticed(exercise, list(_imports(exercise, chosen)))
    draft, faults = exercise.reference, list[Fault]()
    for fault in (forgotten, line):
        if fault and draft.count(fault.right) == 1:
            draft = draft.replace(fault.right, fault.wrong)
            faults.append(fault)
    return Plan(
        draft=draft,
        faults=tuple(faults),
        idle=chosen.random() < 0.3,
        arrival=chosen.choice(("whole", "cut", "prose")),
        early=chosen.random() < 0.25 and bool(faults),
        together=chosen.random() < 0.5,
        chatter=chosen.random() < 0.4,
    )


def passes(exercise: Exercise, solution: str) -> bool:
    """Say whether the tests of an exercise pass with a solution; they run here, outside of the sandbox."""
    with tempfile.TemporaryDirectory() as place:
        exercise.lay_out(Path(place), solution)
        command = exercise.command.split()
        if command[0] == "python":
            command[0] = sys.executable
        return ran(command, Path(place), _SECONDS)[0] == 0


def _noticed(exercise: Exercise, faults: list[Fault]) -> Fault | None:
    """Return the first of some faults without which the tests pass and with which they fail."""
    for fault in faults[:_MOST_TRIED]:
        if not passes(exercise, exercise.reference.replace(fault.right, fault.wrong)):
            return fault
    return None


def _wrong_lines(exercise: Exercise, chosen: random.Random) -> Iterator[Fault]:
    """Yield lines with a result that is wrong: what is returned is forgotten; then statements that are left out."""
    lines = exercise.reference.splitlines(keepends=True)
    found = [line for line in lines if _returns(line) and exercise.reference.count(line) == 1]
    for line in chosen.sample(found, len(found)):
        indent, nothing = line[: len(line) - len(line.lstrip())], "None" if exercise.language == "python" else "null;"
        yield Fault(line, f"{indent}return {nothing}\n", chosen.choice(("twice", "never", "")))
    found = [line for line in lines if _stands_alone(line) and exercise.reference.count(line) == 1]
    for line in chosen.sample(found, len(found)):
        yield Fault(line, "", chosen.choice(("twice", "never", "")))


def _returns(line: str) -> bool:
    """Say whether a line returns something and ends there."""
    bare = line.strip().rstrip(";")
    ends = _is_balanced(bare) and bare[-1:] not in tuple("\\,(+-&|?:=`")
    return bare.startswith("return ") and ends and bare.split()[1] != "None"


def _stands_alone(line: str) -> bool:
    """Say whether a line is a statement of JavaScript that nothing leans on but what it does."""
    bare = line.strip()
    return bare.endswith(";") and _is_balanced(bare) and not bare.startswith(("return", "import", "const", "//"))


def _is_balanced(text: str) -> bool:
    return all(text.count(opened) == text.count(closed) for opened, closed in ("()", "[]", "{}"))


def _imports(exercise: Exercise, chosen: random.Random) -> Iterator[Fault]:
    """Yield imports that are forgotten."""
    for line in exercise.reference.splitlines(keepends=True):
        imports = line.startswith(("import ", "from ")) or (line.startswith("const ") and "require(" in line)
        if imports and exercise.reference.count(line) == 1 and line.count("(") == line.count(")"):
            names = line.replace("{", " ").replace("}", " ").replace(",", " ").replace(";", " ").split()
            known = tuple(
                name for name in names if name.isidentifier() and name not in ("import", "from", "as", "const")
            )
            yield Fault(line, "", chosen.choice(("twice", "never", "")), known)
