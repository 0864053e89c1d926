"""Recorded: what the steps of a run have left behind, read back as decisions and places in the tree."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue, ValidationError

from swarm.decisions import Decision, Split
from swarm.kept import like
from swarm.keys import digest
from swarm.nodes import MOST_QUESTIONS, side
from swarm.outages import patiently
from swarm.reports import Report

if TYPE_CHECKING:
    import asyncpg

_SIDE = {"fact-answer": "ask", "fact-verdict": "review"}
_STEP = re.compile(r"^(?P<run>[^/]+)/(?P<node>[^/]+)/(?P<turn>\d+)/(?P<name>.+)-[0-9a-f]{16}$")


@dataclass(frozen=True)
class Step:
    """One recorded step or fact: whose it is, of which turn, its name, and what came of it as plain JSON."""

    node: str
    turn: int
    name: str
    result: JsonValue


def read_step(key: str, data: bytes) -> Step | None:
    """Read a row of what a run has kept; None for what is no step."""
    found = _STEP.match(key)
    if found is None:
        return None
    result = json.loads(data)
    if not found["name"].startswith("fact-"):
        result = json.loads(result["result"])
        if isinstance(result, dict) and "__class__" in result:
            result = result["data"]
    return Step(found["node"], int(found["turn"]), found["name"], result)


async def decided(pool: "asyncpg.Pool[asyncpg.Record]", run: str) -> list[Step]:
    """Return what the nodes of a run have decided, in the order they did."""
    query = "select key, data from swarm.results where key like $1 and key like '%/decide-%' order by at, key"
    rows = await patiently(lambda: pool.fetch(query, f"{like(run)}/%"))
    steps = (read_step(row["key"], bytes(row["data"])) for row in rows)
    return [step for step in steps if step is not None]


def decisions(steps: Iterable[Step]) -> dict[str, dict[int, Decision]]:
    """Return what each node decided in each turn, by node id; the latest counts, where a retry led elsewhere."""
    found: dict[str, dict[int, Decision]] = {}
    for step in steps:
        if step.name == "decide":
            try:
                found.setdefault(step.node, {})[step.turn] = Decision.model_validate(step.result)
            except ValidationError:  # of an older version
                continue
    return found


def reachable(root: str, origin: str, reports: Mapping[str, Report], made: Iterable[Step]) -> set[str]:
    """Return the ids of the nodes that the last decisions of a run have led to, from its root.

    A retry can leave nodes behind that no decision leads to any more.
    """
    decided = decisions(made)
    found, ahead = {root}, [root]
    while ahead:
        node = ahead.pop()
        turns = reports[node].turns if node in reports else len(decided.get(node, {}))
        for turn, decision in decided.get(node, {}).items():
            if turn >= turns:
                continue
            keys = [(key, kind) for kind, key, _ in _sides(turn)]
            if isinstance(decision.action, Split):
                keys += [(task.key, "solve") for task in decision.action.subtasks]
            children = {digest(origin, node, turn, key, kind) for key, kind in keys} - found
            found |= children
            ahead += children
    return found


def places(known: Mapping[str, str], origin: str, keys: Iterable[str]) -> dict[str, str]:
    """Return the path of every node that has kept something, by id.

    `known` are the nodes that have asked a model or reported; questions and reviews are found by their parents.
    """
    found = dict(known)
    for key in keys:
        step = _STEP.match(key)
        kind = _SIDE.get(step["name"]) if step else None
        if step is None or kind is None or step["node"] in found:
            continue
        turn = int(step["turn"])
        for parent, path in known.items():
            for its, key, last in _sides(turn):
                if its == kind and digest(origin, parent, turn, key, kind) == step["node"]:
                    found[step["node"]] = f"{path}.{last}"
    return found


def _sides(turn: int) -> list[tuple[str, str, str]]:
    """Return kind, key and last part of the path of the review and the questions that a turn may have."""
    return [("review", *side("review", turn))] + [("ask", *side("ask", turn, each)) for each in range(MOST_QUESTIONS)]
