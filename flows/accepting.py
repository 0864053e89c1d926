"""Accepting: a root settles what counts as done first of all, in its first turn, before it has done any of it."""

from flows.root import REACHED
from flows.small import settle_intent
from flows.working import Work
from swarm.decisions import Settle, Wanted
from swarm.nodes import Criterion
from swarm.reports import Observation
from swarm.rules import label
from tasks.telling import show_acceptance

_JUDGED = Wanted(text="The goal is reached, by what the work shows", check="judge")


async def accepted(work: Work) -> None:
    """See to it that a root has criteria: those it was given, or those it will settle by its goal's own words."""
    if work.briefing.profile.hands == "small":
        await settle_intent(work)
    elif not work.node.parent and work.node.acceptance == (REACHED,):
        work.briefing = work.briefing.model_copy(update={"settles": True})


async def settled(work: Work, action: Settle) -> Observation:
    """Give a root the criteria it has settled, those a machine checks first; a person sees them at once.

    It is refused once anything was done: nobody draws the target around the arrow.
    """
    if not work.briefing.settles or work.node.acceptance != (REACHED,) or _has_acted(work):
        text = (
            "what counts as done is settled before any work, and stands; say in `objection` of `finish` what is wrong"
        )
        return Observation(action=label(action), outcome="refused", text=text)
    wanted = sorted(action.criteria, key=lambda each: each.check == "judge")
    if all(each.check != "judge" for each in wanted):
        wanted.append(_JUDGED)
    criteria = [
        Criterion(id=f"c{number}", text=each.text, check=each.check, spec=each.spec)
        for number, each in enumerate(wanted, 1)
    ]
    work.node = work.node.model_copy(update={"acceptance": tuple(criteria)})
    await show_acceptance(work.node)
    return Observation(action=label(action), outcome="ok", text="settled")


def _has_acted(work: Work) -> bool:
    """Say whether any action stands before the one under way."""
    decided = [turn for turn in work.log.turns if turn.decision is not None]
    return len(decided) > 1 or len(decided[-1].observations) > 0
