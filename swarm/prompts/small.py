"""The small model's prompts: short, with examples instead of rules, and the same bytes first each time."""

from collections.abc import Sequence

from swarm.chat import Message
from swarm.prompts import load
from swarm.prompts.frame import data, names
from swarm.tree.briefing import Material

_MATERIAL = 6000
"""Characters of material that a text is written from."""


def choose(goal: str) -> tuple[Message, ...]:
    """Ask which kind of work a goal asks for."""
    return _asked("choose", f"Goal: {goal}")


def notes(source: str, text: str) -> tuple[Message, ...]:
    """Ask for notes of a part of a source."""
    return _asked("notes", data(source, text))


def opening(points: Sequence[str]) -> tuple[Message, ...]:
    """Ask for the opening of a summary whose notes are there."""
    return _asked("opening", data("notes", "\n".join(f"- {point}" for point in points)))


def draft(goal: str, materials: Sequence[Material], failure: str) -> tuple[Message, ...]:
    """Ask for a text; `failure` says what was wrong with the last one."""
    return _asked("draft", "\n".join([f"Goal: {goal}", *_shown(materials), *_failed(failure)]))


def answer(goal: str, materials: Sequence[Material], failure: str) -> tuple[Message, ...]:
    """Ask for an answer."""
    return _asked("answer", "\n".join([f"Goal: {goal}", *_shown(materials), *_failed(failure)]))


def source(goal: str, path: str, materials: Sequence[Material], failure: str) -> tuple[Message, ...]:
    """Ask for a file of code."""
    rows = [f"Goal: {goal}", f"File: {names([path])}", *_shown(materials), *_failed(failure)]
    return _asked("source", "\n".join(rows))


def program(
    task: str, shapes: Sequence[str], outputs: Sequence[str], failure: str, in_place: bool = False
) -> tuple[Message, ...]:
    """Ask for a program; `shapes` show the files it reads, as `swarm.small.shapes` has them.

    `in_place`: it writes the files that it reads.
    """
    name = "program_on_itself" if in_place else "program_on_files" if shapes else "program"
    rows = [f"Task: {task}"]
    rows += ["Files:", *shapes] if shapes else []
    rows += [f"Write: {names(outputs)}"] if outputs else []
    return _asked(name, "\n".join([*rows, *_failed(failure)]))


def _asked(name: str, content: str) -> tuple[Message, ...]:
    return (*load(name), Message(role="user", content=content))


def _shown(materials: Sequence[Material]) -> list[str]:
    """Frame what was read, each source with its share of the room."""
    there = [each for each in materials if each.text.strip()]
    share = _MATERIAL // max(1, len(there))
    return [data(each.place, each.text if len(each.text) <= share else f"{each.text[:share]} …") for each in there]


def _failed(failure: str) -> list[str]:
    return ["The last try failed:\n" + data("failure", failure)] if failure else []
