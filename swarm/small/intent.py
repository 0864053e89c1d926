"""The intent of a goal: which kind of work it asks for, by its own words, and the files it reads and writes."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

from swarm.nodes import Criterion, Noun
from swarm.small import vocabulary
from swarm.tree.briefing import Briefing
from swarm.tree.references import references

Kind = Literal["summary", "text", "source", "program", "answer", "function"]
"""A summary of what was read, another text, a file of code, the result of a program, an answer, a saved function."""

_CODE = re.compile(
    r"(?i)\.(py|m?js|ts|sh|bash|html?|css|sql|c|h|cpp|java|go|rs|rb|php|pl|r|lua|svg|tex|bat|ps1|kt|swift)$"
)
_DATA = re.compile(r"(?i)\.(jsonl?|[ct]sv|xml|ya?ml|toml|ini|xlsx|ics)$")
_LATER = re.compile(r"(?i)\b(later|again|reuse|library)\b")


class Intent(Noun):
    """What kind of work it is, which files it writes, and which of those that are there it works on."""

    kind: Kind
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


def files_of(goal: str, briefing: Briefing) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the files that a goal works on and those it writes; `briefing` says what is there."""
    named = references(goal, briefing.files)
    below = [f for folder in named.folders for f in briefing.files if f.startswith(f"{folder}/")]
    given = [each.place for each in briefing.materials if each.digest]
    inputs = tuple(dict.fromkeys((*named.files, *below, *given)))
    return inputs, named.outputs


def kind_by_words(goal: str, inputs: Sequence[str], outputs: Sequence[str]) -> Kind | None:
    """Return what a goal's own words settle; None where they leave it open."""
    changes = any(each in inputs for each in outputs) and bool(vocabulary.REPLACES.search(goal))
    for name in (*inputs, *outputs):  # a file called guide.md is no wish for a guide
        goal = goal.replace(name, " ").replace(PurePosixPath(name).name, " ")
    later = vocabulary.WRITES_FUNCTION.search(goal) and _LATER.search(goal)
    if (vocabulary.FUNCTION.search(goal) or later) and not outputs:
        return "function"
    if any(map(is_code_file, outputs)):
        return "program" if changes else "source"
    if changes or any(map(is_data_file, outputs)):
        return "program"
    if vocabulary.SUMMARY.search(goal):
        return "summary" if inputs else "text"
    exact, prose = vocabulary.EXACT.search(goal), vocabulary.PROSE.search(goal)
    if exact and prose:
        return "program" if exact.start() < prose.start() else _written(outputs)
    if exact:
        return "program"
    if prose:
        return _written(outputs)
    return "answer" if not outputs and not inputs and goal.rstrip().endswith("?") else None


def _written(outputs: Sequence[str]) -> Kind:
    return "text" if outputs else "answer"


def criteria_of(intent: Intent) -> tuple[Criterion, ...]:
    """Return what a machine can check of a goal: each file that it names is there, and not empty."""
    return tuple(
        Criterion(id=f"file-{at}", text=f"{path} is written and not empty", check="file", spec=path)
        for at, path in enumerate(intent.outputs, 1)
    )


def needs_choice(goal: str, briefing: Briefing, given: Sequence[object]) -> bool:
    """Say whether a goal needs a choice among all actions: a person, a search, a function, another node's reports."""
    return bool(given or briefing.hints.functions or vocabulary.REACHES_OUT.search(goal))


def wants_sources(goal: str) -> bool:
    """Say whether a goal asks for sources to be named."""
    return bool(vocabulary.SOURCES.search(goal))


def wants_method(goal: str) -> bool:
    """Say whether a goal asks how a result came about."""
    return bool(vocabulary.METHOD.search(goal))


def is_code_file(path: str) -> bool:
    """Say whether a file of this name holds code, by its ending."""
    return bool(_CODE.search(path))


def is_data_file(path: str) -> bool:
    """Say whether a file of this name holds data that a program reads."""
    return bool(_DATA.search(path))
