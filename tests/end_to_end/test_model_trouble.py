"""A model that answers badly, late or not at all: the run goes on where it can and ends in a clear report where not."""

import asyncio
import json
import socket

import pytest
from pydantic import JsonValue

from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import Said, finish, part, script, slowly, split, write_text

pytestmark = pytest.mark.engine


async def test_bad_output_climbs_the_ladder(grove: Grove) -> None:
    """Talk around the JSON costs nothing; a wrong shape a repair; two an action in steps; all of it a turn."""
    sound = finish("Four.")
    wrong: Said = {"action": {"kind": "ponder"}}
    scripts: dict[str, list[JsonValue]] = {
        "talk": [f"Of course! Here it is:\n```json\n{json.dumps(sound)}\n```\nAnything else?"],
        "repair": ["I would finish now.", sound],
        "steps": [wrong, wrong, {"kind": "finish"}, {"kind": "finish", "answer": "Four.", "evidence": []}],
        "turn": [wrong, wrong, wrong, sound],
        "cut": [{"fault": "truncate", "then": sound}, sound],
    }
    trees = dict(
        zip(scripts, await asyncio.gather(*(grove.grown(script({"0": s})) for s in scripts.values())), strict=True)
    )
    assert {name: tree.told.answer for name, tree in trees.items()} == dict.fromkeys(scripts, "Four.")
    calls = {name: len(tree.model.asked("0", "decide")) for name, tree in trees.items()}
    assert calls == {"talk": 1, "repair": 2, "steps": 4, "turn": 4, "cut": 2}
    assert {name: tree.told.turns for name, tree in trees.items()} == dict.fromkeys(scripts, 1) | {"turn": 2}
    assert "That answer is not valid" in trees["repair"].prompt()
    assert "no valid Decision in 3 calls" in trees["turn"].prompt()
    rooms = [asked.body["max_tokens"] for asked in trees["cut"].model.asked("0", "decide")]
    assert rooms == [900, 1800]


async def test_an_endpoint_that_recovers_is_waited_for(grove: Grove) -> None:
    """Too many requests for a second, a connection cut inside the answer, a body that is no JSON: done all the same."""
    told: dict[str, list[JsonValue]] = {
        "limited": [{"fault": "status", "code": 429, "retry_after": 1.5}, finish("Four.")],
        "cut": [{"fault": "cut"}, finish("Four.")],
        "garbled": [{"fault": "malformed", "text": "<html>502"}, finish("Four.")],
        "down": [{"fault": "status", "code": 503}, finish("Four.")],
    }
    trees = dict(zip(told, await asyncio.gather(*(grove.grown(script({"0": s})) for s in told.values())), strict=True))
    assert {name: tree.told.status for name, tree in trees.items()} == dict.fromkeys(told, "done")
    first, second = trees["limited"].model.asked("0", "decide")
    assert second.time - first.time >= 1.5
    # What brought no answer was not paid for.
    assert {name: tree.told.cost.calls for name, tree in trees.items()} == dict.fromkeys(told, 2)


async def test_an_endpoint_that_stays_away_ends_the_run_with_its_name(grove: Grove) -> None:
    """Nobody there, too slow, always cut, a refused key: failed, and the report says where, why and what to do."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        away, slow, cut, refused = await asyncio.gather(
            grove.grown(script({}), given={"openai_base_url": nobody}),
            grove.grown(script({"0": [slowly(20, finish("Four."))]}), given={"swarm_model_timeout": 1}),
            grove.grown(script({"0": [{"fault": "cut"}]})),
            grove.grown(script({"0": [{"fault": "status", "code": 401, "text": "no such key: sk-scripted"}]})),
        )
    for tree in (away, slow, cut, refused):
        assert tree.told.status == "failed"
        assert tree.told.summary in tree.told.markdown()
        assert "(model scripted)" in tree.told.summary and "\n" not in tree.told.summary
        assert tree.seen.status == "failed"
    assert nobody.removeprefix("http://").removesuffix("/v1") in away.told.summary
    assert "cannot connect" in away.told.summary
    assert "no answer in time" in slow.told.summary
    assert "gave no answer in 2 attempts" in cut.told.summary and len(cut.model.requests) == 2
    assert "check OPENAI_API_KEY" in refused.told.summary and "no such key: ***" in refused.told.summary
    assert len(refused.model.requests) == 1


async def test_one_node_without_a_model_does_not_take_the_others_down(grove: Grove) -> None:
    """A part whose calls are all refused fails alone, and its parent hears why."""
    told = script(
        {
            "0": [split(part("a", "Ask the oracle"), part("b", "Ask the clerk")), finish("The clerk knew.")],
            "0.1": [{"fault": "status", "code": 400, "text": "the prompt is forbidden"}],
            "0.2": [finish("It is four.")],
        }
    )
    tree = await grove.grown(told)
    assert tree.told.status == "done"
    assert (tree.statuses()["0.1"], tree.statuses()["0.2"]) == ("failed", "done")
    assert "the prompt is forbidden" in tree.prompt()


async def test_calls_that_fail_alike_end_a_node_at_the_third(grove: Grove) -> None:
    """No choice, or nothing but thoughts: three calls, and the cause in the report; a text in between counts anew."""
    empty: JsonValue = {"fault": "empty"}
    thoughts: JsonValue = {"fault": "truncate", "text": " "}
    silent, thinking, mended = await asyncio.gather(
        grove.grown(script({"0": [empty]})),
        grove.grown(script({"0": [thoughts]})),
        grove.grown(script({"0": [empty, empty, "words", empty, finish("Four.")]})),
    )
    for tree, cause in ((silent, "answered without a choice"), (thinking, "used all its tokens before it began")):
        assert (tree.told.status, len(tree.model.requests)) == ("failed", 3)
        assert "3 calls in a row failed alike" in tree.told.summary and cause in tree.told.summary
        assert tree.told.cost.calls == 3
    assert mended.told.status == "done"


async def test_an_endpoint_with_its_own_ways_is_worked_with(grove: Grove) -> None:
    """Streams only, no system role, one role after the other, thoughts before the answer, talk around the file."""
    decide: list[JsonValue] = [write_text("a.txt"), finish("a.txt is written.")]
    told = script({"0": {"decide": decide, "write": ["Four."]}})
    ways: dict[str, dict[str, JsonValue]] = {
        "plain": {"refuse": ["response_format", "whole", "system", "repeated_role"], "status": 422},
        "thinking": {"oddity": ["thoughts_in_content", "chatter", "event_stream"]},
        "closing": {"oddity": ["closing_mark_only"], "refuse": ["temperature", "max_tokens"]},
        "parts": {"oddity": ["thoughts_in_parts", "text_usage"]},
        "elsewhere": {"oddity": ["answer_in_thoughts", "no_usage"]},
    }
    trees = dict(zip(ways, await asyncio.gather(*(grove.grown({**told, **w}) for w in ways.values())), strict=True))
    assert {name: tree.told.status for name, tree in trees.items()} == dict.fromkeys(ways, "done")
    written = {name: (grove.folder / tree.run / "a.txt").read_text() for name, tree in trees.items()}
    assert {name: text.partition("## Sources")[0].strip() for name, text in written.items()} == dict.fromkeys(
        ways, "Four."
    )
