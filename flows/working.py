"""Working: what a node carries through its turns, and how whatever happens to it becomes a report and a state."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from prefect import get_run_logger, runtime
from prefect.client.schemas.objects import State
from prefect.context import TagsContext
from prefect.states import Cancelled, Completed, Failed

from flows.children import ENOUGH
from flows.lost import crashing_with_the_stack, is_lost
from flows.root import adopt, is_ended_by_hand
from flows.scheduled import passed_over
from swarm import kept
from swarm.citing import joined, meant
from swarm.decisions import Action, Finish, WriteFile
from swarm.errors import BudgetExhausted, InvalidOutput, ModelError, SwarmError
from swarm.functions.worth import Worth
from swarm.nodes import Node, shorten
from swarm.pools import pool
from swarm.reports import Dropped, Observation, Report, Status, Verdict
from swarm.rules import label
from swarm.runs import Retry
from swarm.sandbox.unconfined import WARNING as UNSAFE
from swarm.small.intent import Intent
from swarm.stack import results as results  # Prefect finds the block by its class, so the class must be known
from swarm.tree.briefing import Briefing
from swarm.tree.findings import findings
from swarm.tree.turn_log import TurnLog
from swarm.tree.turns import known_versions
from tasks.context import Run, close_run
from tasks.keys import input_hash
from tasks.telling import show_progress, show_usage, start_progress, tell

_MOST_REFUSED = 20
"""Lines of a report on files that were not kept."""


@dataclass
class Work:
    """A node under way: what it has seen, how many children it had, and in the end its report."""

    node: Node
    run: Run
    given: tuple[Observation, ...]
    """What it knows from the start: its parent's conclusions, reports of parts it depends on."""
    made_of: str
    log: TurnLog
    briefing: Briefing = field(default_factory=Briefing)
    intent: Intent | None = None
    """What kind of work the goal asks for, on a small model."""
    window: int = 0
    """Tokens of the model's window; what an endpoint refuses can make it smaller."""
    retries: tuple[Retry, ...] = ()
    heard: list[Retry] = field(default_factory=list)
    turn: int = 0
    children: int = 0
    questions: dict[int, int] = field(default_factory=dict)
    answer: str = ""
    """The last answer it gave, whether or not it was accepted."""
    verdict: Verdict | None = None
    report: Report | None = None
    dropped: list[Dropped] = field(default_factory=list)

    def turns(self) -> Iterator[int]:
        """Yield the turns the node has; what a person said who had it tried again is seen from where it had ended."""
        for turn in range(self.granted):
            for retry in self._unheard():
                if retry.turn == turn:
                    self._hear(retry)
            yield turn

    @property
    def granted(self) -> int:
        """How many turns it has in all."""
        turns = self.node.limits.turns or self.briefing.profile.turns
        return max([0, *(retry.turn for retry in self.retries)]) + turns

    @property
    def seen(self) -> list[Observation]:
        """All that was observed, in order."""
        return self.log.seen

    @property
    def versions(self) -> dict[str, str]:
        """The digest of each file as the node last read or wrote it."""
        return self.briefing.versions | known_versions(self.seen)

    @property
    def most(self) -> int:
        """Characters that one observation of this turn may have: several share what two may."""
        actions = max([1, *(len(turn.results) for turn in self.log.turns[-1:])])
        one = self.briefing.profile.observation_characters
        return one if actions <= 2 else 2 * one // actions

    @property
    def places(self) -> tuple[str, ...]:
        """Where what it was told from the start stands, as it may be cited."""
        return self.briefing.places

    def next_question(self, turn: int) -> int:
        """Return the number of the next question to a person in a turn."""
        number = self.questions.get(turn, 0)
        self.questions[turn] = number + 1
        return number

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
        self.log.hear(Observation(action=report.status, outcome="check_failed", text=f"reported: {told}"))
        self.dropped.clear()
        return True

    def _unheard(self) -> list[Retry]:
        return [retry for retry in self.retries if retry not in self.heard]

    def _hear(self, retry: Retry) -> None:
        self.heard.append(retry)
        told = retry.note or "try something else than before"
        self.log.hear(Observation(action="retry", outcome="check_failed", text=f"tried again: {told}"))

    def refuse(self, action: Action, why: str) -> None:
        """Note that a rule of the tree says no."""
        self.log.see(Observation(action=label(action), outcome="refused", text=why))

    def cut_short(self, action: Action) -> None:
        """Note that the model's answer ended within the file it was writing."""
        end = repr(action.text[-80:]) if isinstance(action, WriteFile) else "its last action"
        text = (
            f"your answer was cut at the longest there is room for; what has arrived is written and ends with {end}: "
            "go on from there with write_file and append, in shorter pieces"
        )
        self.log.see(Observation(action=label(action), outcome="check_failed", text=text))

    def spoil(self, error: InvalidOutput) -> None:
        """Note a turn that the model spoilt; it costs the node one attempt."""
        self.log.hear(Observation(action="decide", outcome="error", text=str(error)))

    def reject(self, action: Finish, verdict: Verdict) -> None:
        """Note what the review found missing."""
        self.verdict = verdict
        gaps = verdict.gaps or "the reviewer could not judge it"
        text = f"the answer was not accepted: {gaps.removesuffix('.')}. The answer was: {action.answer}"
        self.log.see(Observation(action="finish", outcome="check_failed", text=text))

    def done(self, action: Finish, verdict: Verdict) -> Report:
        """Report the goal as reached."""
        self.verdict = verdict
        report = self._report("done", answer=action.answer, evidence=action.evidence)
        if not action.objection or any(criterion.objection for criterion in verdict.criteria):
            return report
        objected = f"objected to a criterion: {shorten(action.objection, 300)}"
        return report.model_copy(update={"warnings": (*report.warnings, objected)})

    def unfinished(self, action: Finish) -> Report:
        """Report what there is, and what the node itself says is missing."""
        self.dropped.append(Dropped(what=self.node.goal, tried=action.missing))
        return self._report("partial", answer=action.answer, summary=action.missing, evidence=action.evidence)

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
        found = findings(self.answer, self.seen, self.log.turns)
        if not found:
            return self.failed(why, suggested_next)
        self.dropped.append(Dropped(what=self.node.goal, tried=why, suggested_next=suggested_next))
        return self._report("partial", answer=found, summary=why)

    def cancelled(self, why: str = "") -> Report:
        """Report that somebody, or a sibling that was enough, ended this node."""
        why = why or (ENOUGH if self.run.is_spared(self.node.path) else "cancelled before it ended")
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
        cited = meant(evidence, sources, self.places)
        return Report(
            node=self.node.id,
            path=self.node.path,
            status=status,
            answer=answer,
            summary=summary,
            criteria=self.verdict.criteria if self.verdict else (),
            evidence=tuple(joined(cited or sources)),
            artifacts=tuple(dict.fromkeys(a for s in self.seen for a in s.artifacts)),
            functions=tuple(dict.fromkeys(f for s in self.seen for f in s.functions)),
            warnings=self._warnings(),
            dropped=tuple(self.dropped),
            turns=self.turn,
            cost=self.run.meter.used(self.node.path),
            made_of=self.made_of,
        )

    def _warnings(self) -> tuple[str, ...]:
        """Return what the person should know: code that ran with all rights, and each file that was not kept."""
        unsafe = (UNSAFE,) if self.run.settings.swarm_unsafe_no_sandbox else ()
        refused = [f"not kept: {line}" for seen in self.seen for line in seen.refused]
        return (*self.run.warnings, *unsafe, *tuple(dict.fromkeys(refused))[:_MOST_REFUSED])


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
    told = tuple(Observation.model_validate(each) for each in given)
    made_of = input_hash(node, told)
    work = Work(node, run, told, made_of, TurnLog(list(told)), retries=run.retries_of(node, made_of))
    if not node.parent:
        for each in run.warnings:
            get_run_logger().warning("%s", each)
        last = await kept.report_of(await pool(), node.run, node.id)
        # One that was killed after its last step.
        work.report = last if last and last.made_of == made_of else None
        if work.report is None and (why := await passed_over()):
            work.report = work.cancelled(why)
    return work


def name_of_node() -> str:
    """Return what a node's flow run is called."""
    return Node.model_validate(runtime.flow_run.parameters["node"]).name


async def _close(work: Work) -> None:
    assert work.report is not None
    if work.report.status == "failed":
        await Worth(await pool()).note("hurt", work.report.functions, work.node.id)
    work.report = await tell(work.node, work.report)
    root = not work.node.parent
    await show_progress(work.run, last=root)
    if root:
        await show_usage(work.run)
        await close_run(work.node.run)
