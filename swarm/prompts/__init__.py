"""The prompts: one Markdown file per role, and the frame in which material reaches a model as data."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from swarm.chat import Message
from swarm.nodes import Criterion, Node
from swarm.prompts.frame import data, label, names
from swarm.recalled import Recalled
from swarm.reports import Observation

_SECTION = re.compile(r"^# (system|user|assistant)\n", re.MULTILINE)
_SHOWN = 6000
"""Characters of observations a prompt carries; the latest are kept longest."""


@cache
def load(name: str) -> tuple[Message, ...]:
    """Return the fixed beginning of a role's prompt: its system message and its examples."""
    text = files("swarm.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    parts = _SECTION.split(text)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return tuple(Message.model_validate({"role": role, "content": body.strip()}) for role, body in pairs)


def decide(
    node: Node, observations: Sequence[Observation], known: Recalled | None = None, remark: str = ""
) -> tuple[Message, ...]:
    """Ask for the next decision; `known` may help, `remark` is what the code has to say."""
    rows = [_goal(node)]
    if known and known.functions:
        rows.append("Functions you can call:\n" + data("functions", "\n".join(known.functions)))
    if known and known.memory:
        rows.append("From memory (`memory:` has more):\n" + data("memory", "\n".join(known.memory)))
    rows.append(_observed(observations))
    if remark:
        rows.append(f"Note: {remark}")
    return (*load("decide"), Message(role="user", content="\n".join(rows)))


def write(node: Node, path: str, brief: str, observations: Sequence[Observation]) -> tuple[Message, ...]:
    """Ask for the text of a file."""
    rows = [_observed(observations), _goal(node), f"Now write {names([path])}. It should contain: {brief}"]
    return (*load("write"), Message(role="user", content="\n".join(rows)))


def relate(source: str, text: str) -> tuple[Message, ...]:
    """Ask whom and what a passage names, and how they are related."""
    return (*load("relate"), Message(role="user", content=data(source, text)))


def code(task: str, files: Iterable[str], observations: Sequence[Observation], failure: str) -> tuple[Message, ...]:
    """Ask for a program; `failure` is what came of the last one."""
    rows = [f"Task: {task}"]
    if listed := names(files):
        rows.append(f"Files: {listed}")
    if observations:
        rows.append(_observed(observations))
    if failure:
        rows.append("The last program failed:\n" + data("run_code", failure))
    return (*load("code"), Message(role="user", content="\n".join(rows)))


def contract(purpose: str, goal: str, known: Sequence[str]) -> tuple[Message, ...]:
    """Ask what a function is to be called, take and return; `known` are the nearest that are there, a line each."""
    there = "\n" + data("functions", "\n".join(known)) if known else " none"
    rows = [f"Wanted: {purpose}", f"For the goal: {goal}", f"Functions that are there:{there}"]
    return (*load("contract"), Message(role="user", content="\n".join(rows)))


def tests(signature: str, description: str, arguments: Sequence[str] = (), wanted: int = 0) -> tuple[Message, ...]:
    """Ask for tests of a function by its contract alone; with `arguments`, for what these must return.

    `wanted` is how many there should be, 0 for as many as the model thinks right.
    """
    rows = [signature, description]
    if wanted:
        rows.append(
            f"Write {wanted} to {wanted + 2} tests, one with a long or large argument if the contract allows one."
        )
    if arguments:
        rows.append("Give the tests of just these arguments, each worked out anew:\n" + "\n".join(arguments))
    return (*load("tests"), Message(role="user", content="\n".join(rows)))


def function(signature: str, description: str, notes: Sequence[str] = (), failure: str = "") -> tuple[Message, ...]:
    """Ask for a function's code; `notes` say what else it may use, `failure` what came of the last try."""
    rows = [signature, description, *notes]
    if failure:
        rows.append("The last try failed its tests:\n" + data("tests", failure))
    return (*load("function"), Message(role="user", content="\n".join(rows)))


def arguments(
    about: tuple[str, str], wanted: str, given: str, fault: str, observations: Sequence[Observation]
) -> tuple[Message, ...]:
    """Ask for the arguments of a call; `about` is the function's signature and description."""
    rows = [_observed(observations)] if observations else []
    rows += [*about, f"Wanted: {wanted}", f"Given: {given}, which does not fit: {fault}"]
    return (*load("arguments"), Message(role="user", content="\n".join(rows)))


def review(
    goal: str, answer: str, evidence: Sequence[Observation], criteria: Sequence[Criterion]
) -> tuple[Message, ...]:
    """Ask for a verdict on an answer, by its criteria; the reviewer sees evidence, never the transcript."""
    shown = "\n".join(_material(seen, 1500) for seen in evidence) or "none"
    listed = "\n".join(f"{c.id}: {c.text}" for c in criteria)
    content = f"Goal: {goal}\nAnswer: {data('answer', answer)}\nEvidence:\n{shown}\nCriteria:\n{listed}"
    return (*load("review"), Message(role="user", content=content))


def _goal(node: Node) -> str:
    rows = [f"Goal: {node.goal}"]
    rows += [f"Why: {node.why}"] if node.why else []
    rows += [f"Inputs: {names(node.inputs)}"] if node.inputs else []
    rows += [f"Constraint: {constraint}" for constraint in node.constraints]
    rows += [f"Must hold: {criterion.text}" for criterion in node.acceptance]
    return "\n".join(rows)


def _observed(observations: Sequence[Observation]) -> str:
    """List observations, oldest first; older ones are cut first when all do not fit."""
    left, rows = _SHOWN, list[str]()
    for number, seen in reversed(list(enumerate(observations, 1))):
        body = _material(seen, max(200, left))
        left -= len(body)
        rows.append(f"{number}. {label(seen.action)} ({seen.outcome})\n{body}")
    return "Observations:\n" + "\n".join(reversed(rows)) if rows else "Observations: none yet"


def _material(seen: Observation, width: int) -> str:
    text = seen.text if len(seen.text) <= width else seen.text[:width] + " …"
    return data(seen.action.partition(" ")[0], text)
