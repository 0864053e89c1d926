"""Each child gets its own result. Prefect knows a subflow by its place in the order of calls, which a retry changes."""

from pathlib import Path

import pytest

from swarm.settings import Settings
from swarm.stack import Connection
from tests.durability.playing import Ground, play
from tests.durability.shapes import Shape, Stage
from tests.end_to_end.said import decides, finish, part, split

pytestmark = pytest.mark.engine
_NOTE = "try the other line"


def _gives_up_first(answer: str) -> list[Stage]:
    return [("", decides("give_up", reason="nobody answers")), (_NOTE, finish(answer))]


_FIRST_STAGE = Shape(
    "first-stage",
    "Hear the whole family",
    {
        "0": [
            ("", split(part("alpha", "Ask Anna"), part("beta", "Ask Bert"), part("gamma", "Ask Carl", "beta"))),
            ("it needs beta", decides("give_up", reason="Bert is missing")),
            ("node 0.3 reports done", split(part("alpha", "Thank Anna"), part("beta", "Thank Bert", "alpha"))),
            ("node 0.5 reports done", finish("All were heard.")),
        ],
        "0.1": [("", finish("Anna."))],
        "0.2": _gives_up_first("Bert."),
        "0.3": [("", finish("Carl without Bert.")), ("reports done: Bert.", finish("Carl."))],
        "0.4": [("", finish("Anna thanked."))],
        "0.5": [("", finish("Bert thanked."))],
    },
    note=_NOTE,
)
_SECOND_STAGE = Shape(
    "second-stage",
    "Hear the whole family",
    {
        "0": [
            ("", split(part("alpha", "Ask Anna"), part("beta", "Ask Bert", "alpha"))),
            ("node 0.2 reports done", split(part("alpha", "Thank Anna"), part("beta", "Thank Bert"))),
            ("node 0.3 reports failed", decides("give_up", reason="Anna is missing")),
            ("node 0.3 reports done", finish("All were thanked.")),
        ],
        "0.1": [("", finish("Anna."))],
        "0.2": [("", finish("Bert."))],
        "0.3": _gives_up_first("Anna thanked."),
        "0.4": [("", finish("Bert thanked."))],
    },
    note=_NOTE,
)
# After the retry the second turn is another one: other children, with the keys and places of those before.
_OTHER_PLAN = Shape(
    "other-plan",
    "Get into the house",
    {
        "0": [
            ("", split(part("alpha", "Look for the key"), part("beta", "Call the smith"))),
            ("node 0.2 reports failed", split(part("alpha", "Break the window"), part("beta", "Break the door"))),
            ("node 0.4 reports failed", decides("give_up", reason="the door is too strong")),
            ("node 0.2 reports done", split(part("alpha", "Open the lock"), part("beta", "Oil the hinges"))),
            ("node 0.4 reports done", finish("We are in.")),
        ],
        "0.1": [("", finish("No key."))],
        "0.2": _gives_up_first("The smith comes."),
        "0.3": [("Break the window", finish("Broken.")), ("Open the lock", finish("Opened."))],
        "0.4": [("Break the door", decides("give_up", reason="too strong")), ("Oil the hinges", finish("Oiled."))],
    },
    note=_NOTE,
)


@pytest.mark.parametrize(
    ("shape", "answers"),
    [
        (_FIRST_STAGE, ["All were heard.", "Anna.", "Bert.", "Carl.", "Anna thanked.", "Bert thanked."]),
        (_SECOND_STAGE, ["All were thanked.", "Anna.", "Bert.", "Anna thanked.", "Bert thanked."]),
        (_OTHER_PLAN, ["We are in.", "No key.", "The smith comes.", "Opened.", "Oiled."]),
    ],
    ids=lambda given: given.name if isinstance(given, Shape) else "",
)
async def test_a_retried_parent_gives_each_child_its_own_result(
    stack: tuple[Settings, Connection], tmp_path: Path, shape: Shape, answers: list[str]
) -> None:
    """Whatever failed before it or was planned in its place."""
    outcome = await play(shape, Ground(*stack, tmp_path))
    assert not outcome.problems
    told = sorted((report.path, report.answer) for report in outcome.reports.values())
    assert told == [("0" if not place else f"0.{place}", answer) for place, answer in enumerate(answers)]
    assert all(report.node == node for node, report in outcome.reports.items())
    assert set(outcome.statuses.values()) == {"done"}
