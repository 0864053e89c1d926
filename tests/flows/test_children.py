"""Children run together, in the order their dependencies ask for, and every one of them reports."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.children import as_observation, children_of, leases_of, run_children
from swarm.decisions import Split, Subtask
from swarm.nodes import Lease, Node
from swarm.reports import Observation, Report, Status

_spared: list[Node] = []
_ROOT = Node(run="r", goal="everything", inputs=("i.txt",), workspace="/w")


class Solver:
    """Solves a child by looking up what its key should come to; `busy` waits until it is cancelled."""

    def __init__(self, **ends: Status | Exception) -> None:
        self.ends = ends
        self.log: list[str] = []
        self.given: dict[str, Sequence[Observation]] = {}

    async def __call__(self, child: Node, given: Sequence[Observation]) -> Report:
        self.log.append(f"{child.key} begins")
        self.given[child.key] = given
        try:
            await self._work(child.key)
        except asyncio.CancelledError:
            self.log.append(f"{child.key} is cancelled")
            return Report(node=child.id, path=child.path, status="cancelled")
        self.log.append(f"{child.key} ends")
        end = self.ends.get(child.key, "done")
        if isinstance(end, Exception):
            raise end
        return Report(node=child.id, path=child.path, status=end, answer=f"answer of {child.key}")

    async def _work(self, key: str) -> None:
        if key.startswith("busy"):
            await asyncio.Event().wait()
        for _ in range(3):
            await asyncio.sleep(0)


def _children(**needs: tuple[str, ...]) -> list[Node]:
    return [
        Node(run="r", path=f"0.{n}", key=key, parent="p", goal=f"do {key}", depends_on=some)
        for n, (key, some) in enumerate(needs.items(), 1)
    ]


async def test_a_child_begins_when_all_it_depends_on_have_ended() -> None:
    """c waits for a and b, which run at once; the reports keep the order of the split."""
    solver = Solver()
    reports = await run_children(_children(c=("a", "b"), a=(), b=()), "all", solver, _spared.append)
    assert solver.log == ["a begins", "b begins", "a ends", "b ends", "c begins", "c ends"]
    assert [report.answer for report in reports] == ["answer of c", "answer of a", "answer of b"]


async def test_a_child_is_given_the_reports_it_depends_on() -> None:
    """What a sibling found is an observation from the first turn on."""
    solver = Solver(a="partial")
    await run_children(_children(a=(), b=("a",)), "all", solver, _spared.append)
    (seen,) = solver.given["b"]
    assert seen.outcome == "ok" and seen.text == "node 0.1 reports partial: answer of a"
    assert solver.given["a"] == []


@pytest.mark.parametrize("end", ["failed", "skipped", "cancelled", RuntimeError("boom")])
async def test_a_child_whose_dependency_brought_nothing_is_skipped(end: Status | Exception) -> None:
    """It is never begun, says why, and so does what depends on it."""
    solver = Solver(a=end)
    _, b, c, free = await run_children(_children(a=(), b=("a",), c=("b",), free=()), "all", solver, _spared.append)
    status = end if isinstance(end, str) else "failed"
    assert (b.status, b.summary) == ("skipped", f"it needs a, which is {status}")
    assert (c.status, c.summary) == ("skipped", "it needs b, which is skipped")
    assert free.status == "done" and "b begins" not in solver.log


async def test_a_failing_child_does_not_end_its_siblings() -> None:
    """Neither a failed report nor a crash: the others run to their end."""
    solver = Solver(a="failed", b=RuntimeError("the server is gone"))
    a, b, c = await run_children(_children(a=(), b=(), c=()), "all", solver, _spared.append)
    assert (a.status, b.status, c.status) == ("failed", "failed", "done")
    assert b.summary == "it ended without a report: RuntimeError: the server is gone"
    assert "c ends" in solver.log


async def test_with_any_the_first_done_child_ends_the_others() -> None:
    """A failure or a crash is not enough; what runs is cancelled and reports so, what waits never begins."""
    solver = Solver(bad="failed", worse=RuntimeError("boom"))
    children = _children(busy=(), bad=(), worse=(), good=(), waits=("busy",))
    reports = await run_children(children, "any", solver, _spared.append)
    assert [r.status for r in reports] == ["cancelled", "failed", "failed", "done", "cancelled"]
    assert "busy is cancelled" in solver.log and "waits begins" not in solver.log
    assert [r.node for r in reports] == [child.id for child in children]


async def test_with_any_and_none_done_all_are_heard() -> None:
    """Every failure reaches the parent."""
    reports = await run_children(_children(a=(), b=()), "any", Solver(a="failed", b="partial"), _spared.append)
    assert [report.status for report in reports] == ["failed", "partial"]


async def test_cancelling_the_parent_cancels_every_child_and_waits_for_them() -> None:
    """When the parent is gone nothing of its tree is left running."""
    solver = Solver()
    parent = asyncio.create_task(
        run_children(_children(busy1=(), busy2=(), c=("busy1",)), "all", solver, _spared.append)
    )
    for _ in range(5):
        await asyncio.sleep(0)
    assert solver.log == ["busy1 begins", "busy2 begins"]
    parent.cancel()
    with pytest.raises(asyncio.CancelledError):
        await parent
    assert sorted(solver.log[2:]) == ["busy1 is cancelled", "busy2 is cancelled"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sets(st.integers(0, 4), max_size=4), min_size=2, max_size=5), st.data())
def test_every_child_reports_once_and_in_order(needs: list[set[int]], data: st.DataObject) -> None:
    """Whatever depends on what and however each ends, a child ends after all it depends on, and all report."""
    keys = "abcde"[: len(needs)]
    children = _children(**{key: tuple(k for k in keys[:n] if ord(k) - 97 in needs[n]) for n, key in enumerate(keys)})
    statuses: list[Status] = ["done", "partial", "failed"]
    solver = Solver(**{key: data.draw(st.sampled_from(statuses)) for key in keys})
    turned = data.draw(st.permutations(children))
    reports = asyncio.run(run_children(turned, "all", solver, _spared.append))
    assert [report.node for report in reports] == [child.id for child in turned]
    for child in children:
        if f"{child.key} begins" in solver.log:
            begins = solver.log.index(f"{child.key} begins")
            assert all(solver.log.index(f"{key} ends") < begins for key in child.depends_on)


def test_the_children_of_a_split_are_nodes_of_their_parent() -> None:
    """Numbered on, with the parent's inputs and workspace, and their own goal, reason and criteria."""
    split = Split(
        reason="too_large",
        subtasks=(
            Subtask(key="a", goal="do a", acceptance=("file: a.md", "is short", "")),
            Subtask(key="b", goal="do b", depends_on=("a",)),
        ),
    )
    a, b = children_of(_ROOT, 3, split, [Lease(calls=40), Lease(calls=50)], first=4)
    assert (a.path, b.path) == ("0.4", "0.5")
    assert (a.parent, a.turn, a.why, a.inputs, a.workspace) == (_ROOT.id, 3, "everything", ("i.txt",), "/w")
    assert [(c.id, c.check, c.spec) for c in a.acceptance] == [("c1", "file", "a.md"), ("c2", "judge", "")]
    assert b.depends_on == ("a",) and a.id != b.id


@given(st.lists(st.none() | st.floats(0.01, 1), min_size=2, max_size=5))
def test_no_child_gets_all_its_parent_has(shares: list[float | None]) -> None:
    """The parent keeps something back for its own turns; without shares the rest is divided evenly."""
    tasks = tuple(Subtask(key=f"k{n}", goal=f"do {n}", share=share) for n, share in enumerate(shares))
    leases = leases_of(Split(reason="too_large", subtasks=tasks), Lease(tokens=1000))
    assert all((lease.tokens or 0) <= 900 for lease in leases)
    if not any(shares):
        assert {lease.tokens for lease in leases} == {int(1000 * 0.9 / len(shares))}


@pytest.mark.parametrize(("status", "outcome"), [("done", "ok"), ("partial", "ok"), ("failed", "error")])
def test_a_childs_report_is_an_observation(status: Status, outcome: str) -> None:
    """Evidence and files go up; a failure's summary stands where there is no answer."""
    child = Node(path="0.1", key="a", goal="do a")
    report = Report(node=child.id, path="0.1", status=status, summary="why", evidence=("e",), artifacts=("f",))
    seen = as_observation(child, report)
    assert (seen.action, seen.outcome, seen.evidence, seen.artifacts) == ("a: do a", outcome, ("e",), ("f",))
    assert seen.text == f"node 0.1 reports {status}: why"
