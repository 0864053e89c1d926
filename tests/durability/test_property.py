"""Whatever the tree and wherever it is killed: its history comes to its snapshot, and the snapshot to the same end."""

import asyncio
import secrets
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from integrations.past import history_of
from integrations.records import Records
from integrations.snapshots import renamed, take, take_in
from swarm.history import fold
from swarm.settings import Settings
from swarm.snapshots import Snapshot, read_snapshot
from swarm.stack import Connection
from tests.durability.outcomes import Outcome, call_of, taped
from tests.durability.playing import Ground, Play, play
from tests.durability.shapes import SHAPES, Shape, Stage
from tests.end_to_end.said import decides, finish, part, split, write_text

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]
_WORDS = ("apple", "pear", "plum")
_SECONDS = 120.0
_POINTS = 2


@st.composite
def trees(draw: st.DrawFn) -> Shape:
    """Return a tree at most two levels deep, whose nodes have two or three children, some of which need the one before.

    A leaf answers, writes a file first, or gives up.
    """
    says: dict[str, list[Stage]] = {}

    def grow(path: str, below: int) -> None:
        fan = draw(st.integers(2, 3)) if below and (path == "0" or draw(st.booleans())) else 0
        if not fan:
            says[path] = draw(st.sampled_from(_leaves(path)))
            return
        parts = []
        for number, word in enumerate(_WORDS[:fan], 1):
            needs = [_WORDS[number - 2]] if number > 1 and draw(st.booleans()) else []
            parts.append(part(word, f"See to what {path}.{number} is about", *needs))
            grow(f"{path}.{number}", below - 1)
        says[path] = [("", split(*parts)), (f"node {path}.{fan} reports", finish(f"{path} has heard of all."))]

    grow("0", 2)
    return Shape("random", "Look after the orchard", says)


def _leaves(path: str) -> list[list[Stage]]:
    name = f"note-{path.replace('.', '-')}.md"
    wrote = [("", write_text(name)), (f"{name} is written", finish(f"{path} has written."))]
    return [[("", finish(f"{path} is done."))], wrote, [("", decides("give_up", reason=f"{path} is too hard"))]]


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # smaller trees would take hours
    suppress_health_check=list(HealthCheck),
)
@given(shape=trees(), where=st.floats(0, 0.99))
async def test_a_snapshot_of_a_killed_run_goes_on_to_the_same_end(
    stack: tuple[Settings, Connection], tmp_path_factory: pytest.TempPathFactory, shape: Shape, where: float
) -> None:
    """The same report, files and states; and no model call that the snapshot knows is made again."""
    ground = Ground(*stack, tmp_path_factory.mktemp("random"))
    whole = await play(shape, ground)
    assert not whole.problems and whole.report is not None
    async with await Records.open(stack[1]) as records:
        await _folds(records, whole.run, ground)
        await _goes_on(Play(shape, ground, records, whole.points[int(where * len(whole.points))]), whole)


async def test_a_snapshot_taken_while_a_file_is_written_has_the_effect_once(
    stack: tuple[Settings, Connection], tmp_path: Path
) -> None:
    """Programs that read a file and write it anew find it as their recorded steps know it: each line is there once."""
    ground, shape = Ground(*stack, tmp_path), SHAPES["effects"]
    whole = await play(shape, ground)
    assert whole.files["log.txt"].split() == list(shape.lines)
    points = [point for point in whole.points if "/keep-" in point or "file log.txt" in point or "/execute-" in point]
    async with await Records.open(stack[1]) as records:
        for point in points[:: max(1, len(points) // _POINTS)]:
            await _goes_on(Play(shape, ground, records, point), whole)


async def _goes_on(killed: Play, whole: Outcome) -> None:
    """Kill a run, go on from a snapshot of it, and see that it ends as the one that was not killed."""
    records, point = killed.records, killed.point
    with killed.model:
        await killed.start()
        await _until_killed(killed)
        snapshot = await _folds(records, killed.run, killed.ground)
        asked = len(killed.model.requests)
        new = await _taken_in(snapshot, killed)
        view = await records.view(new.run)
        report = await records.report(view)
        again = Counter(call_of(each.node, each.role, each.messages) for each in killed.model.requests[asked:])
    assert report == whole.report, point
    assert {node.path: node.status for node in view.nodes} == dict(whole.statuses), point
    assert _files(Path(new.root.workspace)) == dict(whole.files), point
    assert not again.keys() & {taped(_asked(row["asked"])) for row in snapshot.tape}, point
    history = await history_of(records, new.run)
    starts = [event.node.attempt for event in history if event.action == "run_node" and not event.node.parent]
    assert starts == [*range(1, len(starts) + 1)], point


def _files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}


def _asked(row: object) -> dict[str, Any]:
    assert isinstance(row, dict)
    return row


async def _folds(records: Records, run: str, ground: Ground) -> Snapshot:
    """Take a snapshot, as it comes back from a file, and see that it is what its own history and the run's come to."""
    taken = await take(records, run, ground.settings.swarm_home / "runs")
    file = ground.folder / f"{secrets.token_hex(4)}.json"
    file.write_text(taken.model_dump_json())
    snapshot = read_snapshot(file)
    folded = fold(snapshot.history)
    assert (snapshot.population, snapshot.nodes, snapshot.queue) == (folded.population, folded.nodes, folded.queue)
    told = await history_of(records, run)
    assert fold(told[: len(snapshot.history)]).population == snapshot.population
    if not snapshot.queue:
        assert told == snapshot.history
    return snapshot


async def _until_killed(killed: Play) -> None:
    until = time.monotonic() + _SECONDS
    while not await killed._is_killed():
        assert time.monotonic() < until, f"{killed.point} was not reached"
        await asyncio.sleep(0.1)


async def _taken_in(snapshot: Snapshot, killed: Play) -> Snapshot:
    """Go on from a snapshot under another name, on the same stack, to the end."""
    new, records, ground = renamed(snapshot), killed.records, killed.ground
    workspace = ground.folder / new.run
    workspace.mkdir()
    for name, text in killed.shape.files.items():
        (workspace / name).write_text(text)
    model = {"openai_base_url": killed.model.base_url, "swarm_model": "scripted", "openai_api_key": "sk-scripted"}
    told = ground.settings.model_dump() | model | {"swarm_model_retries": 1, "swarm_remember": False}
    carried = Settings.model_validate(told)
    await take_in(records, new, carried, workspace)
    until = time.monotonic() + _SECONDS
    while not await records.runs.ended(new.run):
        assert time.monotonic() < until, f"run {new.run}, killed at {killed.point}, has not ended"
        await asyncio.sleep(0.3)
    return new.model_copy(update={"root": new.root.model_copy(update={"workspace": str(workspace)})})
