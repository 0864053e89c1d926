"""A node never judges its own work: what a review does to an answer."""

import asyncio

import pytest

from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import finish, part, script, split, verdict, write_text

pytestmark = pytest.mark.engine


async def test_a_rejected_answer_is_an_observation_and_a_better_one_is_accepted(grove: Grove) -> None:
    """The reviewer's gap reaches the next decision; the reviewer sees goal, answer and criteria, no transcript."""
    told = script(
        {
            "0": [finish("Four, I think."), finish("Four: two and two counted.")],
            "0.r1": {"review": [verdict("It is only a guess")]},
        }
    )
    tree = await grove.grown(told)
    assert (tree.told.status, tree.told.turns) == ("done", 2)
    assert tree.told.answer == "Four: two and two counted."
    assert tree.statuses() == {"0": "done", "0.r1": "done", "0.r2": "done"}
    assert "It is only a guess" in tree.prompt()
    judged = tree.prompt("0.r2", "review")
    assert "Say what two and two make" in judged and "Four: two and two counted." in judged
    assert "guess" not in judged and "I think" not in judged


async def test_an_answer_that_never_passes_is_no_answer(grove: Grove) -> None:
    """Rejected at every turn, or by a reviewer that makes no sense: the run fails, and says on what."""
    rejected, confused = await asyncio.gather(
        grove.grown(script({"0": [finish("Five.")]}, review=verdict("It is four")), limits={"turns": 2}),
        grove.grown(script({"0": [finish("Five.")]}, review={"mood": "undecided"}), limits={"turns": 2}),
    )
    assert (rejected.told.status, confused.told.status) == ("failed", "failed")
    assert [result.gap for result in rejected.told.criteria] == ["It is four"]
    assert "It is four" in rejected.prompt()
    assert "the reviewer could not judge it" in confused.prompt()


async def test_a_criterion_that_a_machine_can_check_needs_no_model(grove: Grove) -> None:
    """A part that must leave a file is sent back until the file is there, and no reviewer is asked."""
    told = script(
        {
            "0": [
                split(part("a", "Write the list", accept="file: list.md"), part("b", "Rest")),
                finish("list.md is there."),
            ],
            "0.1": {
                "decide": [finish("I shall write it."), write_text("list.md"), finish("Written.")],
                "write": ["- one"],
            },
            "0.2": [finish("Rested.")],
        }
    )
    tree = await grove.grown(told)
    assert tree.told.status == "done"
    assert [asked.node for asked in tree.model.asked(role="review")] == ["0.r2"]
    assert "there is no file list.md in the workspace" in tree.prompt("0.1")
    assert (grove.folder / tree.run / "list.md").read_text() == "- one\n"
