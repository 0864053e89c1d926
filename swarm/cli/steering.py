"""The commands that change the course of a run."""

from typing import TYPE_CHECKING

from swarm.cli.frame import AsJson, RunName, app, with_records
from swarm.terminal import emit, say

if TYPE_CHECKING:
    from integrations.records import Records


@app.command()
def cancel(run: RunName, as_json: AsJson = False) -> None:
    """End a run and everything it started."""

    async def end(records: "Records") -> tuple[str, int]:
        name = await records.runs.find(run)
        return name, await records.cancel(name)

    name, under_way = with_records(end)
    if as_json:
        emit({"run": name, "cancelled": under_way})
    else:
        say(f"run {name} is cancelled" if under_way else f"run {name} had ended already", out=True)
