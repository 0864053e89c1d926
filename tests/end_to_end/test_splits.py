"""A goal that is divided: who waits for whom, who ends whom, and what a failed part does to the others."""

import asyncio
import json
from datetime import datetime

import pytest
from pydantic import JsonValue

from tests.end_to_end.conftest import Grove, Tree
from tests.end_to_end.said import Said, decides, finish, part, script, slowly, split

pytestmark = pytest.mark.engine


def _time(tree: Tree, path: str, which: str) -> datetime:
    told = getattr(tree.node(path), which)
    assert told is not None
    return datetime.fromisoformat(told)


async def test_parts_start_together_and_one_that_depends_waits_for_what_it_needs(grove: Grove) -> None:
    """By Prefect's records and by the order of questions: two run at once, the third after both, with their answers."""
    parts = (part("left", "Weigh the left side"), part("right", "Weigh the right side"))
    told = script(
        {
            "0": [split(*parts, part("sum", "Add both weights", "left", "right")), finish("Together 7 kg.")],
            "0.1": [slowly(1.5, finish("3 kg"))],
            "0.2": [slowly(1.5, finish("4 kg"))],
            "0.3": [finish("7 kg")],
        }
    )
    tree = await grove.grown(told)
    assert tree.told.status == "done"
    ends = [_time(tree, path, "ended") for path in ("0.1", "0.2")]
    assert max(_time(tree, path, "started") for path in ("0.1", "0.2")) < min(ends)
    assert _time(tree, "0.3", "started") >= max(ends)
    assert [asked.node for asked in tree.model.requests] in (
        ["0", "0.1", "0.2", "0.3", "0", "0.r2"],
        ["0", "0.2", "0.1", "0.3", "0", "0.r2"],
    )
    assert tree.model.max_in_flight == 2
    assert "3 kg" in tree.prompt("0.3") and "4 kg" in tree.prompt("0.3")
    assert [tree.prompt().count(f"node 0.{n} reports done") for n in (1, 2, 3)] == [1, 1, 1]


async def test_where_any_part_is_enough_the_first_one_done_cancels_the_others(grove: Grove) -> None:
    """With all below them; Prefect shows them Cancelled, not Crashed, and the run does not wait for them."""
    told = script(
        {
            "0": [
                split(part("a", "Ask Anna"), part("b", "Ask Bert"), part("c", "Ask Cleo"), logic="any"),
                finish("Yes."),
            ],
            "0.1": [slowly(3, finish("Anna says yes."))],
            "0.2": [slowly(60, finish("Bert says no."))],
            "0.3": [split(part("home", "Ring at her home"), part("work", "Ring at her work")), finish("No.")],
            "0.3.*": [slowly(60, finish("Nobody is there."))],
        }
    )
    tree = await grove.grown(told)
    assert tree.told.status == "done"
    ended = dict.fromkeys(("0.2", "0.3", "0.3.1", "0.3.2"), "cancelled")
    assert tree.statuses() == {"0": "done", "0.1": "done", **ended, "0.r2": "done"}
    flow_runs = await grove.flow_runs(tree.run)
    states = {flow_run["name"].split()[0]: flow_run["state_name"] for flow_run in flow_runs}
    assert [states[path] for path in ended] == ["Cancelled"] * 4
    assert "Anna says yes" in tree.prompt()
    assert tree.node("0").seconds < 30


async def test_a_part_that_fails_or_crashes_is_a_report_and_its_siblings_finish(grove: Grove) -> None:
    """The parent hears of every part: given up, broken inside, skipped for want of another, done; and goes on."""
    parts = [
        part("lost", "Find the key"),
        part("open", "Open the box", "lost"),
        part("lamp", "Light the lamp"),
        part("door", "Close the door"),
    ]
    told = script(
        {
            "0": [split(*parts), finish("The door is closed; the box is not open.")],
            "0.1": [decides("give_up", reason="It is nowhere.", suggested_next="Call a locksmith")],
            "0.3": [{"fault": "malformed", "text": _absurd_usage(finish("It burns."))}],
            "0.4": [slowly(2, finish("It is closed."))],
        }
    )
    tree = await grove.grown(told)
    assert tree.told.status == "done"
    assert tree.statuses() == {"0": "done", "0.1": "failed", "0.3": "failed", "0.4": "done", "0.r2": "done"}
    shown = tree.prompt()
    assert "node 0.1 reports failed: It is nowhere." in shown
    assert "node 0.2 reports skipped: it needs lost, which is failed" in shown
    assert "node 0.3 reports failed: DataError" in shown
    assert "node 0.4 reports done: It is closed." in shown


async def test_parents_that_cannot_go_on_report_what_their_children_found(grove: Grove) -> None:
    """A child that gives up after its own children were done loses nothing at the root, which is out of turns."""
    inner = split(part("x", "Measure the length"), part("y", "Measure the width"))
    outer = split(part("size", "Measure the table"), part("price", "Ask for the price"))
    told = script(
        {
            "0": [outer],
            "0.1": [inner],
            "0.1.1": [finish("2 m long")],
            "0.1.2": [finish("1 m wide")],
            "0.2": [finish("40 euros")],
        }
    )
    # The second turn repeats the split, whose parts are done: the same goals are new nodes.
    tree = await grove.grown(told, limits={"turns": 1})
    assert tree.told.status == "partial"
    assert tree.statuses()["0.1"] == "partial"
    for found in ("2 m long", "1 m wide", "40 euros"):
        assert found in tree.told.answer


def _absurd_usage(said: Said) -> str:
    """Return a completion that claims more tokens than the ledger can hold, which nothing in the code expects."""
    choice: JsonValue = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": json.dumps(said)},
    }
    usage = {"prompt_tokens": 10**12, "completion_tokens": 1, "total_tokens": 10**12}
    return json.dumps(
        {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}
    )


async def test_two_runs_at_once_do_not_mix(grove: Grove) -> None:
    """Each has its own model, answers, workspace, usage and nodes."""

    def told(word: str) -> Said:
        return script(
            {
                "0": [
                    split(part("a", f"Spell {word} aloud"), part("b", f"Write {word} down")),
                    finish(f"{word} it is."),
                ],
                "0.1": [slowly(0.5, finish(f"spelt {word}"))],
                "0.2": {
                    "decide": [decides("write_text", path="word.txt", brief="The word"), finish("done")],
                    "write": [word],
                },
            }
        )

    red, blue = await asyncio.gather(
        grove.grown(told("red"), goal="Spell the colour red"), grove.grown(told("blue"), goal="Spell the colour blue")
    )
    for tree, word, other in ((red, "red", "blue"), (blue, "blue", "red")):
        assert tree.told.answer == f"{word} it is."
        assert (grove.folder / tree.run / "word.txt").read_text() == f"{word}\n"
        assert len(tree.model.requests) == tree.told.cost.calls == 7
        assert not any(other in message.content for asked in tree.model.requests for message in asked.messages[-1:])
        assert {node.path for node in tree.view.nodes} == {"0", "0.1", "0.2", "0.r2"} if tree.view else False
