"""Accepting: a root settles what counts as done first of all, and may settle it anew until it has changed something.

Each command that is a criterion is run once when it is settled, so that one which can never pass, or passes already, is
known before the work is.
"""

from flows.root import REACHED
from flows.small import settle_intent
from flows.working import Work
from swarm.decisions import Settle, Wanted
from swarm.nodes import Criterion
from swarm.reports import Observation
from swarm.rules import label
from swarm.text.document import cut_front
from swarm.tree.turns import is_change
from tasks.commands import CommandRan, try_criterion
from tasks.telling import show_acceptance

_JUDGED = Wanted(text="The goal is reached, by what the work shows", check="judge")
_LAST_WORDS = 600
"""Characters of what a criterion's command has printed."""


async def accepted(work: Work) -> None:
    """See to it that a root has criteria: those it was given, or those it will settle by its goal's own words."""
    if work.briefing.profile.hands == "small":
        await settle_intent(work)
    elif not work.node.parent and work.node.acceptance == (REACHED,):
        work.briefing = work.briefing.model_copy(update={"settles": True})


async def settled(work: Work, turn: int, number: int, action: Settle) -> Observation:
    """Give a root the criteria it has settled, those a machine checks first; a person sees them at once.

    It is refused once anything was changed or judged: nobody draws the target around the arrow.
    """
    if not work.briefing.settles or work.verdict or work.children or any(map(is_change, work.seen)):
        text = (
            "what counts as done stands once something was changed or judged; "
            "say in `objection` of `finish` what is wrong with it"
        )
        return Observation(action=label(action), outcome="refused", text=text)
    wanted = sorted(action.criteria, key=lambda each: each.check == "judge")
    if all(each.check != "judge" for each in wanted):
        wanted.append(_JUDGED)
    criteria = tuple(
        Criterion(id=f"c{at}", text=each.text, check=each.check, spec=each.spec) for at, each in enumerate(wanted, 1)
    )
    work.node = work.node.model_copy(update={"acceptance": criteria})
    await show_acceptance(work.node)
    commands = [each for each in criteria if each.check == "command"]
    rows = [_tried(each, await try_criterion(work.node, turn, number, each.spec)) for each in commands]
    return Observation(action=label(action), outcome="ok", text="\n".join(["settled", *rows]))


def _tried(criterion: Criterion, ran: CommandRan) -> str:
    """Say what a criterion's command does before any work is done."""
    if ran.refused:
        return f"{criterion.id} could not be tried: {ran.refused}"
    if ran.ok:
        return f"{criterion.id} passes today already: {criterion.spec!r} ends with {ran.ended}"
    said = f", last lines:\n{cut_front(ran.output.strip(), _LAST_WORDS)}" if ran.output.strip() else ""
    return f"{criterion.id} fails today (settle anew if no work could mend that): {ran.ended}{said}"
