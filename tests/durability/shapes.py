"""The shapes of trees that are killed, each with the model that leads it: an oracle of what a node sees, no memory.

After a kill a call may come again, so an answer depends on the prompt alone: of a node's stages the last one counts
whose mark is in what the node is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from swarm.testing import Asked
from tests.end_to_end.said import Said, decides, finish, part, retrieve, split, verdict, write_text

Stage = tuple[str, Said]
_APPEND = ('log = Path("log.txt")', 'log.write_text(log.read_text() + "{line}\\n")', 'print("appended")')


@dataclass(frozen=True)
class Shape:
    """One kind of tree: what its nodes decide, and what a person does in it.

    `note` is the person's when he retries the run after it has failed; `answer` what he says to a question. `rejected`
    is the text by which a reviewer knows an answer that is not good enough. `lines` is what `log.txt` has in the end,
    each line from one program that reads the file and writes it anew: run twice or not at all, it would show.
    """

    name: str
    goal: str
    says: Mapping[str, Sequence[Stage]]
    note: str = ""
    answer: str = ""
    rejected: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    model: str = "scripted"
    """Of the models in `tests/profiles.yaml`: `strong` has full hands."""

    def oracle(self, asked: Asked) -> object:
        """Answer a request by what it shows."""
        if self.model == "strong":
            return self._with_hands(asked)
        shown = asked.messages[-1].content
        match asked.role:
            case "review":
                return verdict("it is too short" if self.rejected and self.rejected in shown else "")
            case "write":
                return _written(shown)
        return [said for mark, said in self.says[asked.node] if mark in shown][-1]

    def _with_hands(self, asked: Asked) -> object:
        """Answer for a model with full hands: its criteria, its verdict, or the stage its whole conversation is at."""
        if asked.role == "review":
            return {"situation": "", "actions": [{"kind": "judge", "criteria": [{"id": "c1", "result": "pass"}]}]}
        shown = "\n".join(message.content for message in asked.messages)
        said = [said for mark, said in self.says[asked.node] if mark in shown][-1]
        if "Begin your first turn with `settle`" not in asked.messages[-1].content:
            return said
        settle = {"kind": "settle", "criteria": [{"text": "The page is written", "check": "judge"}]}
        actions = said["actions"] if "actions" in said else [said["action"]]
        assert isinstance(actions, list)
        return {"situation": "", "actions": [settle, *actions]}


def _written(shown: str) -> JsonValue:
    """Return a text, or where a task names a line, the program that appends it to `log.txt`."""
    _, asks, line = shown.partition("Task: append the line ")
    if not asks:
        return "Two apples and a pear."
    named = line.split()[0]
    program: list[JsonValue] = ["from pathlib import Path", *(row.format(line=named) for row in _APPEND)]
    return {"plan": "Read, append, write.", "lines": program}


def _leaf(answer: str) -> list[Stage]:
    return [("", finish(answer))]


def inner(path: str, *parts: Said, answer: str) -> list[Stage]:
    """Split, and finish as soon as the last part has reported."""
    return [("", split(*parts)), (f"node {path}.{len(parts)} reports", finish(answer))]


def _append(line: str) -> Said:
    return decides("run_code", task=f"append the line {line} to the log", files=["log.txt"])


_DEEP = Shape(
    "deep",
    "Follow the river to its spring",
    {
        "0": inner("0", part("up", "Walk the upper valley"), part("mouth", "Look at the mouth"), answer="Followed."),
        "0.1": inner("0.1", part("on", "Climb past the mill"), part("mill", "Draw the mill"), answer="Walked."),
        "0.1.1": inner("0.1.1", part("top", "Find the spring"), part("moor", "Cross the moor"), answer="Climbed."),
        "0.1.1.1": _leaf("Found."),
        "0.1.1.2": _leaf("Crossed."),
        "0.1.2": _leaf("Drawn."),
        "0.2": _leaf("Seen."),
    },
)
_TREES = ("apple", "pear", "plum", "cherry", "quince")
_WIDE = Shape(
    "wide",
    "Count what grows in the orchard",
    {
        "0": inner("0", *(part(tree, f"Count every {tree} there") for tree in _TREES), answer="Counted."),
        **{f"0.{number}": _leaf(f"{number} times {tree}.") for number, tree in enumerate(_TREES, 1)},
    },
)
_DEPENDENT = Shape(
    "dependent",
    "Bake a loaf of bread",
    {
        "0": inner(
            "0",
            part("flour", "Grind the corn"),
            part("water", "Fetch water"),
            part("dough", "Knead it all", "flour", "water"),
            part("loaf", "Put it in the oven", "dough"),
            answer="Baked.",
        ),
        "0.1": _leaf("One pound of flour."),
        "0.2": _leaf("A pint of water."),
        "0.3": [("", finish("Nothing to knead.")), ("One pound of flour.", finish("Dough of a pound."))],
        "0.4": [("", finish("An empty oven.")), ("Dough of a pound.", finish("A warm loaf."))],
    },
)
_RETRIED = Shape(
    "retried",
    "Hear what the family thinks",
    {
        "0": [
            ("", split(part("anna", "Ask Anna"), part("bert", "Reach Bert by any means"))),
            ("node 0.2 reports failed", decides("give_up", reason="Bert is missing")),
            ("node 0.2 reports done", finish("Anna says yes, Bert no.")),
        ],
        "0.1": _leaf("Anna says yes."),
        "0.2": [
            ("", split(part("home", "Ring at his home"), part("work", "Write to his work"))),
            ("node 0.2.1 reports failed", decides("give_up", reason="nobody is there")),
            ("node 0.2.1 reports done", finish("Bert says no.")),
        ],
        "0.2.1": [("", decides("give_up", reason="the line is busy")), ("the other line", finish("He says no."))],
        "0.2.2": _leaf("Written."),
    },
    note="try the other line",
)
_PAUSED = Shape(
    "paused",
    "Paint the house",
    {
        "0": inner("0", part("roof", "Tar the roof"), part("walls", "Colour the walls"), answer="Painted."),
        "0.1": _leaf("Tarred."),
        "0.2": [
            ("", decides("ask_user", question="Which colour?")),
            ("the person answered: blue", finish("The walls are blue.")),
        ],
    },
    answer="blue",
)
_EFFECTS = Shape(
    "effects",
    "Keep log.txt, and write page.md from notes.txt",
    {
        "0": [
            ("", retrieve("notes.txt")),
            ("two apples", write_text("page.md")),
            ("page.md is written", _append("one")),
            ("append the line one to the log (ok)", split(part("a", "Log the second thing"), part("b", "Third", "a"))),
            ("node 0.2 reports", finish("Hardly anything.")),
            ("the answer was not accepted", _append("four")),
            ("append the line four to the log (ok)", finish("Four lines are in log.txt, and page.md is written.")),
        ],
        "0.1": [("", _append("two")), ("append the line two to the log (ok)", finish("The second is there."))],
        "0.2": [("", _append("three")), ("append the line three to the log (ok)", finish("The third is there."))],
    },
    rejected="Hardly anything.",
    files={"notes.txt": "two apples and a pear\n", "log.txt": "zero\n"},
    lines=("zero", "one", "two", "three", "four"),
)


def _acts(*actions: Said) -> Said:
    return {"situation": "As observed.", "actions": list(actions)}


_HANDS = Shape(
    "hands",
    "Keep log.txt by commands, and write page.md from notes.txt",
    {
        "0": [
            ("", _acts({"kind": "read", "uri": "notes.txt"}, {"kind": "find", "pattern": "apples"})),
            ("two apples", _acts({"kind": "write_file", "path": "page.md", "text": "Two apples.\n"})),
            (
                "page.md is created",
                _acts(
                    {"kind": "edit_file", "path": "page.md", "edits": [{"old": "Two", "new": "Three"}]},
                    {
                        "kind": "run_command",
                        "command": "echo one >> log.txt; for n in 1 2 3; do echo $n > made$n; done",
                    },
                ),
            ),
            (
                "created: made1",
                _acts(
                    {"kind": "run_command", "command": "echo two >> log.txt; rm made2"},
                    {"kind": "write_file", "path": ".env", "text": "REFUSED=1\n"},
                ),
            ),
            ("deleted: made2", split(part("a", "Log the third thing"), part("b", "Look at the log", "a"))),
            ("node 0.2 reports", finish("Three lines are in log.txt, and page.md is written.")),
        ],
        "0.1": [
            ("", _acts({"kind": "run_command", "command": "echo three >> log.txt"})),
            ("changed: log.txt", finish("The third is there.")),
        ],
        "0.2": [("", finish("Seen."))],
    },
    files={"notes.txt": "two apples and a pear\n", "log.txt": "zero\n"},
    lines=("zero", "one", "two", "three"),
    model="strong",
)

SHAPES = {shape.name: shape for shape in (_DEEP, _WIDE, _DEPENDENT, _RETRIED, _PAUSED, _EFFECTS, _HANDS)}
"""Every shape by its name."""
