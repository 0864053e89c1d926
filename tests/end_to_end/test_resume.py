"""Runs whose process dies, or that end badly, and go on."""

import asyncio
import json
import os
import signal

import pytest

from integrations.reviving import dead_runs
from swarm.holding import holder
from swarm.views import RunView
from tests.end_to_end.conftest import Grove, Tree
from tests.end_to_end.said import decides, finish, part, script, slowly, split

pytestmark = pytest.mark.engine


async def kill(tree: Tree) -> None:
    """Kill the process that works on a run."""
    found = await holder(tree.records.pool, tree.run)
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)


def asked_by(tree: Tree) -> list[tuple[str, str]]:
    """Return who has asked the model, in order."""
    return [(asked.node, asked.role) for asked in tree.model.requests]


async def test_a_killed_run_goes_on_where_it_was(grove: Grove) -> None:
    """Nothing that was answered is asked again, finished nodes stay as they are, and the report is as it would be."""
    told = script(
        {
            "0": [split(part("a", "Ask Anna"), part("b", "Ask Bert")), finish("Both have answered.")],
            "0.1": [finish("Anna says yes.")],
            "0.2": [decides("retrieve", uri="nowhere.txt", query=""), slowly(8, finish("Bert says no."))],
        }
    )
    async with grove.planted(told) as tree:
        await tree.until(lambda view: _is_at(view, "0.2", 1) and _status(view, "0.1") == "done")
        await asyncio.sleep(1)
        await kill(tree)
        await asyncio.sleep(2)
        code, said, words = await grove.say("resume", tree.run, "--json", base_url=tree.model.base_url)
        assert code == 0, words
        assert json.loads(said)["report"]["answer"] == "Both have answered."
        await tree.end()
    assert set(tree.statuses().values()) == {"done"}
    asked = asked_by(tree)
    assert asked.count(("0", "decide")) == 2
    assert asked.count(("0.1", "decide")) == 1
    assert asked.count(("0.2", "decide")) == 3  # one was in flight


async def test_what_failed_gets_new_turns_and_sees_the_note(grove: Grove) -> None:
    """Three levels down: the finished sibling is read, the failed node and the path above it run."""
    told = script(
        {
            "0": [
                split(part("a", "Ask Anna"), part("b", "Ask Bert")),
                decides("give_up", reason="Bert is missing"),
                finish("Now."),
            ],
            "0.1": [finish("Anna says yes.")],
            "0.2": [
                split(part("home", "Ring at his home"), part("work", "Ring at his work")),
                decides("give_up", reason="nobody"),
                finish("Bert."),
            ],
            "0.2.1": [finish("Not there.")],
            "0.2.2": [decides("give_up", reason="the line is busy"), finish("Bert says no.")],
        }
    )
    async with grove.planted(told) as tree:
        await tree.end()
        assert tree.told.status == "failed"
        before = len(tree.model.requests)
        code, said, words = await grove.say(
            "retry", tree.run, "--note", "try the other line", "--json", base_url=tree.model.base_url
        )
        assert code == 0, words
        assert json.loads(said)["report"]["answer"] == "Now."
        await tree.end()
    assert [each for each in asked_by(tree)[before:] if each[1] == "decide"] == [
        ("0.2.2", "decide"),
        ("0.2", "decide"),
        ("0", "decide"),
    ]
    assert "try the other line" in tree.prompt("0.2.2")
    assert "the line is busy" in tree.prompt("0.2.2")


def _is_at(view: RunView, path: str, turns: int) -> bool:
    return any(node.path == path and node.turns >= turns for node in view.nodes)


def _status(view: RunView, path: str) -> str:
    return next((node.status for node in view.nodes if node.path == path), "")


async def test_prefects_retry_of_a_failed_root_is_a_retry_like_ours(grove: Grove) -> None:
    """Whoever presses Retry on the page gets new turns for what failed, and nothing else."""
    told = script(
        {
            "0": [
                split(part("a", "Ask Anna"), part("b", "Ask Bert")),
                decides("give_up", reason="no Bert"),
                finish("Now."),
            ],
            "0.1": [finish("Anna says yes.")],
            "0.2": [decides("give_up", reason="the line is busy"), finish("Bert says no.")],
        }
    )
    async with grove.planted(told) as tree:
        await tree.end()
        root = tree.seen.nodes[0].flow_run_id
        state = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the UI"}
        await tree.records.runs._post(f"flow_runs/{root}/set_state", {"state": state})
        while (await tree.records.runs.root(tree.run))["run_count"] < 2:  # noqa: ASYNC110  a remote state
            await asyncio.sleep(0.5)
        await tree.end()
    assert tree.told.answer == "Now."
    assert tree.node("0").flow_run_id == root
    assert [each for each in asked_by(tree) if each == ("0.1", "decide")] == [("0.1", "decide")]


async def test_a_leaf_under_a_parent_that_coped_can_be_tried_again(grove: Grove) -> None:
    """The done parents above decide anew on what it reports now; what they had decided before stands."""
    told = script(
        {
            "0": [split(part("a", "Ask Anna"), part("b", "Ask Bert")), finish("Only Anna."), finish("Both.")],
            "0.1": [finish("Anna says yes.")],
            "0.2": [decides("give_up", reason="the line is busy"), finish("Bert says no.")],
        }
    )
    async with grove.planted(told) as tree:
        await tree.end()
        assert (tree.told.status, tree.told.answer) == ("done", "Only Anna.")
        code, _, words = await grove.say("retry", tree.run)
        assert code == 2 and "--node" in words
        code, _, words = await grove.say("retry", tree.run, "--node", "0.7")
        assert code == 2 and "0.7" in words
        code, _, words = await grove.say("retry", tree.run, "--node", "0.2", base_url=tree.model.base_url)
        assert code == 0, words
        await tree.end()
    assert tree.told.answer == "Both."
    assert tree.statuses()["0.2"] == "done"
    assert asked_by(tree).count(("0.1", "decide")) == 1


async def test_of_two_resumes_at_once_one_works_and_the_other_says_so(grove: Grove) -> None:
    """And a run that lives, is done, or that nobody knows is not resumed either: one line each."""
    told = script({"0": [slowly(5, finish("Two.")), slowly(2, finish("Two."))]})
    async with grove.planted(told) as tree:
        await tree.until(lambda view: bool(view.nodes[0].started))
        await _held(tree)
        code, _, words = await grove.say("resume", tree.run)
        assert code == 1 and "is under way in process" in words
        await kill(tree)
        await asyncio.sleep(2)
        assert tree.run in await dead_runs(tree.records)
        both = [grove.say("resume", tree.run, "--detach", base_url=tree.model.base_url) for _ in range(2)]
        codes = {code: words for code, _, words in await asyncio.gather(*both)}
        assert sorted(codes) == [0, 1]
        assert "run" in codes[1] and len(codes[1].splitlines()) == 1
        await tree.end()
        code, _, words = await grove.say("resume", tree.run)
        assert code == 2 and "there is nothing to resume" in words
        code, _, words = await grove.say("resume", "feedbeef")
        assert code == 2 and "feedbeef" in words
    assert tree.told.answer == "Two."


async def test_a_budget_holds_across_kills_and_counts_each_call_once(grove: Grove) -> None:
    """The ledger has as many calls as were answered, the meter goes on from it, and a raised cap lets a run go on."""
    calls = [decides("retrieve", uri=f"nowhere-{number}.txt", query="") for number in range(3)]
    told = script({"0": [*calls, slowly(6, finish("Two.")), finish("Two.")]})
    async with grove.planted(told, lease={"calls": 4}) as tree:
        await tree.until(lambda view: _is_at(view, "0", 3))
        await asyncio.sleep(1.5)
        await kill(tree)
        await asyncio.sleep(2)
        code, _, words = await grove.say("resume", tree.run, base_url=tree.model.base_url)
        assert code == 1, words
        await tree.end()
        assert tree.told.status == "failed"
        assert "the run may spend 4 calls" in tree.told.summary
        assert (tree.told.cost.calls, tree.seen.usage.calls) == (4, 4)
        code, _, words = await grove.say("retry", tree.run, "--budget-calls", "9", base_url=tree.model.base_url)
        assert code == 0, words
        await tree.end()
    assert tree.told.cost.calls == tree.seen.usage.calls
    assert len(tree.model.requests) == tree.seen.usage.calls + 1  # the one that was in flight


async def test_what_was_cancelled_can_go_on(grove: Grove) -> None:
    """A cancelled run shows Cancelled everywhere; a retry gives what was cancelled new turns."""
    told = script(
        {
            "0": [split(part("a", "Ask Anna"), part("b", "Ask Bert")), finish("Both have answered.")],
            "0.1": [finish("Anna says yes.")],
            "0.2": [slowly(30, finish("Bert says no.")), finish("Bert says no.")],
        }
    )
    async with grove.planted(told) as tree:
        await tree.until(lambda view: _status(view, "0.1") == "done" and _status(view, "0.2") == "running")
        await grove.say("cancel", tree.run)
        await tree.end()
        assert tree.statuses() == {"0": "cancelled", "0.1": "done", "0.2": "cancelled"}
        code, _, words = await grove.say("resume", tree.run)
        assert code == 2 and f"swarm retry {tree.run}" in words
        code, _, words = await grove.say("retry", tree.run, base_url=tree.model.base_url)
        assert code == 0, words
        await tree.end()
    assert set(tree.statuses().values()) == {"done"}
    assert asked_by(tree).count(("0.1", "decide")) == 1


async def _held(tree: Tree) -> None:
    while await holder(tree.records.pool, tree.run) is None:  # noqa: ASYNC110  a remote state
        await asyncio.sleep(0.2)
