"""Replays: an ended run runs again from its tape, touches nothing, and comes to the same reports."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import JsonValue

from integrations.forking import replay
from swarm.errors import UsageError
from swarm.sandbox import isolation
from swarm.testing import ScriptedModel
from tests.end_to_end.conftest import Grove, Tree
from tests.end_to_end.said import Said, decides, finish, part, retrieve, script, slowly, split, verdict, write_text
from tests.end_to_end.test_resume import kill

pytestmark = pytest.mark.engine

_PROGRAM: Said = {"plan": "print it", "lines": ["print(6 * 7)", "open('made.txt', 'w').write('42')"]}
_BROKEN: Said = {"plan": "fail", "lines": ["raise SystemExit(3)"]}


async def replayed(grove: Grove, run: str, *arguments: str, **env: str) -> dict[str, Any]:
    """Replay a run, with no model to be reached unless one is given, and return what is said of it."""
    code, said, words = await grove.say("replay", run, *arguments, "--json", **env)
    assert said, words
    told = json.loads(said)
    assert code == (0 if told["same"] else 1)
    return dict(told)


async def turns_and_calls(grove: Grove, tree: Tree, run: str) -> dict[str, tuple[int, int]]:
    """Return each node's turns and the model calls it has paid for, by path."""
    async with grove.watched(run, tree.model) as look:
        return {node.path: (node.turns, node.usage.calls) for node in (await look.records.view(run)).nodes}


def differing(told: dict[str, Any]) -> dict[str, str]:
    """Return why nodes differ, by path."""
    return {node["path"]: node["why"] for node in told["nodes"] if not node["same"]}


async def test_a_replay_needs_neither_model_nor_world_and_reports_the_same(grove: Grove) -> None:
    """A page that is gone, a program, a repaired answer, a rejected one and an unanswered question come out alike."""
    page = grove.folder / "page.txt"
    page.write_text("Anna is 42.")
    question = decides("ask_user", question="Which colour?")
    told = script(
        {
            "0": [
                split(part("read", "Read it"), part("make", "Make it"), part("ask", "Ask it", "read")),
                finish("Bad."),
                finish("Good."),
            ],
            "0.r2": {"review": [verdict("too short")]},
            "0.1": {
                "decide": ["no JSON at all", retrieve(str(page)), write_text("a.md"), finish("Read.")],
                "write": ["A text."],
            },
            "0.2": {
                "decide": [decides("run_code", task="Print 42", files=[]), finish("Made.")],
                "write": [_BROKEN, _PROGRAM],
            },
            "0.3": [question, finish("Asked.")],
        },
    )
    tree = await grove.grown(told, given={"swarm_ask_timeout": 1}, inputs=[str(page)])
    assert tree.told.answer == "Good.", tree.told
    page.unlink()
    before = {path: path.stat().st_mtime_ns for path in (grove.folder / tree.run).rglob("*")}
    told_of = await replayed(grove, tree.run)
    assert differing(told_of) == {}
    assert [node["path"] for node in told_of["nodes"]] == ["0", "0.1", "0.2", "0.3"]
    assert {path: path.stat().st_mtime_ns for path in (grove.folder / tree.run).rglob("*")} == before
    own = grove.settings.swarm_home / "runs" / told_of["run"]
    assert [path.name for path in own.rglob("*") if path.is_file()] == ["settings.json"]
    assert {calls for _, calls in (await turns_and_calls(grove, tree, told_of["run"])).values()} == {0}
    assert tree.told.cost.calls > 0
    if isolation()[0]:
        assert tree.told.artifacts == ("a.md", "made.txt")
    before_that = {node.path: (node.turns, node.usage.calls) for node in tree.seen.nodes}
    assert await turns_and_calls(grove, tree, tree.run) == before_that, "the source still has its own artifacts"


async def test_who_was_first_in_the_source_is_first_in_a_replay(grove: Grove) -> None:
    """One is enough, and comes late, after a kill: who had failed has failed, who was cancelled is cancelled."""
    told = script(
        {
            "0": [
                split(
                    part("bad", "Ask Anna"),
                    part("good", "Ask Bert"),
                    part("slow", "Ask Carl"),
                    logic="any",
                ),
                finish("One has answered."),
            ],
            "0.1": [decides("give_up", reason="no Anna")],
            "0.2": [retrieve("none.txt"), slowly(5, finish("Bert says no."))],
            "0.3": [retrieve("nobody.txt"), slowly(60, finish("Never."))],
        }
    )
    async with grove.planted(told) as tree:
        await tree.until(lambda view: len(tree.model.asked("0.2")) == len(tree.model.asked("0.3")) == 2)
        await asyncio.sleep(1)
        await kill(tree)
        code, _, words = await grove.say("resume", tree.run, base_url=tree.model.base_url)
        assert code == 0, words
        await tree.end()
    assert tree.statuses() == {"0": "done", "0.1": "failed", "0.2": "done", "0.3": "cancelled", "0.r2": "done"}
    told_of = await replayed(grove, tree.run)
    assert differing(told_of) == {}
    assert [node["path"] for node in told_of["nodes"]] == ["0", "0.1", "0.2", "0.3"]


async def test_what_was_retried_refused_and_out_of_budget_is_replayed_as_it_was(grove: Grove) -> None:
    """A key that was refused, a cap that was reached, a split that was too large; then new turns and a greater cap."""
    told = script(
        {
            "0": [
                split(part("a", "Ask Anna"), part("b", "Ask Bert"), part("c", "Ask Carl")),
                split(part("d", "Ask Dora"), part("e", "Ask Emil")),
                finish("Now."),
            ],
            "0.1": [finish("Anna says yes.")],
            "0.2": [{"fault": "status", "code": 401}, finish("Bert says no.")],
            "0.3": [retrieve("none.txt"), decides("give_up", reason="no Carl"), finish("Carl says no.")],
        }
    )
    async with grove.planted(told, lease={"calls": 5}, limits={"nodes": 5}) as tree:
        await tree.end()
        assert tree.told.status != "done"
        once = await replayed(grove, tree.run)
        assert differing(once) == {}
        command = ("retry", tree.run, "--note", "mind the key", "--budget-calls", "40", "--json")
        code, said, words = await grove.say(*command, base_url=tree.model.base_url)
        assert code == 0, said + words
    assert json.loads(said)["report"]["answer"] == "Now."
    assert differing(await replayed(grove, tree.run)) == {}


async def test_a_replay_goes_live_where_it_is_told_to_and_only_there(grove: Grove) -> None:
    """The node and what follows from it are asked anew; files of the others are there; what differs is shown."""
    told = script(
        {
            "0": {"decide": [split(part("a", "Write"), part("b", "Read", "a")), finish("Old.")]},
            "0.1": {"decide": [write_text("a.md"), finish("Written.")], "write": ["One."]},
            "0.2": [retrieve("a.md"), finish("It says one.")],
        }
    )
    tree = await grove.grown(told)
    (grove.folder / tree.run / "a.md").unlink()
    new = script({"0.2": [retrieve("a.md"), finish("It says so.")], "0": [finish("New.")]})
    with ScriptedModel(new) as model:
        told_of = await replayed(grove, tree.run, "--live-from", "0.2", base_url=model.base_url)
        asked = [(asked.node, asked.role) for asked in model.requests]
    assert set(differing(told_of)) == {"0", "0.2"}
    assert asked == [("0.2", "decide"), ("0.2", "decide"), ("0", "decide"), ("0.r2", "review")]
    assert '+ "answer": "New."' in differing(told_of)["0"]
    assert "One." in model.asked("0.2", "decide")[1].messages[-1].content
    spent = {path: calls for path, (_, calls) in (await turns_and_calls(grove, tree, told_of["run"])).items()}
    assert spent == {"0": 1, "0.1": 0, "0.2": 2, "0.r2": 1}


async def test_what_is_not_on_the_tape_is_a_difference_and_no_call(grove: Grove) -> None:
    """A replay that comes to something the tape does not hold says where; one that cannot begin says why."""
    told = script(
        {"0": [split(part("a", "Ask Anna"), part("b", "Ask Bert")), finish("Both.")], "0.*": [finish("Yes.")]}
    )
    tree = await grove.grown(told)
    async with grove.planted(script({"0": [slowly(60, finish("Never."))]})) as busy:
        await busy.until(lambda view: bool(busy.model.requests))
        for run, live_from, why in ((busy.run, None, "has not ended"), (tree.run, "0.7", "has no node at '0.7'")):
            with pytest.raises(UsageError, match=why):
                await replay(busy.records, run, live_from, grove.settings)
    async with grove.watched(tree.run, tree.model) as look:
        await look.records.pool.execute("delete from swarm.tape where run = $1 and node = '0.2'", tree.run)
    told_of = await replayed(grove, tree.run)
    assert "node 0.2 asks what is not on the tape" in differing(told_of)["0.2"]
    async with grove.watched(tree.run, tree.model) as look:
        with pytest.raises(UsageError, match=f"is a replay of {tree.run}"):
            await replay(look.records, told_of["run"], None, grove.settings)


async def test_a_run_that_ended_at_the_third_failure_alike_is_replayed_as_it_was(grove: Grove) -> None:
    """Failures on the tape count as they did when they were new; tried again, the last of them is asked anew."""
    empty: JsonValue = {"fault": "empty"}
    async with grove.planted(script({"0": [empty, empty, empty, finish("Four.")]})) as tree:
        await tree.end()
        assert "3 calls in a row failed alike" in tree.told.summary
        assert differing(await replayed(grove, tree.run)) == {}
        code, said, words = await grove.say("retry", tree.run, "--json", base_url=tree.model.base_url)
    assert code == 0, said + words
    assert json.loads(said)["report"]["answer"] == "Four."
