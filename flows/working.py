"""Working: what a node carries through its turns, and how whatever happens to it becomes a report and a state."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from prefect import Flow, get_run_logger, runtime, tags
from prefect.client.schemas.objects import State
from prefect.context import TagsContext
from prefect.states import Cancelled, Completed, Failed

from flows.ask import ask
from flows.children import as_observation, children_of, run_children
from flows.keyed import keyed
from flows.review import review
from flows.root import adopt
from swarm.decisions import Action, AskUser, Finish, Split
from swarm.errors import BudgetExhausted, InvalidOutput, ModelError, SwarmError
from swarm.nodes import Node
from swarm.reports import Dropped, Observation, Report, Status, Verdict
from swarm.rules import label
from swarm.stack import results as results  # Prefect finds the block by its class, so the class must be known
from tasks.acting import check
from tasks.context import Run, close_run, open_run
from tasks.telling import show_progress, show_usage, start_progress, tell

Solve = Flow[[Node, Sequence[Observation]], Coroutine[Any, Any, State[Report]]]


@dataclass
class Work:
    """A node under way: what it has seen, how many children it had, and in the end its report."""

    node: Node
    run: Run
    seen: list[Observation]
    turn: int = 0
    children: int = 0
    verdict: Verdict | None = None
    report: Report | None = None
    dropped: list[Dropped] = field(default_factory=list)

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

    def ended(self, why: str, suggested_next: str = "raise the limit and run again") -> Report:
        """Report what there is when turns, budget or the model are out: partial if anything came of it."""
        useful = [s for s in self.seen if s.outcome == "ok"]
        if not useful:
            return self.failed(why, suggested_next)
        self.dropped.append(Dropped(what=self.node.goal, tried=why, suggested_next=suggested_next))
        found = "\n\n".join(s.text for s in useful)[-8000:]
        return self._report("partial", answer=found, summary=why)

    def cancelled(self) -> Report:
        """Report that somebody, or a sibling that was enough, ended this node."""
        return self._report("cancelled", summary="cancelled before it ended")

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
        )


@asynccontextmanager
async def working(node: Node, given: Sequence[Observation]) -> AsyncIterator[Work]:
    """Open a node's work; however the block ends, the work ends in a persisted report."""
    node = await adopt(node)
    run = await open_run(node)
    run.meter.open(node)
    work = Work(node, run, [Observation.model_validate(seen) for seen in given])
    # Tags name the run and the kind of a flow run; on a task run each of them would cost a call to the server.
    with TagsContext(current_tags=set()):
        try:
            if not node.parent:
                await start_progress(run)
            yield work
        except asyncio.CancelledError:
            work.report = work.cancelled()
        except BudgetExhausted as error:
            work.report = work.ended(str(error))
        except ModelError as error:
            work.report = work.ended(str(error), "see that the model answers, and run again")
        except SwarmError as error:
            work.report = work.failed(str(error))
        except Exception as error:  # noqa: BLE001  the one place where anything that went wrong becomes a report
            get_run_logger().exception("node %s failed", node.path)
            work.report = work.failed(f"{type(error).__name__}: {error}")
        await _close(work)


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
    with _tagged(child):
        verdict = await keyed(review, f"node-{child.id}")(child, action.answer, evidence, criteria)
    return verdict.model_copy(update={"criteria": found + verdict.criteria})


async def asked(work: Work, turn: int, action: AskUser) -> Observation:
    """Ask a person, in a flow run of its own that pauses."""
    child = _side_child(work.node, turn, "ask", action.question)
    with _tagged(child):
        return await keyed(ask, f"node-{child.id}")(child)


async def run_split(solve: Solve, work: Work, turn: int, split: Split) -> list[Observation]:
    """Run the parts of a split as children and return their reports as observations."""
    try:
        work.run.meter.claim_nodes(work.node, len(split.subtasks))
    except BudgetExhausted as error:
        return [Observation(action=label(split), outcome="refused", text=f"{error}: act instead of splitting")]
    left = work.run.meter.left(work.node)
    children = children_of(work.node, turn, split, left, first=work.children + 1)
    work.children += len(children)

    async def run(child: Node, given: Sequence[Observation]) -> Report:
        with _tagged(child):
            state = await keyed(solve, f"node-{child.id}")(child, given, return_state=True)
        report = await state.aresult(raise_on_failure=False)
        assert isinstance(report, Report) and report.node == child.id, f"a report that is not of {child.path}: {report}"
        return report

    reports = await run_children(children, split.logic, run)
    return [as_observation(child, report) for child, report in zip(children, reports, strict=True)]


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
