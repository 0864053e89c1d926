"""Knowing: what a node knows before it decides, gathered once without a model, and which functions have helped."""

from collections.abc import Sequence

from pydantic import JsonValue

from flows.working import Work
from swarm.decisions import Attempt, RunCode, WriteFunction, WriteText
from swarm.kept import once
from swarm.pools import pool
from swarm.recalled import Recalled
from swarm.reports import Observation
from swarm.tree.briefing import Briefing
from tasks.briefing import gather
from tasks.calling import credit
from tasks.keys import fact_key
from tasks.recalling import recall


async def briefed(work: Work) -> None:
    """Gather the node's briefing, before its first turn.

    It is a fact: workspace, library and memory may be others when the node runs again, what it decided on is not.
    """

    async def gathered() -> JsonValue:
        return (await gather(work.node)).model_dump(mode="json")

    told = await once(await pool(), fact_key(work.node, 0, "briefing"), gathered)
    work.briefing = Briefing.model_validate(told)
    work.window = work.briefing.profile.window


async def known(work: Work, turn: int) -> Recalled:
    """Return the functions and the passages that may help: those of the briefing, or, once the node has written a
    function, what is recalled then.
    """
    written = [seen.text for seen in work.seen if seen.outcome == "ok" and seen.action.startswith("write_function")]
    if not written:
        return work.briefing.hints

    async def recalled() -> JsonValue:
        return (await recall(work.node)).model_dump(mode="json")

    return Recalled.model_validate(await once(await pool(), fact_key(work.node, 0, "functions", written), recalled))


def informed(work: Work, attempt: Attempt) -> Sequence[Observation]:
    """Return what an attempt has to go on: who writes a text or code sees what memory has, like what was observed."""
    if not isinstance(attempt, WriteText | RunCode | WriteFunction):
        return work.seen
    memory = work.briefing.hints.observation
    return [memory, *work.seen] if memory else work.seen


async def credited(work: Work, turn: int) -> None:
    """Note the goal with the functions that have helped to reach it."""
    used = tuple(dict.fromkeys(each for seen in work.seen for each in seen.functions))
    if used:
        await credit(work.node, turn, used)
