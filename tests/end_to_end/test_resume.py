"""Runs whose process dies, or that end badly, and go on."""

import asyncio
import json
import os
import signal

import pytest

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
