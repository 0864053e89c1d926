"""Measure which functions a node is told of: those that do what its goal wants, and those it has no use for.

The library holds what ships with the swarm and eight functions of one's own, each credited with one earlier goal. Asked
are thirty-two other wordings of these goals, and twenty-four goals of other kinds. No model, no stack; the embedding
model of this machine, and then words alone.

    python -m benchmarks.hints
"""

import asyncio
import math
from datetime import UTC, datetime

from benchmarks.taught import TASKS
from benchmarks.teaching import GOALS
from swarm.embedded.weights import cache_folder
from swarm.embedding import LocalEmbedder
from swarm.functions.built_in import FOLDER
from swarm.functions.exchange import parse_yaml
from swarm.functions.records import Function, Version
from swarm.functions.search import Hit, views_of
from swarm.settings import load_settings
from swarm.words import terms
from tasks.recalling import is_relevant

_FILLED = ("onomatopoeia", "1994", "level", "84", "2000-01-01", "123456", "79927398713", "3, 9, 4, 1")
_OTHERS = (
    "Read the PDF and the two text files in examples/brief/ and write a one-page summary with sources to summary.md",
    "Compute the 40th Fibonacci number and the sum of its digits, and show how",
    "Which of the files in letters/ mention the harbour?",
    "Convert people.csv to people.json",
    "List all prime numbers between 200 and 250",
    "Write a haiku about the sea to haiku.txt",
    "List all TODO comments in src/ with file and line in todos.md",
    "In guide.md rename the heading Setup to Installation",
    "Collect the e-mail addresses in contacts.txt and write them to emails.txt",
    "Build a web app from NOTES.md with SQLite and tests",
    "The test suite fails: find the cause and fix src/",
    "Write a guide from docs/ in which no command is missing",
    "Translate hello.txt to German",
    "What is the capital of France?",
    "Write a letter to the mayor",
    "Write unit tests for calc.py",
    "Draw a chart of sales by month",
    "Migrate the API from v1 to v2 across all files",
    "Say whether the library can lend tools",
    "Explain what main.py does",
    "Write a program that plays tic-tac-toe",
    "Refactor the parser into two modules",
    "Plan a trip to Graz for two days",
    "Compare the offers in a.txt and b.txt",
)


async def main() -> None:
    """Print both measures with and without an embedder."""
    functions, goals = _library()
    embedder = LocalEmbedder(cache_folder(load_settings()))
    views = {name: views_of(each.function, goals.get(name, [])) for name, each in functions.items()}
    vectors = {
        (name, view): vector
        for view in ("what", "goals")
        for name, vector in zip(views, await embedder([told[view] or " " for told in views.values()]), strict=True)
        if views[name][view]
    }
    for by_meaning in (True, False):
        found = total = noise = 0
        for name, wordings in _asked().items():
            for goal in wordings:
                listed = await _listed(goal, functions, views, vectors if by_meaning else {}, embedder)
                total, found = total + 1, found + (name in listed)
        for goal in _OTHERS:
            noise += len(await _listed(goal, functions, views, vectors if by_meaning else {}, embedder))
        how = "by meaning" if by_meaning else "by words"
        print(
            f"{how}: the right function is listed for {found} of {total} goals; for {len(_OTHERS)} others {noise} are"
        )


async def _listed(
    goal: str,
    functions: dict[str, Version],
    views: dict[str, dict[str, str]],
    vectors: dict[tuple[str, str], list[float]],
    embedder: LocalEmbedder,
) -> list[str]:
    asked, wanted = (await embedder([goal]))[0], set(terms(goal))
    listed = []
    for name, version in functions.items():
        near = [
            math.fsum(a * b for a, b in zip(asked, vector, strict=True))
            for (n, _), vector in vectors.items()
            if n == name
        ]
        told = set(terms(f"{views[name]['what']} {views[name]['goals']}"))
        shared = len(wanted & told) / max(1, len(wanted))
        hit = Hit(version=version, score=0, views={}, cosine=max(near) if near else None, shared=shared)
        reads = {"retrieve", "save"} & set(version.function.capabilities.api)
        if is_relevant(hit, goal) and not (version.maker == "builtin" and reads):
            listed.append(name)
    return listed


def _library() -> tuple[dict[str, Version], dict[str, list[str]]]:
    now = datetime.now(UTC)
    shipped = [parse_yaml(path.read_text(encoding="utf-8"), path.name) for path in sorted(FOLDER.glob("*.yaml"))]
    ours = [Function(name=task.name, description=task.about, code=task.code) for task in TASKS]
    versions = [Version(function=each, number=1, maker="builtin", created=now) for each in shipped]
    versions += [Version(function=each, number=1, maker="swarm", created=now) for each in ours]
    first = dict(zip(GOALS, _FILLED, strict=True))
    return {each.name: each for each in versions}, {name: [GOALS[name][0].format(first[name])] for name in GOALS}


def _asked() -> dict[str, list[str]]:
    filled = dict(zip(GOALS, _FILLED, strict=True))
    return {name: [wording.format(filled[name]) for wording in wordings[1:]] for name, wordings in GOALS.items()}


if __name__ == "__main__":
    asyncio.run(main())
