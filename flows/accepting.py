"""Accepting: the first thing a root settles is what counts as done, before it has done any of it."""

from flows.root import REACHED
from flows.small import settle_intent
from flows.working import Work
from swarm.errors import InvalidOutput
from tasks.accepting import settle
from tasks.telling import show_acceptance


async def accepted(work: Work) -> None:
    """Give a root its criteria: those it was given, or those of its goal's own words; a person sees them at once."""
    node = work.node
    if work.briefing.profile.hands == "small":
        await settle_intent(work)
        return
    if node.parent or node.acceptance != (REACHED,):
        return
    try:
        criteria = await settle(node, 0, work.briefing)
    except InvalidOutput:
        return
    work.node = node.model_copy(update={"acceptance": criteria})
    await show_acceptance(work.node)
