"""Children: a split becomes subflows that run together, each as soon as what it depends on has reported."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Literal

from swarm.decisions import Split
from swarm.nodes import Criterion, Lease, Node
from swarm.reports import Observation, Report

Solve = Callable[[Node, Sequence[Observation]], Awaitable[Report]]
ENOUGH = "another child was enough"
_KEPT_BACK = 0.1
"""The part of its lease that a parent keeps for its own turns after the children have reported."""


def leases_of(split: Split, left: Lease) -> list[Lease]:
    """Divide what is left among the parts of a split."""
    even = (1 - _KEPT_BACK) / len(split.subtasks)
    return [left.share(min(task.share or even, 1 - _KEPT_BACK)) for task in split.subtasks]


def children_of(node: Node, turn: int, split: Split, leases: Sequence[Lease], first: int) -> list[Node]:
    """Make the child nodes of a split; `first` is the number of the first one in this node."""
    return [
        Node(
            run=node.run,
            origin=node.origin,
            path=f"{node.path}.{number}",
            key=task.key,
            parent=node.id,
            turn=turn,
            goal=task.goal,
            why=node.goal,
            inputs=node.inputs,
            constraints=node.constraints,
            acceptance=tuple(_criterion(n, text) for n, text in enumerate(task.acceptance, 1) if text),
            depends_on=task.depends_on,
            lease=lease,
            limits=node.limits,
            workspace=node.workspace,
        )
        for number, (task, lease) in enumerate(zip(split.subtasks, leases, strict=True), first)
    ]


async def run_children(
    children: Sequence[Node],
    logic: Literal["all", "any"],
    solve: Solve,
    spare: Callable[[Node], None],
) -> list[Report]:
    """Run children in dependency order and return their reports in the order of the split.

    With `any`, the first one that is done ends the others, which report themselves cancelled; `spare` is told of each
    before. A child whose dependency brought nothing is skipped. Siblings of a failed child run to their end.
    """
    running: dict[str, asyncio.Task[Report]] = {}
    # Every task is in `running` before any of them starts, so that each finds those it depends on.
    for child in children:
        running[child.key] = asyncio.create_task(_after(child, running, solve))
    try:
        if logic == "any":
            await _first_done(children, running, spare)
        await asyncio.wait(running.values())
    except asyncio.CancelledError:
        await _end(running.values())
        raise
    return [_outcome(child, running[child.key]) for child in children]


def as_observation(child: Node, report: Report) -> Observation:
    """Show a child's report to its parent, or to a sibling that depends on it."""
    told = report.answer or report.summary
    return Observation(
        action=f"{child.key}: {child.goal}",
        outcome="ok" if report.status in ("done", "partial") else "error",
        text=f"node {report.path} reports {report.status}: {told}",
        evidence=report.evidence,
        artifacts=report.artifacts,
    )


async def _after(child: Node, running: dict[str, asyncio.Task[Report]], solve: Solve) -> Report:
    await asyncio.sleep(0)
    given = []
    for key in child.depends_on:
        await asyncio.wait([running[key]])
        report = _outcome(child, running[key])
        if report.status not in ("done", "partial"):
            why = f"it needs {key}, which is {report.status}"
            return Report(node=child.id, path=child.path, status="skipped", summary=why)
        given.append(as_observation(child.model_copy(update={"key": key, "goal": "a part done before"}), report))
    return await solve(child, given)


async def _first_done(
    children: Sequence[Node], running: dict[str, asyncio.Task[Report]], spare: Callable[[Node], None]
) -> None:
    pending = set(running.values())
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        if any(_is_done(task) for task in done):
            for child in children:
                if running[child.key] in pending:
                    spare(child)
            await _end(pending)
            return


async def _end(tasks: Iterable[asyncio.Task[Report]]) -> None:
    left = [task for task in tasks if not task.done()]
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)


def _is_done(task: asyncio.Task[Report]) -> bool:
    return not task.cancelled() and not task.exception() and task.result().status == "done"


def _outcome(child: Node, task: asyncio.Task[Report]) -> Report:
    """Return a child's report; one that could not even report, such as a crashed flow run, has failed."""
    if task.cancelled():
        return Report(node=child.id, path=child.path, status="cancelled", summary=ENOUGH)
    if error := task.exception():
        why = f"it ended without a report: {type(error).__name__}: {error}"
        return Report(node=child.id, path=child.path, status="failed", summary=why)
    return task.result()


def _criterion(number: int, text: str) -> Criterion:
    """A line `file: name` is checked by machine, any other by a reviewer."""
    kind, _, name = text.partition(":")
    if kind.strip().lower() == "file" and name.strip():
        return Criterion(id=f"c{number}", text=text, check="file", spec=name.strip())
    return Criterion(id=f"c{number}", text=text)
