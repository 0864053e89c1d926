"""Knowing: what a node is told before it decides, functions and memory, and what is noted of functions that helped."""

from collections.abc import Sequence

from pydantic import JsonValue

from flows.working import Work
from swarm.decisions import Attempt, RunCode, WriteFunction, WriteText
from swarm.kept import once
from swarm.pools import pool
from swarm.recalled import Recalled
from swarm.reports import Observation
from tasks.calling import credit
from tasks.keys import fact_key
from tasks.recalling import recall


async def known(work: Work, turn: int) -> Recalled:
    """Return the functions and the passages that may help: recalled once, and anew after a function was written.

    What was shown is a fact: library and memory may be others when the node runs again, what it decided on is not.
    """
    written = [seen.text for seen in work.seen if seen.outcome == "ok" and seen.action.startswith("write_function")]
    if work.known is None or work.known[0] != len(written):

        async def recalled() -> JsonValue:
            return (await recall(work.node)).model_dump(mode="json")

        key = fact_key(work.node, 0, "functions", written)
        work.known = (len(written), Recalled.model_validate(await once(await pool(), key, recalled)))
    return work.known[1]


def informed(work: Work, attempt: Attempt) -> Sequence[Observation]:
    """Return what an attempt has to go on: who writes a text or code sees what memory has, like what was observed."""
    if work.known is None or not isinstance(attempt, WriteText | RunCode | WriteFunction):
        return work.seen
    memory = work.known[1].observation
    return [memory, *work.seen] if memory else work.seen


async def credited(work: Work, turn: int) -> None:
    """Note the goal with the functions that have helped to reach it."""
    used = tuple(dict.fromkeys(each for seen in work.seen for each in seen.functions))
    if used:
        await credit(work.node, turn, used)
