"""How a run came to where it is, and going on from a snapshot where it never was."""

import asyncio
import json
import shutil
import tempfile
from pathlib import Path

import pytest
from jsonschema_rs import validate

from integrations.past import history_of
from integrations.records import Records
from integrations.snapshots import take
from swarm.history import fold
from swarm.settings import Settings
from swarm.stack import connection, down, up
from swarm.views import RunView
from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import Said, decides, finish, part, retrieve, script, slowly, split, write_text
from tests.end_to_end.test_resume import kill

pytestmark = pytest.mark.engine
_SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
_BUSY = decides("give_up", reason="busy")


def _told(*more: Said) -> Said:
    """Return a tree whose second part is slow, then gives up; what comes after that is said where it is asked again."""
    return script(
        {
            "0": [split(part("a", "Ask Anna"), part("b", "Ask Bert")), decides("give_up", reason="no Bert"), *more[:1]],
            "0.1": {"decide": [write_text("anna.txt"), finish("Anna says yes.")], "write": ["Yes."]},
            "0.2": [retrieve("nowhere.txt"), slowly(25, _BUSY), _BUSY, *more[1:]],
        }
    )


async def test_the_history_of_a_run_that_was_killed_and_retried_is_all_there(grove: Grove) -> None:
    """Each attempt made, begun and ended; what it comes to is what a snapshot says, and both are as published."""
    async with grove.planted(_told(finish("Both."), finish("Bert says no."))) as tree:
        await tree.until(_slow)
        await asyncio.sleep(1)
        middle = await take(tree.records, tree.run, grove.settings.swarm_home / "runs")
        assert [(flight.path, flight.doing) for flight in middle.in_flight] == [("0", "running"), ("0.2", "running")]
        assert {node.path: node.status for node in middle.nodes} == {"0": "running", "0.1": "done", "0.2": "running"}
        assert middle.queue == tuple(node.id for node in middle.nodes if node.path in ("0", "0.2"))
        await kill(tree)
        await asyncio.sleep(2)
        await grove.say("resume", tree.run, base_url=tree.model.base_url)
        await grove.say("retry", tree.run, base_url=tree.model.base_url)
        await tree.end()
        code, said, _ = await grove.say("history", tree.run, "--json")
        _, whole, _ = await grove.say("snapshot", tree.run)
        _, lines, _ = await grove.say("history", tree.run)
        events = await history_of(tree.records, tree.run)
    assert code == 0
    told = json.loads(said)
    assert [event.model_dump(mode="json") for event in events] == told
    ends = [
        (e["node"]["path"], e["node"]["status"], e["node"]["attempt"]) for e in told if e["action"] == "terminate_node"
    ]
    assert [end for end in ends if end[0] == "0"] == [("0", "crashed", 1), ("0", "failed", 2), ("0", "done", 3)]
    assert [end for end in ends if end[0] == "0.2"] == [("0.2", "crashed", 1), ("0.2", "failed", 2), ("0.2", "done", 3)]
    assert [end for end in ends if end[0] == "0.1"] == [("0.1", "done", 1)]
    assert len(lines.splitlines()) == len(told)
    snapshot = json.loads(whole)
    folded = fold(events).model_dump(mode="json")
    assert {name: snapshot[name] for name in folded} == folded
    assert snapshot["queue"] == [] and snapshot["in_flight"] == []
    validate(json.loads((_SCHEMAS / "history.json").read_text()), told)
    validate(json.loads((_SCHEMAS / "snapshot.json").read_text()), snapshot)
    assert "sk-scripted" not in whole and "sk-of-the-worker" not in whole


async def test_a_snapshot_of_a_running_run_goes_on_on_an_empty_home(grove: Grove, tmp_path: Path) -> None:
    """To the same end, with its files, without asking again what was answered; its past stays visible."""
    home = Path(tempfile.mkdtemp(prefix="sw"))
    told = {"swarm_home": home, "swarm_database_url": None, "prefect_api_url": None, "swarm_auto_resume": 0}
    settings = Settings.model_validate(told)
    async with grove.planted(_told()) as tree:
        await tree.until(_slow)
        await asyncio.sleep(1)
        code, snapshot, _ = await grove.say("snapshot", tree.run)
        assert code == 0
        (tmp_path / "s.json").write_text(snapshot)
        await tree.end()
        asked = len(tree.model.requests)
        try:
            await asyncio.to_thread(up, settings, lambda line: None)
            there = Grove(settings, connection(settings), tmp_path)
            arguments = ("resume", str(tmp_path / "s.json"), "--workspace", str(tmp_path / "new"), "--json")
            code, said, words = await there.say(*arguments, base_url=tree.model.base_url)
            assert code == 1, words
            assert json.loads(said)["report"] == tree.told.model_dump(mode="json")
            again = [(each.node, each.role) for each in tree.model.requests[asked:]]
            assert again == [("0.2", "decide"), ("0", "decide")]
            assert (tmp_path / "new" / "anna.txt").read_text() == "Yes.\n"
            _, shown, _ = await there.say("show", tree.run, "--json")
            statuses = {node["path"]: node["status"] for node in json.loads(shown)["nodes"]}
            assert statuses == {"0": "failed", "0.1": "done", "0.2": "failed"}
            async with await Records.open(connection(settings)) as records:
                assert fold(await history_of(records, tree.run)).population == 3
            code, _, words = await there.say(*arguments)
            assert code == 2 and "is here already" in words
        finally:
            await asyncio.to_thread(down, settings, lambda line: None)
            shutil.rmtree(home, ignore_errors=True)


async def test_a_file_that_is_no_snapshot_is_one_line_and_exit_code_2(grove: Grove) -> None:
    """Before anything is started."""
    (grove.folder / "s.json").write_text("{}")
    for given in ("s.json", "none.json"):
        code, said, words = await grove.say("resume", given)
        assert (code, said, len(words.splitlines())) == (2, "", 1) and given in words


def _slow(view: RunView) -> bool:
    """Whether all but one slow answer is there."""
    nodes = {node.path: node for node in view.nodes}
    return {"0.1", "0.2"} <= nodes.keys() and nodes["0.2"].turns >= 1 and nodes["0.1"].status == "done"
