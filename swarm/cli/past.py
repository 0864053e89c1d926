"""The commands that tell how a run came to where it is: its history, and all of it in one document."""

from typing import TYPE_CHECKING

from swarm.cli.frame import AsJson, RunName, app, with_records
from swarm.terminal import emit, say

if TYPE_CHECKING:
    from integrations.records import Records
    from swarm.history import Event
    from swarm.snapshots import Snapshot


@app.command()
def history(run: RunName, as_json: AsJson = False) -> None:
    """Show what happened in a run, in order: each node made, begun and ended."""

    async def read(records: "Records") -> "tuple[Event, ...]":
        from integrations.past import history_of

        return await history_of(records, await records.runs.find(run))

    events = with_records(read)
    if as_json:
        emit([event.model_dump(mode="json") for event in events])
        return
    from swarm.nodes import shorten

    for event in events:
        node = event.node
        told = f"{node.status:<9} {node.path:<10} {shorten(node.goal, 60)}"
        say(f"{event.time[:19]}  {event.action:<14} {told}", out=True)


@app.command()
def snapshot(run: RunName, as_json: AsJson = True) -> None:
    """Print all of a run as one JSON document; `swarm resume FILE` goes on from it, on any machine."""

    async def read(records: "Records") -> "Snapshot":
        from integrations.snapshots import take
        from swarm.settings import load_settings

        return await take(records, await records.runs.find(run), load_settings().swarm_home / "runs")

    emit(with_records(read).model_dump(mode="json"))
