"""Working: what a node carries through its turns, and how whatever happens to it becomes a report and a state."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from prefect import Flow, get_run_logger, runtime, tags
from prefect.client.schemas.objects import State
from prefect.context import TagsContext
from prefect.states import Cancelled, Completed, Failed
from pydantic import JsonValue

from flows.ask import answered, ask
from flows.children import ENOUGH, as_observation, children_of, leases_of, run_children
from flows.keyed import keyed
from flows.lost import crashing_with_the_stack, is_lost
from flows.review import review
from flows.root import adopt, is_ended_by_hand
from swarm import kept
from swarm.decisions import Action, AskUser, Finish, Split
from swarm.errors import BudgetExhausted, InvalidOutput, ModelError, SwarmError
from swarm.kept import once
from swarm.nodes import Lease, Node
from swarm.pools import pool
from swarm.reports import Dropped, Observation, Report, Status, Verdict
from swarm.rules import label
from swarm.runs import Retry
from swarm.stack import results as results  # Prefect finds the block by its class, so the class must be known
from tasks.acting import check
from tasks.context import Run, close_run, reach_out
from tasks.keys import fact_key, input_hash
from tasks.telling import show_progress, show_usage, start_progress, tell

P = ParamSpec("P")
R = TypeVar("R")
Solve = Flow[[Node, Sequence[Observation]], Coroutine[Any, Any, State[Report]]]


@dataclass
class Work:
    """A node under way: what it has seen, how many children it had, and in the end its report."""

    node: Node
    run: Run
    seen: list[Observation]
    made_of: str
    retries: tuple[Retry, ...] = ()
    heard: list[Retry] = field(default_factory=list)
    turn: int = 0
    children: int = 0
    verdict: Verdict | None = None
    report: Report | None = None
    dropped: list[Dropped] = field(default_factory=list)

    def turns(self) -> Iterator[int]:
        """Yield the turns the node has; what a person said who had it tried again is seen from where it had ended."""
        granted = max([0, *(retry.turn for retry in self.retries)]) + self.node.limits.turns
        for turn in range(granted):
            for retry in self._unheard():
                if retry.turn == turn:
                    self._hear(retry)
            yield turn

    def hear_with(self, children: Sequence[Node]) -> None:
        """See what a person said as soon as children that were tried again with this node have reported."""
        again = {retry.batch for retry in self.run.course.retries if retry.path in {child.path for child in children}}
        for retry in self._unheard():
            if retry.batch in again:
                self._hear(retry)

    def goes_on_after(self, report: Report) -> bool:
        """Whether a report is one that was given before and retried; if so, it is one more thing seen."""
        if all(retry.ended != report.ending for retry in self._unheard()):
            return False
        told = report.summary or report.answer
        self.seen.append(Observation(action=report.status, outcome="check_failed", text=f"reported: {told}"))
        self.dropped.clear()
        return True

    def _unheard(self) -> list[Retry]:
        return [retry for retry in self.retries if retry not in self.heard]

    def _hear(self, retry: Retry) -> None:
        self.heard.append(retry)
        told = retry.note or "try something else than before"
        self.seen.append(Observation(action="retry", outcome="check_failed", text=f"tried again: {told}"))

    def refuse(self, action: Action, why: str) -> None:
        """Note that a rule of the tree says no."""
        self.seen.append(Observation(action=label(action), outcome="refused", text=why))

    def spoil(self, error: InvalidOutput) -> None:
        """Note a turn that the model spoilt; it costs the node one attempt."""
        self.seen.append(Observation(action="decide", outcome="error", text=str(error)))

    def reject(self, action: Finish, verdict: Verdict) -> None:
        """Note what the review found missing."""
        self.verdict = verdict
        gaps = verdict.gaps or "the reviewer could not judge it"
        text = f"the answer was not accepted: {gaps}. The answer was: {action.answer}"
        self.seen.append(Observation(action="finish", outcome="check_failed", text=text))

    def done(self, action: Finish, verdict: Verdict) -> Report:
        """Report the goal as reached."""
        self.verdict = verdict
        return self._report("done", answer=action.answer, evidence=action.evidence)

    def failed(self, why: str, suggested_next: str = "") -> Report:
        """Report that the goal was not reached."""
        self.dropped.append(Dropped(what=self.node.goal, tried=why, suggested_next=suggested_next))
        return self._report("failed", summary=why)

    def broken(self, why: str, suggested_next: str = "raise the limit and run again") -> Report:
        """Report what there is when budget or model are out: the turn that broke off does not count."""
        self.turn = max(0, self.turn - 1)
        return self.ended(why, suggested_next)

    def ended(self, why: str, suggested_next: str = "raise the limit and run again") -> Report:
        """Report what there is when nothing more can be done: partial if anything came of it."""
        useful = [s for s in self.seen if s.outcome == "ok"]
        if not useful:
            return self.failed(why, suggested_next)
        self.dropped.append(Dropped(what=self.node.goal, tried=why, suggested_next=suggested_next))
        found = "\n\n".join(s.text for s in useful)[-8000:]
        return self._report("partial", answer=found, summary=why)

    def cancelled(self) -> Report:
        """Report that somebody, or a sibling that was enough, ended this node."""
        why = ENOUGH if self.run.is_spared(self.node.path) else "cancelled before it ended"
        return self._report("cancelled", summary=why)

    def state(self) -> State[Report]:
        """Return the report as a final state: done is Completed, partial and failed are Failed, and can be retried."""
        report = self.report or self.cancelled()
        told = report.summary or report.status
        if report.status == "done":
            return Completed(data=report, message=told)
        if report.status == "cancelled":
            return Cancelled(data=report, message=told)
        return Failed(data=report, name=report.status.capitalize(), message=told)

    def _report(self, status: Status, answer: str = "", summary: str = "", evidence: Sequence[str] = ()) -> Report:
        sources = [source for seen in self.seen for source in seen.evidence]
        # What the model cites selects among what was really read; it adds nothing.
        cited = [source for source in sources if source.startswith(tuple(e for e in evidence if e))]
        return Report(
            node=self.node.id,
            path=self.node.path,
            status=status,
            answer=answer,
            summary=summary,
            criteria=self.verdict.criteria if self.verdict else (),
            evidence=tuple(dict.fromkeys(cited or sources)),
            artifacts=tuple(dict.fromkeys(a for s in self.seen for a in s.artifacts)),
            dropped=tuple(self.dropped),
            turns=self.turn,
            cost=self.run.meter.used(self.node.path),
            made_of=self.made_of,
        )


@asynccontextmanager
async def working(node: Node, given: Sequence[Observation]) -> AsyncIterator[Work]:
    """Open a node's work; however the block ends, the work ends in a persisted report.

    But for what is no result of the work: a stack that went away ends the process, and a process that is told to stop
    leaves no report, so that the run can go on from there.
    """
    # Tags name the run and the kind of a flow run; on a task run each of them would cost a call to the server.
    with crashing_with_the_stack(), TagsContext(current_tags=set()):
        work = await _opened(node, given)
        try:
            if not work.node.parent:
                await start_progress(work.run)
            yield work
        except asyncio.CancelledError:
            if not work.run.is_spared(work.node.path) and not await is_ended_by_hand(work.run):
                raise
            work.report = work.cancelled()
        except BudgetExhausted as error:
            work.report = work.broken(str(error))
        except ModelError as error:
            work.report = work.broken(str(error), "see that the model answers, and run again")
        except Exception as error:  # the one place where anything that went wrong becomes a report
            if is_lost(error):
                raise
            if not isinstance(error, SwarmError):
                get_run_logger().exception("node %s failed", work.node.path)
            work.report = work.failed(
                str(error) if isinstance(error, SwarmError) else f"{type(error).__name__}: {error}"
            )
        await _close(work)


async def _opened(node: Node, given: Sequence[Observation]) -> Work:
    node, run = await adopt(node)
    run.meter.open(node)
    seen = [Observation.model_validate(each) for each in given]
    made_of = input_hash(node, seen)
    work = Work(node, run, seen, made_of, run.retries_of(node, made_of))
    if not node.parent:
        last = await kept.report_of(await pool(), node.run, node.id)
        # One that was killed after its last step.
        work.report = last if last and last.made_of == made_of else None
    return work


def name_of_node() -> str:
    """Return what a node's flow run is called."""
    return Node.model_validate(runtime.flow_run.parameters["node"]).name


async def judged(work: Work, turn: int, action: Finish) -> Verdict:
    """Check an answer: by machine first, then, if any criterion needs it, by a review child."""
    node = work.node
    machine = [c for c in node.acceptance if c.check != "judge"]
    found = tuple([await check(node, turn, criterion, action.answer) for criterion in machine])
    if any(criterion.result == "fail" for criterion in found):
        return Verdict(result="needs_more", criteria=found)
    criteria = [c for c in node.acceptance if c.check == "judge"]
    if not criteria:
        return Verdict(result="satisfied", criteria=found)
    child = _side_child(node, turn, "review", node.goal)
    evidence = [s for s in work.seen if s.outcome == "ok"][-6:]

    async def reviewed() -> JsonValue:
        with _tagged(child):
            return (await _keyed(review, work, child)(child, action.answer, evidence, criteria)).model_dump(mode="json")

    key = fact_key(child, turn, "verdict", action.answer, evidence, criteria)
    verdict = Verdict.model_validate(await once(await pool(), key, reviewed))
    return verdict.model_copy(update={"criteria": found + verdict.criteria})


async def asked(work: Work, turn: int, action: AskUser) -> Observation:
    """Ask a person, in a flow run of its own that pauses; an answer that was given is never asked for again."""
    child = _side_child(work.node, turn, "ask", action.question)
    change = work.run.course.changes.get(child.path)
    if change and change.answer is not None:
        return answered(child, change.answer)

    async def paused() -> JsonValue:
        await reach_out(child)
        with _tagged(child):
            return (await _keyed(ask, work, child)(child)).model_dump(mode="json")

    return Observation.model_validate(await once(await pool(), fact_key(child, turn, "answer"), paused))


async def run_split(solve: Solve, work: Work, turn: int, split: Split) -> None:
    """Run the parts of a split as children; their reports are observations."""
    node, meter = work.node, work.run.meter

    async def divided() -> JsonValue:
        meter.claim_nodes(node, len(split.subtasks))
        return [lease.model_dump() for lease in leases_of(split, meter.left(node))]

    # A child has the same lease in every attempt, whatever was spent in between.
    try:
        told = await once(await pool(), fact_key(node, turn, "leases", split), divided)
    except BudgetExhausted as error:
        work.refuse(split, f"{error}: act instead of splitting")
        return
    assert isinstance(told, list)
    leases = [Lease.model_validate(lease) for lease in told]
    first = work.children + 1
    children = [work.run.course.changed(each) for each in children_of(node, turn, split, leases, first)]
    work.children += len(children)
    reports = await run_children(children, split.logic, await _spawning(solve, work, split, children), work.run.spare)
    work.seen += [as_observation(child, report) for child, report in zip(children, reports, strict=True)]
    work.hear_with(children)


async def _spawning(
    solve: Solve, work: Work, split: Split, children: Sequence[Node]
) -> Callable[[Node, Sequence[Observation]], Coroutine[Any, Any, Report]]:
    """Return what runs a child: one that has reported is read, never run again."""
    known = await kept.reports_of(await pool(), work.node.run, [child.id for child in children])
    enough = split.logic == "any" and any(report.status == "done" for report in known.values())

    async def run(child: Node, given: Sequence[Observation]) -> Report:
        before = known.get(child.id)
        if before is not None and before.made_of == input_hash(child, given):
            return before
        if enough:
            return Report(node=child.id, path=child.path, status="cancelled", summary=ENOUGH)
        with _tagged(child):
            state = await _keyed(solve, work, child)(child, given, return_state=True)
        report = await state.aresult(raise_on_failure=False)
        assert isinstance(report, Report) and report.node == child.id, f"a report that is not of {child.path}: {report}"
        return report

    return run


def _keyed(flow: Flow[P, R], work: Work, child: Node) -> Flow[P, R]:
    """Return a flow that is known by child and attempt: Prefect must never hand on what an earlier attempt got."""
    return keyed(flow, f"node-{child.id}-{work.run.attempt}")


async def _close(work: Work) -> None:
    assert work.report is not None
    work.report = await tell(work.node, work.report)
    root = not work.node.parent
    await show_progress(work.run, last=root)
    if root:
        await show_usage(work.run)
        await close_run(work.node.run)


def _side_child(node: Node, turn: int, kind: str, goal: str) -> Node:
    """Make the node of a review or a question: it spends from its parent's lease and has no turns."""
    return node.model_copy(
        update={
            "kind": kind,
            "path": f"{node.path}.{kind[0]}{turn + 1}",
            "key": f"{kind}-{turn}",
            "parent": node.id,
            "turn": turn,
            "goal": goal,
        }
    )


def _tagged(child: Node) -> Any:
    return tags("swarm", f"run:{child.run}", f"kind:{child.kind}")
