"""The command that says where a run went wrong."""

from swarm.cli.frame import AsJson, RunName, app, with_records
from swarm.terminal import emit, say


@app.command()
def explain(run: RunName, as_json: AsJson = False) -> None:
    """Say where a run went wrong and what to try."""
    from integrations.explaining import explanation_of
    from integrations.records import Records
    from swarm.run.explanation import Explanation

    async def explained(records: Records) -> Explanation:
        return await explanation_of(records, await records.runs.find(run))

    found = with_records(explained)
    if as_json:
        emit(found.model_dump(mode="json"))
        return
    for line in found.lines():
        say(line, out=True)
