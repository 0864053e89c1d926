"""Moves: what a node on a small model does next, by code, and the answer that code makes of what was observed."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

from swarm.decisions import Action, Finish, GiveUp, RunCode, WriteFunction, WriteText
from swarm.nodes import shorten
from swarm.reports import Observation
from swarm.small.intent import Intent, wants_method
from swarm.tree.briefing import Briefing

_ATTEMPTS = 2
"""Attempts that may fail, each of several samples, until the node gives up or answers without a program."""
_PRINTED = "the program printed:\n"
_PROGRAM = "\nthe program:\n"
_SHOWN = 1500


def next_move(goal: str, intent: Intent, seen: Sequence[Observation], briefing: Briefing) -> Action | Literal["answer"]:
    """Return the next action; `answer` where the model is to write the answer itself."""
    if lacking := _lacking(intent, briefing):
        return GiveUp(reason=lacking, suggested_next="name a file that is there, or give it with --context")
    fresh = _fresh(seen)
    failed = [each for each in fresh if each.outcome in ("error", "refused")]
    done = [each for each in fresh if each.outcome == "ok" and each.action.split(" ")[0] in _OWN]
    left = [path for path in intent.outputs if path not in {name for each in done for name in each.artifacts}]
    if done and not left:
        return Finish(answer=answer_from(goal, done), evidence=evidence_of(done, briefing))
    if len(failed) >= _ATTEMPTS:
        if intent.kind == "program" and not intent.outputs:
            return "answer"
        return GiveUp(reason=shorten(failed[-1].text, 400))
    match intent.kind:
        case "program":
            return RunCode(task=shorten(goal, 500), files=intent.inputs[:8])
        case "function":
            return WriteFunction(purpose=shorten(goal, 500))
        case _ if left:
            return WriteText(path=left[0], brief=shorten(goal, 500))
    return "answer"


_OWN = ("write_text", "run_code", "write_function", "call_function")


def answer_from(goal: str, done: Sequence[Observation]) -> str:
    """Make the answer of what was observed: what a program printed, which files were written, and how, if asked."""
    rows: list[str] = []
    for seen in done:
        printed, _, program = seen.text.partition(_PROGRAM)
        if seen.action.startswith("run_code"):
            said = printed.removeprefix(_PRINTED).strip()
            rows.append(said[:_SHOWN])
            if wants_method(goal) and program.strip():
                rows.append(f"This program found it:\n\n```python\n{program.strip()[:_SHOWN]}\n```")
        elif seen.action.startswith("write_text"):
            head, _, text = seen.text.partition("\n")
            rows.append(f"{head}\n\n{text.strip()}" if len(text) <= _SHOWN else head)
        else:
            rows.append(seen.text[:_SHOWN])
    return "\n\n".join(row for row in rows if row.strip())


def evidence_of(done: Sequence[Observation], briefing: Briefing) -> tuple[str, ...]:
    """Return the places that the result rests on: those of its steps, else all that was read for the node."""
    own = dict.fromkeys(place for seen in done for place in seen.evidence)
    return tuple(own or [each.place for each in briefing.materials if each.text and each.place[-1:] != "/"])[:10]


def printed(stdout: str, code: str, written: Sequence[str]) -> str:
    """Write down what a program did, in the form that `answer_from` reads."""
    wrote = f"\nfiles written: {', '.join(written)}" if written else ""
    return f"{_PRINTED}{stdout.strip()}{wrote}{_PROGRAM}{code[:_SHOWN]}"


def folders_first(code: str, outputs: Sequence[str]) -> str:
    """Return a program that first makes the folders of the files it must write, which a small model forgets."""
    folders = dict.fromkeys(parent for name in outputs if (parent := PurePosixPath(name).parent.as_posix()) != ".")
    made = "".join(f"os.makedirs({folder!r}, exist_ok=True)\n" for folder in folders)
    return f"import os\n\n{made}\n{code}" if made else code


def _fresh(seen: Sequence[Observation]) -> list[Observation]:
    """Return what was observed since somebody last said that it is not enough."""
    last = max((at for at, each in enumerate(seen) if each.outcome == "check_failed"), default=-1)
    return list(seen[last + 1 :])


def _lacking(intent: Intent, briefing: Briefing) -> str:
    """Say what the goal names and is not there, if nothing else is there to work on."""
    faults = [each.note for each in briefing.materials if not each.text and each.note]
    if faults and not any(each.text for each in briefing.materials) and intent.kind != "function":
        return shorten("; ".join(faults), 400)
    return ""
