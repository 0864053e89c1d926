"""Delegating: what a node has others do, each in a flow run of its own: reviews, questions and the parts of a split."""

import asyncio
import re
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from typing import Any, Literal, ParamSpec, TypeVar

from prefect import Flow, tags
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from pydantic import JsonValue

from flows.ask import DELETED, answered, ask, unanswered
from flows.children import ENOUGH, as_observation, children_of, from_parent, leases_of, run_children
from flows.keyed import keyed
from flows.lost import crashing_with_the_stack, is_lost
from flows.review import review
from flows.root import is_ended_by_hand
from flows.working import Work
from swarm import kept
from swarm.decisions import Finish, Split
from swarm.errors import BudgetExhausted
from swarm.kept import once
from swarm.nodes import MOST_QUESTIONS, Criterion, Lease, Node, side
from swarm.pools import pool
from swarm.reports import CriterionResult, Observation, Report, Verdict
from swarm.text.document import cut_front
from swarm.tree.briefing import Briefing, Material
from swarm.tree.case import Case
from swarm.tree.evidence import evidence_of, last_run
from swarm.tree.turns import changed_files
from tasks.acting import check
from tasks.commands import check_command
from tasks.context import reach_out
from tasks.editing import changes_made
from tasks.keys import fact_key, input_hash

P = ParamSpec("P")
R = TypeVar("R")
_EXIT = re.compile(r"exit code (\d+)")
_GAP = 2000
_MOST_NAMES = 60
"""Files of a named folder that a reviewer is told of."""
Solve = Flow[[Node, Sequence[Observation]], Coroutine[Any, Any, State[Report]]]


async def judged(work: Work, turn: int, action: Finish) -> Verdict:
    """Check an answer: by machine first, then, if any criterion needs it, by a review child.

    A machine's no ends it, unless the node objects to the criterion: then the reviewer judges that, too.
    """
    node = work.node
    found = tuple(
        [await _checked(work, turn, each, action.answer) for each in node.acceptance if each.check != "judge"]
    )
    failed = [criterion for criterion in found if criterion.result == "fail"]
    full = work.briefing.profile.hands == "full"
    if failed and not (full and action.objection):
        return Verdict(result="needs_more", criteria=found)
    disputed = {criterion.id: criterion for criterion in failed}
    criteria = [c for c in node.acceptance if c.check == "judge" or c.id in disputed]
    if not criteria:
        return Verdict(result="satisfied", criteria=found)
    child = _side_child(node, turn, "review", node.goal)
    passed = tuple(criterion for criterion in found if criterion.result == "pass")
    case = await _case(work, turn, action, (criteria, found)) if full else None
    evidence = [s for s in work.seen if s.outcome == "ok"][-6:]

    async def reviewed() -> JsonValue:
        with _tagged(child):
            return (await _keyed(review, work, child)(child, action.answer, evidence, criteria, case)).model_dump(
                mode="json"
            )

    objected = [action.objection] if case and action.objection else []
    key = fact_key(child, turn, "verdict", action.answer, evidence, criteria, *objected)
    verdict = Verdict.model_validate(await once(await pool(), key, reviewed))
    judged_so = [_with_dispute(each, disputed.get(each.id), action.objection) for each in verdict.criteria]
    order = [criterion.id for criterion in node.acceptance]
    return verdict.model_copy(
        update={"criteria": tuple(sorted((*passed, *judged_so), key=lambda each: order.index(each.id)))}
    )


async def _checked(work: Work, turn: int, criterion: Criterion, answer: str) -> CriterionResult:
    """Check a criterion by machine; a command that has just run, with nothing changed since, is not run again."""
    if criterion.check != "command":
        return await check(work.node, turn, criterion, answer)
    ran = last_run(work.log.turns, criterion.spec)
    if ran is not None and (ended := _EXIT.match(ran.text)):
        if ended[1] == "0":
            return CriterionResult(id=criterion.id, text=criterion.text, result="pass")
        how, _, output = ran.text.partition("\n")
        gap = f"{criterion.spec!r} ends with {how}: {cut_front(output, _GAP)}"
        return CriterionResult(id=criterion.id, text=criterion.text, result="fail", gap=gap)
    return await check_command(work.node, turn, criterion.id, criterion.text, criterion.spec)


def _with_dispute(judged: CriterionResult, failed: CriterionResult | None, objection: str) -> CriterionResult:
    """Return a reviewer's finding with what a machine has found before it, and what was said against that."""
    return judged.model_copy(update={"machine": failed.gap, "objection": objection}) if failed else judged


async def _case(
    work: Work, turn: int, action: Finish, checked: tuple[Sequence[Criterion], Sequence[CriterionResult]]
) -> Case:
    """Gather what a reviewer sees: the work's changes and evidence, never the transcript."""
    profile = work.briefing.profile
    most, (criteria, found) = profile.observation_characters, checked
    changes = await changes_made(work.node, turn, most)
    commands = [criterion.spec for criterion in work.node.acceptance if criterion.check == "command"]
    return Case(
        profile=profile,
        goal=work.node.goal,
        answer=action.answer,
        sources=action.evidence,
        criteria=tuple(criteria),
        failures={each.id: cut_front(each.gap, _GAP) for each in found if each.result == "fail"},
        objection=action.objection,
        earlier=work.verdict.gaps if work.verdict else "",
        passed=tuple(_seen_met(work.node, each) for each in found if each.result == "pass"),
        materials=tuple(_as_it_is(work.briefing, changed_files(work.seen), most // 2)),
        changes=changes,
        evidence=evidence_of(work.seen, commands, changes),
    )


def _seen_met(node: Node, passed: CriterionResult) -> str:
    """Say what a machine has seen: of a file only that it is there, whatever else its criterion's words promise."""
    criterion = next(each for each in node.acceptance if each.id == passed.id)
    return f"{criterion.spec} is there and not empty" if criterion.check == "file" else passed.text


def _as_it_is(briefing: Briefing, changed: Collection[str], most: int) -> Iterator[Material]:
    """Yield what the goal names and the work has not changed, as far as there is room: the first ones first.

    A folder is its names alone: a reviewer reads what it needs.
    """
    folders: list[str] = []
    for material in briefing.materials:
        if material.place.endswith("/"):
            folders.append(material.place)
            material = _listed(material, briefing.files)
        elif material.place in changed or material.place.startswith(tuple(folders)):
            continue
        if material.text and len(material.text) <= most:
            most -= len(material.text)
            yield material


def _listed(folder: Material, files: Sequence[str]) -> Material:
    names = [name for name in files if name.startswith(folder.place)]
    more = [f"... and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    text = "\n".join([*names[:_MOST_NAMES], *more]) or folder.text
    return folder.model_copy(update={"text": text, "note": "names alone; read what you need"})


async def asked(work: Work, turn: int, question: str) -> Observation:
    """Ask a person, in a flow run of its own that pauses; an answer that was given is never asked for again.

    The questions of one turn are told apart by their number.
    """
    number = work.next_question(turn)
    if number >= MOST_QUESTIONS:
        text = f"a person is asked at most {MOST_QUESTIONS} times in a turn; ask in the next one"
        return Observation(action=f"ask_user {question}", outcome="error", text=text)
    child = _side_child(work.node, turn, "ask", question, number)
    change = work.run.course.changes.get(child.path)
    if change and change.answer is not None:
        return answered(child, change.answer)

    async def paused() -> JsonValue:
        await reach_out(child)
        try:
            with _tagged(child):
                return (await _keyed(ask, work, child)(child)).model_dump(mode="json")
        except ObjectNotFound:
            # Its flow run is gone, and Prefect could not even note its end.
            return unanswered(child, DELETED).model_dump(mode="json")

    return Observation.model_validate(await once(await pool(), fact_key(child, turn, "answer"), paused))


async def run_split(solve: Solve, work: Work, turn: int, split: Split) -> None:
    """Run the parts of a split as children; their reports are observations. A run that is being ended has none."""
    if await is_ended_by_hand(work.run):
        raise asyncio.CancelledError
    node, meter = work.node, work.run.meter

    async def divided() -> JsonValue:
        try:
            meter.claim_nodes(node, len(split.subtasks))
        except BudgetExhausted as error:
            return f"{error}: act instead of splitting"
        return [lease.model_dump() for lease in leases_of(split, meter.left(node))]

    # A child has the same lease in every attempt, whatever was spent in between; and what was refused stays refused.
    divided_by = await once(await pool(), fact_key(node, turn, "leases", split), divided)
    if isinstance(divided_by, str):
        work.refuse(split, divided_by)
        return
    assert isinstance(divided_by, list)
    leases = [Lease.model_validate(lease) for lease in divided_by]
    first = work.children + 1
    children = [work.run.course.changed(each) for each in children_of(node, turn, split, leases, first)]
    work.children += len(children)
    logic: Literal["all", "any"] = "all" if await _settled(work, split, children) is not None else split.logic
    spawn = await _spawning(solve, work, split, children)
    told = from_parent(node, work.seen, work.log.turns) if work.briefing.profile.hands == "full" else ()
    reports = await run_children(children, logic, lambda child, given: spawn(child, (*told, *given)), work.run.spare)
    work.log.see(*(as_observation(child, report) for child, report in zip(children, reports, strict=True)))
    work.hear_with(children)


async def _spawning(
    solve: Solve, work: Work, split: Split, children: Sequence[Node]
) -> Callable[[Node, Sequence[Observation]], Coroutine[Any, Any, Report]]:
    """Return what runs a child: one that has reported is read, never run again."""
    known = await kept.reports_of(await pool(), work.node.run, [child.id for child in children])
    settled = await _settled(work, split, children)
    ended = known if settled is None else settled
    enough = split.logic == "any" and any(report.status == "done" for report in ended.values())

    async def run(child: Node, given: Sequence[Observation]) -> Report:
        before = known.get(child.id)
        if before is not None and before.made_of == input_hash(child, given):
            return before
        if enough and (settled is None or child.id not in settled):
            return Report(node=child.id, path=child.path, status="cancelled", summary=ENOUGH)
        # Outside of the child's own flow, too: without a stack it could not even begin, and has not failed.
        with crashing_with_the_stack(), _tagged(child):
            state = await _keyed(solve, work, child)(child, given, return_state=True)
            report = await state.aresult(raise_on_failure=False)
            if isinstance(report, Exception) and is_lost(report):
                raise report
        assert isinstance(report, Report) and report.node == child.id, f"a report that is not of {child.path}: {report}"
        return report

    return run


async def _settled(work: Work, split: Split, children: Sequence[Node]) -> dict[str, Report] | None:
    """Return how children that raced have ended in the run that is replayed: a replay does not race; None elsewhere."""
    course = work.run.course
    if split.logic == "all" or course.source is None or not all(course.follows(child.path) for child in children):
        return None
    return await kept.reports_of(await pool(), course.source, [child.id for child in children])


def _keyed(flow: Flow[P, R], work: Work, child: Node) -> Flow[P, R]:
    """Return a flow that is known by child and attempt: Prefect must never hand on what an earlier attempt got."""
    return keyed(flow, f"node-{child.id}-{work.run.attempt}")


def _side_child(node: Node, turn: int, kind: str, goal: str, number: int = 0) -> Node:
    """Make the node of a review or a question: it spends from its parent's lease and has no turns."""
    key, last = side(kind, turn, number)
    return node.model_copy(
        update={
            "kind": kind,
            "path": f"{node.path}.{last}",
            "key": key,
            "parent": node.id,
            "turn": turn,
            "goal": goal,
        }
    )


def _tagged(child: Node) -> Any:
    return tags("swarm", f"run:{child.run}", f"kind:{child.kind}")
