"""Measure how a function is found again by goals in other words, and what a search costs.

The library holds what ships with the swarm, the right codes of benchmarks/gate_tasks/ and of benchmarks.taught, and
functions that were written for this, by name and description: some 210. The goals (benchmarks/search_goals/goals.yaml)
have two grades: `plain` says the same in other words, `far` only speaks of the matter. Every other goal, from the
second on, was held out of all tuning. Beside the search stand words alone and the plain cosine of name and description.

    python -m benchmarks.functions_search [--folder FOLDER] [--missed]
    python -m benchmarks.functions_search --scale 20000

A FOLDER holds `functions.json` (or .yaml; a list of name, description, parameters, or what `swarm functions export`
writes) and `goals.json` (a list of {"goal", "right": [names]}, or an object of such lists by grade).
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.databases import database
from benchmarks.taught import TASKS
from integrations.embeddings import choose_embedder
from swarm.embedding import Embedder
from swarm.functions.built_in import FOLDER
from swarm.functions.exchange import parse_yaml
from swarm.functions.library import Library
from swarm.functions.records import Function
from swarm.functions.search import Search
from swarm.settings import load_settings

_HERE = Path(__file__).parent
_TWINS = ("roman", "median", "luhn")
"""Functions of benchmarks.taught that do what one of the gate's tasks does."""
_DEPTH = 10
Ask = Callable[[str], Awaitable[list[str]]]


@dataclass(frozen=True)
class Goal:
    """A goal, the functions that do what it wants, and whether it was held out of tuning."""

    text: str
    right: tuple[str, ...]
    grade: str
    is_held_out: bool


def functions(folder: Path | None) -> list[Function]:
    """Return the functions of a folder, or of this benchmark, each name once."""
    if folder is not None:
        told = _read(folder, "functions")
        return [_function(each) for each in (told["functions"] if isinstance(told, dict) else told)]
    found = [parse_yaml(path.read_text(encoding="utf-8"), path.name) for path in sorted(FOLDER.glob("*.yaml"))]
    rows = [row for path in sorted((_HERE / "gate_tasks").glob("*.yaml")) for row in yaml.safe_load(path.read_text())]
    rows += [{"name": task.name, "description": task.about} for task in TASKS if task.name not in _TWINS]
    rows += _read(_HERE / "search_goals", "functions")
    found += [_function(row) for row in rows]
    return list({each.name: each for each in found}.values())


def goals(folder: Path | None) -> list[Goal]:
    """Return the goals of a folder, or of this benchmark."""
    told = _read(folder or _HERE / "search_goals", "goals")
    graded = told if isinstance(told, dict) else {"goals": told}
    return [
        Goal(row["goal"], tuple(_names(row)), grade, number % 2 == 1)
        for grade, rows in graded.items()
        for number, row in enumerate(rows)
    ]


async def main() -> None:
    """Print how often the right function is among the best, by grade and half, and what a search costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--missed", action="store_true", help="name the goals whose function is not among the best six")
    parser.add_argument("--scale", type=int, default=0, help="functions to grow to, instead")
    given = parser.parse_args()
    embedder = choose_embedder(load_settings())
    assert embedder is not None, "unset SWARM_EMBEDDINGS=none: there is nothing to compare"
    if given.scale:
        from benchmarks.functions_scale import grow

        return await grow(functions(given.folder), [each.text for each in goals(given.folder)], embedder, given.scale)
    library, asked = functions(given.folder), goals(given.folder)
    async with database() as pool:
        for each in library:
            await Library(pool).save(each, "person")
        print(f"{len(library)} functions, {len(asked)} goals")
        await Search(pool, embedder)(asked[0].text, _DEPTH)
        systems: dict[str, Ask] = {
            "search": _searched(Search(pool, embedder)),
            "words alone": _searched(Search(pool, None)),
            "cosine alone": await _nearest(library, embedder),
        }
        for name, ask in systems.items():
            await _print_system(name, ask, asked, given.missed and name == "search")


async def _print_system(name: str, ask: Ask, asked: Sequence[Goal], names_missed: bool) -> None:
    places, seconds = list[int](), list[float]()
    for goal in asked:
        begun = time.process_time()
        found = await ask(goal.text)
        seconds.append(time.process_time() - begun)
        places.append(min((found.index(each) + 1 for each in goal.right if each in found), default=0))
    for grade in dict.fromkeys(goal.grade for goal in asked):
        for half in (False, True):
            of = [at for goal, at in zip(asked, places, strict=True) if (goal.grade, goal.is_held_out) == (grade, half)]
            first, six, ten = (sum(0 < at <= most for at in of) for most in (1, 6, _DEPTH))
            print(
                f"  {name:13} {grade:6} {'held out' if half else 'tuned on':9} first {first:2},"
                f" among six {six:2}, among ten {ten:2} of {len(of)}"
            )
    print(f"  {name:13} CPU a search: median {1000 * np.median(seconds):.1f} ms, most {1000 * max(seconds):.1f} ms")
    for goal, at in zip(asked, places, strict=True):
        if names_missed and not 0 < at <= 6:
            print(f"    {at or 'not shown':9} {', '.join(goal.right)}: {goal.text}")


def _searched(search: Search) -> Ask:
    async def ask(goal: str) -> list[str]:
        return [hit.version.name for hit in await search(goal, _DEPTH)]

    return ask


async def _nearest(library: Sequence[Function], embedder: Embedder) -> Ask:
    names = [each.name for each in library]
    matrix = np.array(await embedder([f"{each.name.replace('_', ' ')}: {each.description}" for each in library]))

    async def ask(goal: str) -> list[str]:
        near = matrix @ np.array((await embedder([goal]))[0])
        return [names[at] for at in np.argsort(-near)[:_DEPTH]]

    return ask


def _function(row: dict[str, Any]) -> Function:
    told = {name: row[name] for name in ("name", "description", "parameters", "returns") if row.get(name)}
    return Function.model_validate(told | {"code": row.get("code") or "pass"})


def _names(row: dict[str, Any]) -> list[str]:
    right = row.get("right") or row.get("function") or row.get("name")
    return [right] if isinstance(right, str) else list(right or ())


def _read(folder: Path, name: str) -> Any:
    path = next((folder / f"{name}{end}" for end in (".json", ".yaml") if (folder / f"{name}{end}").exists()), None)
    if path is None:
        raise SystemExit(f"{folder} holds neither {name}.json nor {name}.yaml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))  # JSON is YAML, too


if __name__ == "__main__":
    asyncio.run(main())
