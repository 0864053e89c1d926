"""Functions in a node's life: which ones it is shown before it decides, and what is noted of those that helped."""

from pydantic import JsonValue

from flows.working import Work
from swarm.kept import once
from swarm.pools import pool
from tasks.calling import credit, recall
from tasks.keys import fact_key


async def known_functions(work: Work, turn: int) -> list[str]:
    """Return the functions that may help, a line each: recalled once, and anew after one was written.

    What was shown is a fact: the library may be another one when the node runs again, what it had decided on is not.
    """
    written = [seen.text for seen in work.seen if seen.outcome == "ok" and seen.action.startswith("write_function")]
    if work.known is None or work.known[0] != len(written):

        async def recalled() -> JsonValue:
            return list(await recall(work.node))

        key = fact_key(work.node, 0, "functions", written)
        told = await once(await pool(), key, recalled)
        assert isinstance(told, list)
        work.known = (len(written), [str(each) for each in told])
    return work.known[1]


async def credited(work: Work, turn: int) -> None:
    """Note the goal with the functions that have helped to reach it."""
    used = tuple(dict.fromkeys(each for seen in work.seen for each in seen.functions))
    if used:
        await credit(work.node, turn, used)
