"""Deciding: the next decision of a node, asked of its model in the way that suits it.

    small     code decides where it can, else one prompt that lists what was observed    flows/small.py
    full      a conversation that only grows, folded where it would not fit         tasks/deciding.py

A move that fails alike again and again is drawn anew at another temperature, then left out of the menu, and in the end
it is the report that names it.
"""

from flows.small import decided_small
from flows.standing import stand
from flows.working import Work
from swarm.chat import Message
from swarm.decisions import Decision
from swarm.errors import ContextExceeded
from swarm.llm.profile import CHARACTERS_A_TOKEN
from swarm.prompts.conversation import conversation
from swarm.reports import Report
from swarm.text.document import cut_middle
from swarm.tree.menu import FULL, LAST_TURN, Menu
from swarm.tree.turns import changed_files, failing_moves, notes_of
from tasks.deciding import current_files, decide_in_conversation, fold

_FULL_AT = 0.75
"""Share of the window from which on older turns are folded."""
_KEPT = 0.33
"""Share of the window that the turns which stay may have."""
_MOST_FOLDS = 3
_FILES_SHARE = 0.15
_OTHER_TEMPERATURE = 0.8
_RESAMPLED, _LEFT_OUT, STUCK = 3, 4, 6
"""Times a move fails alike until it is drawn anew, left out, and the end."""


def stuck(work: Work) -> Report | None:
    """Return the report of a node whose last move has failed alike too often; None where it may go on."""
    name, failed = failing_moves(work.log.turns)
    if work.briefing.profile.hands == "small" or failed < STUCK:
        return None
    why = work.log.turns[-1].observations[-1].text if work.log.turns[-1].observations else ""
    return work.ended(f"{name} failed alike {failed} times: {cut_middle(why, 500)}", "mend its cause, and retry")


async def decided(work: Work, turn: int) -> Decision:
    """Return the next decision; raises ModelError or BudgetExhausted."""
    if work.briefing.profile.hands == "small":
        return await decided_small(work, turn)
    for _ in range(_MOST_FOLDS):
        await _folded(work, turn)
        try:
            return await _in_conversation(work, turn)
        except ContextExceeded as error:
            work.window = min(error.window or work.window, int(work.window * 0.7))
    return await _in_conversation(work, turn)


async def _in_conversation(work: Work, turn: int) -> Decision:
    where = await stand(work, turn, _messages(work))
    work.log.tell(where.text)
    _, failed = failing_moves(work.log.turns)
    return await decide_in_conversation(
        work.node,
        turn,
        work.briefing,
        (work.given, work.log.history),
        tuple(_menu(work, where.last, failed)),
        (where.output, _OTHER_TEMPERATURE if failed >= _RESAMPLED else None),
    )


def _menu(work: Work, last: bool, failed: int) -> Menu:
    """Return the actions that make sense now."""
    if last:
        return LAST_TURN
    left_out = set() if work.briefing.settles else {"settle"}
    if work.node.depth >= work.node.limits.depth:
        left_out.add("split")
    if failed >= _LEFT_OUT and (decision := work.log.turns[-1].decision):
        moves = [action.kind for action in decision.actions if action.kind != "settle"]
        left_out |= set(moves[:1]) - {"finish", "give_up"}
    return {kind: model for kind, model in FULL.items() if kind not in left_out}


async def _folded(work: Work, turn: int) -> None:
    """Fold the oldest turns where the conversation has outgrown its share of the window."""
    if _size(work) <= _FULL_AT * work.window:
        return
    log = work.log
    shown, until, kept = log.history.turns, log.first + len(log.history.turns), 0.0
    while until > log.first + 1:
        kept += _turn_size(shown[until - 1 - log.first].model_dump_json())
        if kept > _KEPT * work.window and until < log.first + len(shown):
            break
        until -= 1
    until = max(until, log.first + len(shown) // 2)  # never one turn at a time
    if until <= log.first:
        return
    noted = notes_of(log.turns[:until])  # of what was folded before, too
    folded = await fold(work.node, turn, work.briefing, (work.given, log.history), until - log.first, noted)
    files = sorted(path for path, version in changed_files(work.seen).items() if version)
    most = int(_FILES_SHARE * work.window * CHARACTERS_A_TOKEN)
    current = await current_files(work.node, turn, files, most) if files else ""
    log.fold(until, "\n\n".join(part for part in (folded, current) if part))


def _messages(work: Work) -> tuple[Message, ...]:
    return conversation(work.node, work.briefing, work.given, work.log.history)


def _size(work: Work) -> float:
    """Return the size of the conversation in tokens."""
    calls = sum(len(str(call.arguments)) for message in _messages(work) for call in message.calls)
    return (calls + sum(len(message.content) for message in _messages(work))) / CHARACTERS_A_TOKEN


def _turn_size(text: str) -> float:
    return len(text) / CHARACTERS_A_TOKEN
