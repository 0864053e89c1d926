"""Solve the exercises of the polyglot set through the real command line, by a degraded model that knows them.

    python -m benchmarks.goals --grade exercises --folder FOLDER [--only python/bowling] [--minutes 30] [--json FILE]

FOLDER is a checkout of github.com/Aider-AI/polyglot-benchmark; it needs python and node, and nothing is installed. The
model is scripted: it drafts each reference with faults that the tests notice, forgets imports, edits what occurs twice
or never, is cut by max_tokens, puts prose around files and decisions, idles, and finishes before it has tried; what it
is shown tells it what to mend. All of it is chosen by the exercise's name. An exercise is solved if the run is done,
the tests pass outside of the run, and every file is what it was or what the model meant, byte for byte. With --minutes
no exercise is begun later than that, and it is said how many were not.
"""

import json
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.goals.degraded import Student
from benchmarks.goals.drafts import passes, plan_of
from benchmarks.goals.exercise_set import Exercise, exercises_of
from benchmarks.goals.grades import Goal
from benchmarks.goals.playing import Stage
from swarm.testing import Asked, ScriptedModel

_AT_ONCE = 3
_FORMS = ("tools", "json_schema")
_PROFILE = "{hands: full, window: 128000, output: 16000, form: %s}"
_NAME = re.compile(r"Solve the exercise (\S+):")
_MADE = ("__pycache__", ".pytest_cache")


@dataclass(frozen=True)
class Tried:
    """What came of one exercise."""

    name: str
    language: str
    form: str
    status: str
    fault: str
    spoilt: tuple[str, ...]
    calls: int
    fewest: int
    bad_edits: int
    explained: int
    repeated: tuple[str, ...]
    tokens_in: int
    seconds: float

    @property
    def solved(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.fault


class Classroom:
    """All exercises that are being solved: one model for all of them, and one stack."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._students: dict[str, Student] = {}
        self._model = ScriptedModel(self._answer)
        profiles = folder / "profiles.yaml"
        profiles.write_text("".join(f"exercises-{form}: {_PROFILE % form}\n" for form in _FORMS), encoding="utf-8")
        self._profiles = str(profiles)

    def solve(self, exercises: Sequence[Exercise], minutes: float) -> Iterator[Tried]:
        """Run every exercise that can begin within some minutes, some at once, and yield what came of each."""
        settings = {"SWARM_PROFILES": self._profiles, "SWARM_AUTO_RESUME": "0", "OPENAI_API_KEY": "sk-scripted"}
        with self._model, ThreadPoolExecutor(_AT_ONCE) as pool:
            settings |= {"OPENAI_BASE_URL": self._model.base_url, "SWARM_MODEL": f"exercises-{_FORMS[0]}"}
            with Stage(self._folder / "home", **settings) as stage:
                until = time.monotonic() + 60 * minutes
                begun = [pool.submit(self._try, stage, *each, until) for each in _with_forms(exercises)]
                for future in as_completed(begun):
                    if tried := future.result():
                        yield tried

    def _try(self, stage: Stage, exercise: Exercise, form: str, until: float) -> Tried | None:
        if time.monotonic() > until:
            return None
        student = Student(exercise, plan_of(exercise), form)
        self._students[exercise.name] = student
        workspace = self._folder / exercise.language / exercise.slug
        spoilt = list[str]()

        def check(folder: Path, _: str) -> str:
            spoilt.extend(_spoilt(exercise, student, folder))
            if spoilt:
                return f"not as it was meant: {', '.join(spoilt)}"
            return "" if passes(exercise, (folder / exercise.solution).read_text(encoding="utf-8")) else "tests fail"

        goal = Goal(exercise.name, exercise.goal, {}, check, exercise.lay_out)
        played = stage.play(goal, workspace, SWARM_MODEL=f"exercises-{form}")
        return Tried(
            name=exercise.name,
            language=exercise.language,
            form=form,
            status=played.status,
            fault=played.fault,
            spoilt=tuple(spoilt),
            calls=played.calls,
            fewest=student.plan.fewest,
            bad_edits=student.bad_edits,
            explained=student.explained,
            repeated=tuple(student.repeated),
            tokens_in=played.tokens_in,
            seconds=played.seconds,
        )

    def _answer(self, asked: Asked) -> object:
        first = next(message.content for message in asked.messages if message.role == "user")
        named = _NAME.search(first)
        if named is None:
            raise ValueError("no exercise is named in the first message")
        return self._students[named[1]].answer(asked)


@dataclass(frozen=True)
class Wish:
    """What to solve and where to write it down: the names in `only`, or all."""

    checkout: Path
    only: Sequence[str] = ()
    minutes: float = 24 * 60
    file: Path | None = None
    keep: Path | None = None


def solve_exercises(wish: Wish) -> None:
    """Solve the exercises of a checkout, or those named, and print what came of them."""
    exercises = [each for each in exercises_of(wish.checkout) if not wish.only or each.name in wish.only]
    tried = list[Tried]()
    with tempfile.TemporaryDirectory(prefix="sw") as place:
        folder = wish.keep or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        for each in Classroom(folder).solve(exercises, wish.minutes):
            print(_row(each), flush=True)
            tried.append(each)
            if wish.file:
                listed = [asdict(each) for each in tried]
                wish.file.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    print(summary(tried))
    if len(tried) < len(exercises):
        print(
            f"not begun within {wish.minutes:.0f} minutes: {len(exercises) - len(tried)} of {len(exercises)} exercises"
        )
    print(f"load of the machine at the end {os.getloadavg()[0]:.1f}")


def _with_forms(exercises: Sequence[Exercise]) -> Iterator[tuple[Exercise, str]]:
    """Yield exercises with the form in which the model is asked: each language has all forms in turn."""
    given: Counter[str] = Counter()
    for exercise in sorted(exercises, key=lambda each: each.slug):
        yield exercise, _FORMS[given[exercise.language] % len(_FORMS)]
        given[exercise.language] += 1


def summary(tried: Sequence[Tried]) -> str:
    """Return the figures of all exercises: by language, and as a whole."""
    rows = [f"{'':12} solved  calls an exercise  fewest possible  files spoilt  refused edits explained  asked again"]
    for name in (*dict.fromkeys(each.language for each in tried), "all"):
        some = [each for each in tried if name in (each.language, "all")]
        solved = [each for each in some if each.solved]
        calls, fewest = (sum(getattr(each, of) for each in solved) / max(1, len(solved)) for of in ("calls", "fewest"))
        bad, explained = sum(each.bad_edits for each in some), sum(each.explained for each in some)
        rows.append(
            f"{name:12} {f'{len(solved)}/{len(some)}':6} {calls:18.1f} {fewest:16.1f} "
            f"{sum(len(each.spoilt) for each in some):13} {f'{explained}/{bad}':>24} "
            f"{sum(len(each.repeated) for each in some):12}"
        )
    return "\n".join(rows)


def _spoilt(exercise: Exercise, student: Student, folder: Path) -> list[str]:
    """Return the files that are neither what they were nor what the model meant, and those that nobody meant."""
    wanted = dict(exercise.files)
    if student.meant is not None:
        wanted[exercise.solution] = student.meant.encode()
    there = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not any(part in _MADE for part in path.parts)
    }
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def _row(each: Tried) -> str:
    again = f", asked again {len(each.repeated)}" if each.repeated else ""
    fault = f"  {each.fault[:200]}" if each.fault else ""
    edits = f"{each.explained}/{each.bad_edits} refused edits explained"
    done = "solved" if each.solved else each.status
    return f"{each.name:36} {each.form:11} {done:7} {each.calls:2} calls of {each.fewest:2}, {edits}{again}{fault}"
