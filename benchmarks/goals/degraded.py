"""A degraded model: it knows an exercise's reference, drafts it wrongly, and mends it by what the node is shown."""

import json
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from benchmarks.goals.drafts import Fault, Plan
from benchmarks.goals.exercise_set import INSTRUCTIONS, Exercise
from swarm.testing import Asked

Said = dict[str, JsonValue]
Moves = Generator[Said, str, None]
_MOST_REPAIRS = 8
_TURN = re.compile(r"Turn (\d+) of \d+")
_KEPT = re.compile(r"([\d,]+) characters in all")
_REASON = re.compile(r"occurs \d+ times, at lines|does not occur in the file")


@dataclass
class Student:
    """The model in one exercise: what it means the solution to be now, and what it was told of edits that failed."""

    exercise: Exercise
    plan: Plan
    form: str
    meant: str | None = None
    bad_edits: int = 0
    explained: int = 0
    repeated: list[str] = field(default_factory=list)
    """Requests for a decision that had been given before: what each of them was shown last."""
    _turn: int = 0
    _decision: Said = field(default_factory=dict)
    _moves: Moves | None = None

    def answer(self, asked: Asked) -> object:
        """Answer one request: the next decision, the first with the criteria, or the verdict."""
        first = next(message.content for message in asked.messages if message.role == "user")
        if asked.role == "review":
            return _verdict(first)
        shown = last_shown(asked)
        turns = [int(number) for number in _TURN.findall(shown)]
        if turns and turns[-1] == self._turn:
            self.repeated.append(shown[-500:])
            return self._decision
        self._turn = turns[-1] if turns else self._turn + 1
        if self._moves is None:
            self._moves = self._work()
            said = self._settled(next(self._moves))
        else:
            said = self._moves.send(shown)
        whole = said["then"] if said.get("fault") == "truncate" else said
        self._decision = whole if isinstance(whole, dict) else {}
        return self._spoken(said)

    def _settled(self, said: Said) -> Said:
        """Settle the criteria with the first decision, which may be one that arrives cut."""
        if "then" in said:
            then = said["then"]
            assert isinstance(then, dict)
            return said | {"then": self._settled(then)}
        actions, wanted = said["actions"], {"text": "The tests pass", "check": "command", "spec": self.exercise.command}
        assert isinstance(actions, list)
        return said | {"actions": [{"kind": "settle", "criteria": [wanted]}, *actions]}

    def _spoken(self, said: Said) -> object:
        """Put prose around a decision where it is the plan; beside tool calls it is the text of the message."""
        if not self.plan.chatter or "fault" in said or self.form == "tools":
            return said
        return f"Sure, here is what I do next:\n\n```json\n{json.dumps(said)}\n```\n\nLet me know how it went!"

    def _work(self) -> Moves:
        if self.plan.idle:
            yield _turn({"kind": "find", "pattern": "TODO", "files": INSTRUCTIONS})
        shown = yield from self._draft()
        for _ in range(_MOST_REPAIRS):
            if _passed(shown):
                break
            fault = self._fault(shown)
            shown = yield from self._mended(fault) if fault else self._written(self.exercise.reference)
        while True:
            yield _finish()

    def _draft(self) -> Generator[Said, str, str]:
        draft, path = self.plan.draft, self.exercise.solution
        if self.plan.arrival == "cut":
            write: Said = {"kind": "write_file", "path": path, "text": draft}
            shown = yield {"fault": "truncate", "then": _turn(write)}
            self.meant = draft
            if not (kept := _KEPT.search(shown)):
                return (yield from self._written(draft))
            rest = draft[int(kept[1].replace(",", "")) :]
            yield _turn({"kind": "write_file", "path": path, "text": rest, "append": True})
            return (yield from self._first_try())
        if self.plan.arrival == "prose":
            prose = f"Here is the solution:\n\n```{self.exercise.language}\n{draft}```\n\nI hope that helps!\n"
            self.meant = prose
            yield _turn({"kind": "write_file", "path": path, "text": prose})
        return (yield from self._written(draft, early=self.plan.early))

    def _written(self, text: str, early: bool = False) -> Generator[Said, str, str]:
        self.meant = text
        write: Said = {"kind": "write_file", "path": self.exercise.solution, "text": text}
        if self.plan.together and not early:
            return (yield _turn(write, self._run()))
        yield _turn(write)
        return (yield from self._first_try()) if early else (yield _turn(self._run()))

    def _first_try(self) -> Generator[Said, str, str]:
        return (yield _finish() if self.plan.early else _turn(self._run()))

    def _fault(self, shown: str) -> Fault | None:
        """Return the fault that what was shown speaks of, else any that is left."""
        left = [fault for fault in self.plan.faults if not self._is_mended(fault)]
        named = [fault for fault in left if any(re.search(rf"\b{name}\b", shown) for name in fault.names)]
        return next(iter([*named, *left]), None)

    def _is_mended(self, fault: Fault) -> bool:
        return self.meant is not None and fault.right in self.meant

    def _mended(self, fault: Fault) -> Generator[Said, str, str]:
        assert self.meant is not None
        if fault.bad_edit:
            old = _twice(self.meant) if fault.bad_edit == "twice" else _never(self.meant, fault)
            self.bad_edits += 1
            shown = yield _turn(self._edit(old, fault.right))
            self.explained += bool(_REASON.search(shown))
        old, new, self.meant = _exact(self.meant, fault, self.plan.faults, self.exercise.reference)
        if self.plan.together:
            return (yield _turn(self._edit(old, new), self._run()))
        yield _turn(self._edit(old, new))
        return (yield _turn(self._run()))

    def _edit(self, old: str, new: str) -> Said:
        return {"kind": "edit_file", "path": self.exercise.solution, "edits": [{"old": old, "new": new}]}

    def _run(self) -> Said:
        return {"kind": "run_command", "command": self.exercise.command}


def last_shown(asked: Asked) -> str:
    """Return what stands after the last decision: what came of it."""
    shown = list[str]()
    for message in reversed(asked.messages):
        if message.role == "assistant":
            break
        shown.append(message.content)
    return "\n".join(reversed(shown))


def _turn(*actions: Said) -> Said:
    listed: list[JsonValue] = [*actions]
    return {"situation": "On it.", "actions": listed}


def _finish() -> Said:
    return _turn({"kind": "finish", "answer": "The exercise is solved; its tests pass."})


def _verdict(shown: str) -> Said:
    ids = re.findall(r"^(\w+): ", shown.rpartition("Criteria:\n")[2], re.MULTILINE)
    judged: list[JsonValue] = [{"id": each, "result": "pass", "gap": ""} for each in ids]
    return _turn({"kind": "judge", "criteria": judged})


def _passed(shown: str) -> bool:
    """Say whether the tests were run, and passed."""
    return "run_command" in shown and "exit code 0" in shown


def _twice(text: str) -> str:
    """Return a part of a text that occurs more than once: a word a model would hope to be enough."""
    for part in ("return", "this.", "const", "self", "def ", "="):
        if text.count(part) > 1:
            return part
    return next(letter for letter in text if text.count(letter) > 1)


def _never(text: str, fault: Fault) -> str:
    """Return what the model remembers of the place, which stands nowhere in the text."""
    old = f"{fault.wrong.strip() or fault.right.strip()}  // as it was before"
    assert old not in text
    return old


def _exact(text: str, fault: Fault, faults: Sequence[Fault], reference: str) -> tuple[str, str, str]:
    """Return what an edit replaces, with lines around it so that it occurs once, by what, and the text after it."""
    after = reference
    for other in faults:
        if other is not fault and other.right not in text:
            after = after.replace(other.right, other.wrong)
    olds, news = text.splitlines(keepends=True), after.splitlines(keepends=True)
    start = next((at for at, (a, b) in enumerate(zip(olds, news, strict=False)) if a != b), min(len(olds), len(news)))
    added = len(news) - len(olds)
    first, last = start, start + (1 if fault.wrong else 0)
    old = "".join(olds[first:last])
    while (not old or text.count(old) != 1) and (first > 0 or last < len(olds)):
        first, last = max(0, first - 1), min(len(olds), last + 1)
        old = "".join(olds[first:last])
    return old, "".join(news[first : last + added]), after
