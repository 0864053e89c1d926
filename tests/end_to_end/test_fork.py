"""Forks: a run that shares what another one did elsewhere, and goes its own way from a node on."""

import asyncio
import json
from typing import Any

import pytest

from integrations.forking import Wish, fork
from swarm.errors import UsageError
from swarm.runs import Change
from swarm.testing import ScriptedModel
from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import Said, decides, finish, part, retrieve, script, slowly, split, write_text
from tests.end_to_end.test_replay import differing, replayed

pytestmark = pytest.mark.engine


async def forked(grove: Grove, run: str, told: Said, *arguments: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Fork a run, led by another script; returns what came of it, and who has asked, in order."""
    with ScriptedModel(told) as model:
        code, said, words = await grove.say("fork", run, *arguments, "--json", base_url=model.base_url)
        assert code == 0, said + words
        return json.loads(said), [(asked.node, asked.role) for asked in model.requests]


async def test_a_fork_shares_the_prefix_and_goes_its_own_way(grove: Grove) -> None:
    """Another goal for one node: its sibling is read with its file, nobody asks twice, the fork can be replayed."""
    told = script(
        {
            "0": [retrieve("told.txt"), split(part("a", "Write"), part("b", "Ask Bert")), finish("Old.")],
            "0.1": {"decide": [write_text("a.md"), finish("Written.")], "write": ["One."]},
            "0.2": {"decide": [write_text("b.md"), finish("Bert says no.")], "write": ["Two."]},
        }
    )
    async with grove.planted(told) as tree:
        (grove.folder / tree.run / "told.txt").write_text("Told.")
        await tree.end()
    (grove.folder / tree.run / "a.md").write_text("Changed since.")
    new = script({"0.2": [retrieve("a.md"), retrieve("told.txt"), finish("Carl says yes.")], "0": [finish("New.")]})
    said, asked = await forked(grove, tree.run, new, "--node", "0.2", "--goal", "Ask Carl")
    assert (said["report"]["answer"], said["report"]["artifacts"]) == ("New.", ["a.md"])
    assert asked == [("0.2", "decide")] * 3 + [("0", "decide"), ("0.r3", "review")]
    own = grove.settings.swarm_home / "runs" / said["run"] / "workspace"
    assert {path.name: path.read_text() for path in own.iterdir()} == {"a.md": "One.\n"}
    assert said["usage"]["calls"] == len(asked)
    code, out, _ = await grove.say("show", said["run"], "--json")
    shown = {node["path"]: (node["status"], node["usage"]["calls"]) for node in json.loads(out)["nodes"]}
    assert shown == {"0": ("done", 1), "0.1": ("done", 0), "0.2": ("done", 3), "0.r3": ("done", 1)}

    code, out, words = await grove.say("diff", tree.run, said["run"], "--json")
    assert code == 1, words
    differ = {node["path"]: node for node in json.loads(out)["nodes"]}
    assert set(differ) == {"0", "0.2"}
    assert differ["0.2"]["fields"]["goal"] == ["Ask Bert", "Ask Carl"]
    assert differ["0"]["fields"]["answer"] == ["Old.", "New."]
    code, out, _ = await grove.say("diff", tree.run, said["run"])
    assert "  goal: Ask Bert -> Ask Carl" in out and "    +Carl says yes." in out
    assert (await grove.say("diff", tree.run, tree.run))[0] == 0
    assert differing(await replayed(grove, said["run"])) == {}

    with ScriptedModel(
        script({"0.2": [retrieve("told.txt"), finish("Carl says yes.")], "0": [finish("New.")]})
    ) as model:
        code, out, words = await grove.say("fork", said["run"], "--node", "0.2", "--json", base_url=model.base_url)
        assert code == 0, out + words
        prompt = model.asked("0.2", "decide")[-1].messages[-1].content
    assert "Told." in prompt, "a fork of a fork reads from where the first run has worked"


async def test_another_answer_or_another_model_from_a_node_on(grove: Grove) -> None:
    """A question is answered by the fork itself; a model is asked for one subtree; nonsense is one clear line."""
    question = decides("ask_user", question="Which colour?")
    parts = split(part("a", "Ask Anna"), part("b", "Ask Bert"))
    told = script({"0": [question, parts, finish("Grey.")], "0.*": {"decide": [finish("Yes.")]}})
    async with grove.planted(told, given={"swarm_ask_timeout": 1}) as tree:
        await tree.end()
    said, asked = await forked(grove, tree.run, script({"0": [finish("Blue.")]}), "--node", "0.a1", "--answer", "Blue")
    assert said["report"]["answer"] == "Blue."
    assert asked == [("0", "decide"), ("0.r2", "review")]
    with ScriptedModel(script({"0.2": [finish("No.")], "0": [finish("Both.")]})) as model:
        told_of = ("fork", tree.run, "--node", "0.2", "--model", "other", "--json")
        code, out, words = await grove.say(*told_of, base_url=model.base_url)
        assert code == 0, out + words
        assert [(asked.node, asked.body["model"]) for asked in model.requests] == [
            ("0.2", "other"),
            ("0", "scripted"),
            ("0.r3", "scripted"),
        ]
    async with grove.watched(tree.run, tree.model) as look:
        for path, change, why in (
            ("0.9", Change(), f"run {tree.run} has no node at '0.9'"),
            ("0.1", Change(answer="x"), "node 0.1 asks nothing"),
            ("0.a1", Change(goal="x"), "node 0.a1 has no goal of its own"),
            ("0.a1", Change(model="x"), "node 0.a1 asks a person"),
        ):
            with pytest.raises(UsageError, match=why):
                await fork(look.records, tree.run, Wish(path, change), grove.settings)


async def test_a_run_under_way_can_be_forked(grove: Grove) -> None:
    """What it has done so far is the prefix; what it is doing is done again, by the fork; both come to their ends."""
    told = script(
        {
            "0": [split(part("a", "Ask Anna"), part("b", "Ask Bert")), finish("Both.")],
            "0.1": [finish("Anna says yes.")],
            "0.2": [slowly(12, finish("Bert says no."))],
        }
    )
    async with grove.planted(told) as tree:
        await tree.until(lambda view: any((node.path, node.status) == ("0.1", "done") for node in view.nodes))
        await asyncio.sleep(1)
        new = script({"0.2": [finish("Bert says yes.")], "0": [finish("Two of two.")]})
        said, asked = await forked(grove, tree.run, new, "--node", "0.2")
        await tree.end()
    assert (said["report"]["answer"], tree.told.answer) == ("Two of two.", "Both.")
    assert asked == [("0.2", "decide"), ("0", "decide"), ("0.r2", "review")]
