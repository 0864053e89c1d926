"""The turn of a node on a small model: code decides what it can, the model writes, a machine judges what it wrote.

settle      what kind of work it is                      swarm/small/intent.py
program     drawn until one runs and writes what it must  swarm/small/judges.py
summary     notes of each stretch, put together by code   swarm/small/notes.py
text, code  drawn until the judges find no fault
answer      made of what was observed, or written         swarm/small/moves.py
"""

import base64
from collections.abc import Awaitable, Callable, Sequence

from flows.knowing import known
from flows.root import REACHED
from flows.working import Work
from swarm.citing import with_sources
from swarm.decisions import Decision, Finish, GiveUp, Read, RunCode, WriteText
from swarm.reports import Observation
from swarm.rules import label
from swarm.small import judges, notes
from swarm.small.intent import Intent, criteria_of, is_code_file, is_data_file, needs_choice
from swarm.small.mending import with_imports
from swarm.small.moves import evidence_of, folders_first, next_move, printed
from swarm.small.notes import Noted
from swarm.tree.briefing import Material
from tasks.acting import Ran, keep, save
from tasks.reading import read as read_part
from tasks.small_model import (
    answer_text,
    draft_text,
    settle,
    take_notes,
    write_opening,
    write_program,
    write_source,
)
from tasks.small_programs import run_on_copies, shapes_of
from tasks.thinking import decide

_SAMPLES = 4
_TEXT_SAMPLES = 3
_NOTE_SAMPLES = 2
_PASSAGES, _LONG = 3000, 70_000
"""Characters that are read of a long source for a text, and for a summary."""
_UNREADABLE = "the answer was too long; be briefer"


async def settle_intent(work: Work) -> None:
    """Settle what kind of work a goal asks for, and give a root the criteria that a machine can check.

    A goal that needs a choice among all actions keeps what it has.
    """
    node = work.node
    if not work.briefing.profile.code_decides or needs_choice(node.goal, work.briefing, work.given):
        return
    work.intent = await settle(node, 0, work.briefing)
    if node.acceptance in ((), (REACHED,)):
        work.node = node.model_copy(update={"acceptance": criteria_of(work.intent)})


async def decided_small(work: Work, turn: int) -> Decision:
    """Return the next decision: by code, but for goals that need a choice among all actions."""
    node, briefing = work.node, work.briefing
    if work.intent is None:
        return await decide(node, turn, work.seen, await known(work, turn))
    intent = work.intent
    move = next_move(node.goal, intent, work.seen, briefing)
    if move != "answer":
        return Decision(situation=f"By its words the goal asks for: {intent.kind}.", actions=(move,))
    text = await (_summary(work, turn) if intent.kind == "summary" else _answer(work, turn))
    if not text:
        return Decision(actions=(GiveUp(reason="no sample of the model's answer would do"),))
    finish = Finish(answer=text, evidence=evidence_of((), briefing))
    return Decision(situation="The answer is written.", actions=(finish,))


async def act_small(work: Work, turn: int, action: WriteText | RunCode) -> Observation:
    """Write a file or run a program; what the world refuses is an observation."""
    intent = work.intent
    assert intent is not None, "it is settled before the first turn"
    if isinstance(action, RunCode):
        return await _program(work, turn, action, intent)
    if intent.kind == "summary":
        text, fault = await _summary(work, turn), "nothing could be noted of what was read"
    elif intent.kind == "source" or is_code_file(action.path) or is_data_file(action.path):
        text, fault = await _source(work, turn, action.path)
    else:
        text, fault = await _draft(work, turn, action.path)
    if not text:
        return Observation(action=label(action), outcome="error", text=fault)
    saved = await save(work.node, turn, action.path, text)
    return saved.model_copy(update={"evidence": evidence_of((), work.briefing)})


async def _program(work: Work, turn: int, action: RunCode, intent: Intent) -> Observation:
    """Draw programs until one runs, prints or writes, and has written what the goal names."""
    node, failure = work.node, ""
    files = tuple(dict.fromkeys((*intent.inputs, *action.files)))
    shown = await shapes_of(node, turn, files) if files else ()
    for sample in range(_SAMPLES):
        code = await write_program(node, turn, intent, shown, sample, failure)
        if not code:
            failure = _UNREADABLE
            continue
        code = with_imports(folders_first(code, intent.outputs))
        ran = await run_on_copies(node, turn, code, files)
        if ran.refused:
            return Observation(action=label(action), outcome="error", text=ran.refused)
        if failure := _fault_of_run(node.goal, ran, intent):
            continue
        kept = await keep(node, turn, ran.files) if ran.files else None
        if kept and kept.refused and not kept.written:
            return Observation(action=label(action), outcome="error", text="; ".join(kept.refused))
        wrote = {"artifacts": kept.written, "versions": kept.versions, "refused": kept.refused} if kept else {}
        text = printed(ran.stdout, code, kept.written if kept else ())
        return Observation(action=label(action), outcome="ok", text=text, evidence=files[:10], **wrote)
    return Observation(action=label(action), outcome="error", text=f"{_SAMPLES} programs failed; the last: {failure}")


def _fault_of_run(goal: str, ran: Ran, intent: Intent) -> str:
    """Say why a program will not do; empty for one that did what it must."""
    if not ran.ok:
        return f"{ran.message}\n{ran.stderr[-400:]}".strip()
    contents = {name: base64.b64decode(data) for name, data in ran.files.items()}
    return judges.fault_of_run(goal, ran.stdout, contents, intent.outputs)


async def _summary(work: Work, turn: int) -> str:
    """Note each stretch of what was read, and have code put the notes together; empty where nothing was read."""
    node = work.node
    found = notes.stretches(await _materials(work, turn))
    noted: list[Noted] = []
    most = notes.points_a_stretch(len(found))
    for stretch in found:
        before = [point for each in noted for point in each.points]
        points: tuple[str, ...] = ()
        for sample in range(_NOTE_SAMPLES):
            points = notes.faithful(await take_notes(node, turn, stretch, most, sample), stretch, before)
            if points:
                break
        noted.append(Noted(stretch=stretch, points=points or notes.quoted(stretch)))
    if short := notes.counted(node.goal, noted):
        return short
    every = [point for each in noted for point in each.points]
    opening = await _opening(work, turn, every) if len(every) > 3 else ""
    return notes.summary(opening, noted) if every else ""


async def _opening(work: Work, turn: int, points: Sequence[str]) -> str:
    """Return an opening that says nothing but what the notes say; empty if none does."""
    for sample in range(_NOTE_SAMPLES):
        text = await write_opening(work.node, turn, points, sample)
        if text and not judges.fault_of_text(text, "") and not notes.fault_of_note(text, "\n".join(points)):
            return " ".join(text.split())
    return ""


async def _draft(work: Work, turn: int, path: str) -> tuple[str, str]:
    """Return a text and what is wrong with it: after all samples the least faulty is better than none."""
    materials = await _materials(work, turn, work.node.goal)

    async def sample(number: int, failure: str) -> str:
        return await draft_text(work.node, turn, materials, number, failure)

    text, fault = await _drawn(sample, _text_judge(work))
    read = Observation(action="briefing", outcome="ok", text="", evidence=evidence_of((), work.briefing))
    return with_sources(text, path, work.node.goal, [read]), fault


async def _answer(work: Work, turn: int) -> str:
    materials = await _materials(work, turn, work.node.goal)

    async def sample(number: int, failure: str) -> str:
        return await answer_text(work.node, turn, materials, number, failure)

    return (await _drawn(sample, _text_judge(work)))[0]


async def _source(work: Work, turn: int, path: str) -> tuple[str, str]:
    """Return a file of code that is whole by what its ending promises; none is better than a broken one."""
    materials = await _materials(work, turn, work.node.goal)
    inputs = work.intent.inputs if work.intent else ()

    async def sample(number: int, failure: str) -> str:
        text = await write_source(work.node, turn, path, materials, number, failure)
        return with_imports(text) if path.endswith(".py") else text

    async def fault_of(text: str) -> str:
        fault = judges.fault_of_file(path, text.encode())
        if fault or not path.endswith(".py"):
            return fault
        # What asks for input, packages or time is no fault; what raises anything else at once is.
        ran = await run_on_copies(work.node, turn, text, inputs)
        return "" if ran.ok or ran.refused else judges.fault_of_start(f"{ran.message}\n{ran.stderr}")

    text, fault = await _drawn(sample, fault_of)
    return ("", fault) if fault else (text, "")


def _text_judge(work: Work) -> Callable[[str], Awaitable[str]]:
    async def judge(text: str) -> str:
        return judges.fault_of_text(text, work.node.goal)

    return judge


async def _drawn(draw: Callable[[int, str], Awaitable[str]], judge: Callable[[str], Awaitable[str]]) -> tuple[str, str]:
    """Draw samples until one has no fault; returns the last that was whole, with its fault."""
    text, fault = "", ""
    for number in range(_TEXT_SAMPLES):
        found = await draw(number, fault)
        fault = await judge(found) if found else _UNREADABLE
        if not fault:
            return found, ""
        text = found or text
    return text, fault


async def _materials(work: Work, turn: int, query: str = "") -> list[Material]:
    """Return what was read for the node, what it was given, and what it has observed since.

    Of what was too long to be read whole the best passages for a query are read now, without one its beginning.
    """
    read: list[Material] = []
    for number, each in enumerate(work.briefing.materials):
        material = each
        if each.text and not each.whole:
            wanted = Read(uri=each.place, query=query[:1000])
            seen = await read_part(work.node, turn, number, wanted, _PASSAGES if query else _LONG)
            material = Material(place=each.place, text=seen.text) if seen.outcome == "ok" else each
        if material.text and not material.place.endswith("/"):
            read.append(material)
    own = ("write_text", "run_code")
    since = [each for each in work.seen if each.outcome == "ok" and each.action.split(" ")[0] not in own]
    return [*read, *(Material(place=each.action[:80], text=each.text) for each in since)]
