"""Standing: where a node is told it stands before it decides, and whether it is its last turn."""

from pydantic import JsonValue

from flows.working import Work
from swarm.chat import Message
from swarm.kept import once
from swarm.llm.profile import CHARACTERS_A_TOKEN
from swarm.nodes import Lease, Noun
from swarm.pools import pool
from swarm.tree.turns import changed_files
from tasks.keys import fact_key

_MOST_OUTPUT = 32_000
_LEAST_OUTPUT = 1_500
_SHOWN_FILES = 12
LAST = "This is your last turn: finish now with what you have, and say in `missing` what is missing."


class Stand(Noun):
    """Where a node stands: what it is told, whether this is its last turn, and the longest answer there is room for."""

    text: str
    last: bool
    output: int


async def stand(work: Work, turn: int, prompt: tuple[Message, ...]) -> Stand:
    """Say where a node stands. It is a fact: what is left, and how many turns were granted, may be other when it runs
    again, and the decision that was made on it is not.
    """

    async def told() -> JsonValue:
        return _standing(work, turn, prompt).model_dump(mode="json")

    return Stand.model_validate(await once(await pool(), fact_key(work.node, turn, "stand"), told))


def _standing(work: Work, turn: int, prompt: tuple[Message, ...]) -> Stand:
    profile = work.briefing.profile
    tokens = int(sum(len(message.content) for message in prompt) / CHARACTERS_A_TOKEN)
    output = max(_LEAST_OUTPUT, min(profile.output, _MOST_OUTPUT, profile.window - tokens))
    rows, last = [f"Turn {turn + 1} of {work.granted}."], turn + 1 >= work.granted
    if work.node.lease != Lease():
        budget = _budget(work, tokens, output)
        rows, last, output = [*rows, budget.text], last or budget.last, budget.output
    if files := sorted(changed_files(work.seen)):
        more = f" and {len(files) - _SHOWN_FILES} more" if len(files) > _SHOWN_FILES else ""
        rows.append(f"Changed so far: {', '.join(files[:_SHOWN_FILES])}{more}.")
    return Stand(text=" ".join([*rows, *([LAST] if last else [])]), last=last, output=output)


def _budget(work: Work, tokens: int, output: int) -> Stand:
    """Say what is left to spend, and whether it is enough for more than an answer and its review."""
    left, used = work.run.meter.left(work.node), work.run.meter.used(work.node.path)
    told, last = list[str](), False
    if left.calls is not None:
        told.append(f"{left.calls} model calls")
        last = last or left.calls <= 2
    if left.tokens is not None:
        told.append(f"{left.tokens:,} tokens")
        last = last or left.tokens < 2 * (int(tokens * 1.3) + output)
        output = max(_LEAST_OUTPUT, min(output, left.tokens - int(1.3 * tokens)))
    if left.usd is not None:
        told.append(f"{left.usd:.2f} usd")
        last = last or (used.calls > 0 and left.usd < 3 * (used.usd or 0.0) / used.calls)
    return Stand(text=f"Left: {', '.join(told)}.", last=last, output=output)
