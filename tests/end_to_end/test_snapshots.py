"""Snapshots of runs that have ended, altered on their way, or brought in by somebody who was killed or not alone."""

import asyncio
import base64
import json

import pytest

from integrations.snapshots import _enter, renamed, take, take_in
from swarm.errors import RunHeld, UsageError
from swarm.snapshots import Snapshot
from tests.end_to_end.conftest import Grove, Tree
from tests.end_to_end.said import finish, part, script, split, write_text

pytestmark = pytest.mark.engine
_TOLD = script(
    {
        "0": [split(part("a", "Ask Anna"), part("b", "Ask Bert")), finish("Both.")],
        "0.1": {"decide": [write_text("anna.txt"), finish("Anna says yes.")], "write": ["The key is sk-scripted."]},
        "0.2": [finish("Bert says no.")],
    }
)


def _with(snapshot: Snapshot, **changed: object) -> Snapshot:
    return Snapshot.model_validate(snapshot.model_dump(mode="json") | changed)


async def _rows(tree: Tree, run: str) -> int:
    tables = ("runs", "results", "tape", "usage", "retries")
    wheres = [f"(select count(*) from swarm.{t} where {'key' if t == 'results' else 'run'} like $1)" for t in tables]
    return int(await tree.records.pool.fetchval(f"select {' + '.join(wheres)}", f"{run}%"))


async def test_a_run_that_had_ended_gives_its_report_again(grove: Grove) -> None:
    """Under another name or after a first try that was killed, without a model call; once, however many bring it."""
    async with grove.planted(_TOLD) as tree:
        await tree.end()
        home, carried = grove.settings.swarm_home / "runs", grove.carrying(tree.model.base_url)
        code, said, words = await grove.say("snapshot", tree.run)
        assert code == 0, words
        whole = Snapshot.model_validate_json(said)
        assert "sk-scripted" not in said
        assert [base64.b64decode(file.data) for file in whole.files] == [b"The key is ***.\n"]
        asked = len(tree.model.requests)

        with pytest.raises(UsageError, match="is here already"):
            await take_in(tree.records, whole, carried, grove.folder)
        for name, fault in (
            ("retries", [{"run": "", "batch": "many"}]),
            ("tape", [{"run": "", "key": "", "node": "0", "request": "r", "asked": {"a": "\0"}}]),
            ("usage", [{"run": "", "tokens_in": 10**30}]),
        ):
            bad = renamed(_with(whole, **{name: fault}))
            with pytest.raises(UsageError, match="has rows that no run has") as caught:
                await take_in(tree.records, bad, carried, grove.folder)
            assert "\n" not in str(caught.value)
            assert await _rows(tree, bad.run) == 0
        with pytest.raises(UsageError, match="is a replay of"):
            replay = _with(whole, course={"mode": "replay", "source": "feedbeef"})
            await take_in(tree.records, renamed(replay), carried, grove.folder)

        new = renamed(await take(tree.records, tree.run, home))
        await _enter(tree.records, new, new.root)
        (grove.folder / "new").mkdir()
        both = [take_in(tree.records, new, carried, grove.folder / "new") for _ in range(2)]
        came = await asyncio.gather(*both, return_exceptions=True)
        assert came.count(None) == 1
        assert any(isinstance(each, RunHeld | UsageError) for each in came), came
        async with grove.watched(new.run, tree.model) as again:
            await again.end()
        assert again.told == tree.told
        assert len(tree.model.requests) == asked
        assert again.statuses() == tree.statuses()
        assert len(await grove.flow_runs(new.run)) == 1
        assert (grove.folder / "new" / "anna.txt").is_file()
        shown = json.loads((await grove.say("snapshot", new.run, "--json"))[1])
        assert (shown["population"], shown["queue"]) == (whole.population, [])
