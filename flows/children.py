"""Children: a split becomes subflows that run together, each as soon as what it depends on has reported."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Literal

from swarm.decisions import Split
from swarm.nodes import Criterion, Lease, Node, shorten
from swarm.reports import Observation, Report
from swarm.tree.turns import Turn, changed_files, notes_of

Solve = Callable[[Node, Sequence[Observation]], Awaitable[Report]]
ENOUGH = "another child was enough"
_KEPT_BACK = 0.1
"""The part of its lease that a parent keeps for its own turns after the children have reported."""
_WORDS, _PLACES, _REPORT, _TOLD = 6, 40, 2000, 20_000
"""Of what a child is told: conclusions, places, characters of a report and in all."""


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


def from_parent(node: Node, seen: Sequence[Observation], turns: Sequence[Turn]) -> tuple[Observation, ...]:
    """Return what a child is told of its parent's work: what it concluded, what its parts reported, what it read."""
    rows = [turn.decision.situation for turn in turns if turn.decision and turn.decision.situation.strip()][-_WORDS:]
    rows += [f"Noted: {note}" for note in notes_of(turns)]
    rows += [shorten(each.text, _REPORT) for each in seen if each.text.startswith("node ") and " reports " in each.text]
    if places := list(dict.fromkeys(place for each in seen for place in each.evidence))[-_PLACES:]:
        rows.append(f"Read so far: {', '.join(places)}")
    if files := sorted(changed_files(seen)):
        rows.append(f"Changed so far: {', '.join(files[:_PLACES])}")
    if not rows:
        return ()
    text = "\n".join(rows)[-_TOLD:]
    return (Observation(action=f"What {node.path}, whose part this is, knows", outcome="ok", text=text),)


def as_observation(child: Node, report: Report) -> Observation:
    """Show a child's report to its parent, or to a sibling that depends on it."""
    told = report.answer or report.summary
    if report.status == "partial" and report.answer and report.summary:
        told = f"{told}\nMissing: {report.summary}"
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
    """A line `file: name` or `command: line` is checked by machine, any other by a reviewer."""
    kind, _, spec = text.partition(":")
    check = kind.strip().lower()
    if check in ("file", "command") and spec.strip():
        return Criterion(id=f"c{number}", text=text, check="file" if check == "file" else "command", spec=spec.strip())
    return Criterion(id=f"c{number}", text=text)
