"""Budgets and limits: what a tree may not pass, and what it says when it gets there."""

import asyncio
import json

import pytest

from swarm.testing import ScriptedModel
from tests.end_to_end.conftest import Grove, Tree
from tests.end_to_end.said import Said, finish, part, retrieve, script, split, write_text

pytestmark = pytest.mark.engine


async def test_a_budget_that_runs_out_keeps_what_was_found(grove: Grove) -> None:
    """From the terminal: exit code 1, a partial report with the finished part's answer, and not one call too many."""
    told = script(
        {
            "0": [split(part("length", "Measure the length"), part("width", "Measure the width")), retrieve("a.txt")],
            "0.1": [finish("2 m long")],
            "0.2": [retrieve("b.txt"), finish("never said")],
        }
    )
    with ScriptedModel(told) as model:
        code, said, words = await grove.say(
            "run", "Measure the table", "--budget-calls", "4", "--json", base_url=model.base_url
        )
        assert (code, len(model.requests)) == (1, 4), words
    ended = json.loads(said)
    assert (ended["status"], ended["usage"]["calls"]) == ("partial", 4)
    assert "2 m long" in ended["report"]["answer"]
    assert "the run may spend 4 calls" in ended["report"]["summary"]


async def test_nothing_passes_a_cap(grove: Grove) -> None:
    """Four that ask at the same moment, again and again, get what the run may spend; so do answers that are cut."""
    parts = [part(name, f"Count the {name}") for name in ("apples", "pears", "plums", "figs")]
    greedy = script({"0": [split(*parts)], "0.*": [retrieve(f"{n}.txt") for n in range(9)]}, latency=0.1)
    cut = script({"0": [{"fault": "truncate", "text": "{"}]})
    unpriced, *trees = await asyncio.gather(
        grove.grown(script({"0": [finish("Four.")]}), lease={"usd": 0.5}),
        grove.grown(greedy, lease={"calls": 9}),
        grove.grown(cut, lease={"calls": 9}),
        grove.grown(greedy, lease={"tokens": 9_000}),
    )
    assert [tree.told.status for tree in (unpriced, *trees)] == ["failed"] * 4
    assert unpriced.model.requests == [] and "SWARM_PRICES" in unpriced.told.summary
    assert [len(tree.model.requests) for tree in trees[:2]] == [9, 9]
    assert trees[2].told.cost.tokens <= 9_000
    for tree in trees:
        assert "may spend" in tree.told.summary
        assert tree.seen.usage.calls == tree.told.cost.calls == len(tree.model.requests)


async def test_turns_and_depth_and_nodes_end(grove: Grove) -> None:
    """Out of turns, a node reports what it has; below the deepest level and beyond the last node, no split."""
    two, three = part("b", "Count the bolts"), part("c", "Count the cogs")
    turns = script({"0": {"decide": [write_text(f"{n}.txt") for n in range(9)], "write": ["words"]}})
    depth = script(
        {
            "0": [split(part("a", "Count the parts"), part("z", "Count the rest")), finish("Counted.")],
            "0.1": [split(two, three), finish("I counted alone.")],
            "0.2": [finish("None.")],
        }
    )
    nodes = script({"0": [split(part("a", "Count the axles"), two, three), finish("I counted alone.")]})
    out, deep, wide = await asyncio.gather(
        grove.grown(turns, limits={"turns": 3}),
        grove.grown(depth, limits={"depth": 1}),
        grove.grown(nodes, limits={"nodes": 3}),
    )
    assert (out.told.status, out.told.turns, out.told.summary) == ("partial", 3, "all 3 turns are used")
    assert out.told.artifacts == ("0.txt", "1.txt", "2.txt")
    assert deep.told.status == wide.told.status == "done"
    assert set(deep.statuses()) == {"0", "0.1", "0.2", "0.r2"}
    assert "(refused)" in deep.prompt("0.1") and "this node is at depth 1, the limit" in deep.prompt("0.1")
    assert set(wide.statuses()) == {"0", "0.r2"}
    assert "(refused)" in wide.prompt() and "the run may have 3 nodes and has 1" in wide.prompt()


async def test_what_the_rules_forbid_is_refused_with_its_reason(grove: Grove) -> None:
    """A child that restates its parent, a split before any attempt, the same action twice, two parts that are one."""
    a, b = part("a", "Count the axles"), part("b", "Count the bolts")
    restated = [split(part("all", "Say what two and two make!"), b)]
    early = [split(a, b, reason="attempt_failed")]
    repeated = [write_text("a.txt"), write_text("a.txt")]
    twins = [split(a, part("b", "count the axles."))]
    late = [retrieve("gone.txt"), split(a, b, reason="attempt_failed")]
    *trees, accepted = await asyncio.gather(
        *(_refused(grove, said) for said in (restated, early, repeated, twins, late))
    )
    # After a failed attempt the same split is right.
    assert {"0.1", "0.2"} < set(accepted.statuses()) and "(refused)" not in accepted.prompt()
    reasons = (
        "subtask all restates the goal",
        "no attempt has failed yet: try first",
        "write_text a.txt was done already",
        "two subtasks have the same goal",
    )
    for tree, why in zip(trees, reasons, strict=True):
        assert tree.told.status == "done"
        assert tree.prompt().count("(refused)") == 1 and why in tree.prompt()
        assert {node.kind for node in tree.seen.nodes if node.path != "0"} == {"review"}


async def _refused(grove: Grove, said: list[Said]) -> Tree:
    told = script({"0": {"decide": [*said, finish("Four.")], "write": ["words"]}, "0.*": [finish("Some.")]})
    return await grove.grown(told)
