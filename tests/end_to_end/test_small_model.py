"""A node on a small model: code decides, the model writes, machines judge; the model is scripted, the stack is real."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from swarm.testing.server import Asked
from tests.end_to_end.conftest import Grove
from tests.end_to_end.test_replay import replayed

pytestmark = pytest.mark.engine

_SMALL = {"swarm_model": "small-1.5b", "swarm_remember": False}
_BRIEF = "The pilot costs 9,350 EUR in twelve months, says Jonas Weil in his memo to the director of the library."
_MEETING = "The meeting on 2 April decided to ask the council on 14 May, and left open who repairs a broken tool."


def _program(*lines: str) -> JsonValue:
    return "\n".join(["```python", *lines, "```"])


def _folder(grove: Grove, files: dict[str, str]) -> Path:
    """Make a workspace with these files."""
    folder = grove.folder / "workspace"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


async def test_a_summary_is_noted_source_by_source_and_invented_figures_are_drawn_again(grove: Grove) -> None:
    """No decision and no review is asked of the model, and each source is named with what it says."""

    def answer(asked: Asked) -> JsonValue:
        shown = asked.messages[-1].content or ""
        if "json_schema" not in str(asked.body.get("response_format")):
            return "The pilot and the meeting are about tools."
        if "Jonas" in shown:
            invented = asked.body["temperature"] == 0
            return {"points": ["The pilot costs 9,999 EUR." if invented else "The pilot costs 9,350 EUR."]}
        return {"points": ["The meeting left open who repairs a broken tool."]}

    folder = _folder(grove, {"brief/budget.txt": _BRIEF, "brief/meeting.md": _MEETING})
    goal = "Summarise brief/ with sources in summary.md"
    tree = await grove.grown(answer, goal, given=_SMALL, workspace=str(folder))
    assert tree.told.status == "done", tree.told
    text = (folder / "summary.md").read_text()
    assert "- The pilot costs 9,350 EUR (budget.txt)." in text and "9,999" not in text
    assert "- brief/budget.txt\n- brief/meeting.md\n" in text
    assert {asked.role for asked in tree.model.requests} == {"write"}
    assert set(tree.told.evidence) == {"brief/budget.txt", "brief/meeting.md"}
    assert [criterion.result for criterion in tree.told.criteria] == ["pass"]


async def test_a_program_is_drawn_until_it_has_written_the_file_that_the_goal_names(grove: Grove) -> None:
    """What is no JSON is no counts.json; the model sees the file's first lines and what was wrong."""
    wrong = _program("open('counts.json', 'w').write(str({'words': 3}))")
    right = _program(
        "import json",
        "words = open('notes.txt').read().split()",
        "open('counts.json', 'w').write(json.dumps({'words': len(words)}))",
        "print('words:', len(words))",
    )
    drawn = [wrong, right]

    def answer(asked: Asked) -> JsonValue:
        return drawn.pop(0)

    folder = _folder(grove, {"notes.txt": "one two three"})
    goal = "Count the words of notes.txt and write them to counts.json"
    tree = await grove.grown(answer, goal, given=_SMALL, workspace=str(folder))
    assert tree.told.status == "done", tree.told
    assert json.loads((folder / "counts.json").read_text()) == {"words": 3}
    assert tree.told.answer == "words: 3\nfiles written: counts.json"
    (folder / "notes.txt").unlink()
    assert (await replayed(grove, tree.run))["same"], "a replay needs neither the model nor the file"
    first, second = (asked.messages[-1].content or "" for asked in tree.model.requests)
    assert '<data source="notes.txt">one two three</data>' in first and "counts.json is not valid JSON" in second


async def test_a_file_that_is_not_there_is_said_without_asking_the_model(grove: Grove) -> None:
    """The report names what is there."""
    folder = _folder(grove, {"notes.txt": "one"})
    tree = await grove.grown(lambda asked: "unused", "Count the words of note.txt", given=_SMALL, workspace=str(folder))
    assert tree.told.status == "failed" and "notes.txt" in tree.told.summary
    assert tree.model.requests == []
