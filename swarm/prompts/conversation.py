"""The conversation of a node on a model with full hands: it only grows, so that a provider's cache holds its prefix.

The goal with all that was gathered comes first, then turn by turn the decision as it was given and what came of it.
What was folded stands as notes between the two.
"""

from collections.abc import Sequence

from swarm.chat import Message, ToolCall
from swarm.decisions import Decision
from swarm.nodes import Node
from swarm.prompts import load
from swarm.prompts.frame import LONGEST_LABEL, data, label, names
from swarm.reports import Observation
from swarm.text.document import cut_middle
from swarm.tree.briefing import Briefing, Material
from swarm.tree.case import Case
from swarm.tree.turns import History, Turn

_NAME = 100
"""Characters of an action that an observation repeats where the decision stands before it."""
_COMMAND = 2500
"""Characters of a command of several lines that a reviewer is shown."""


def conversation(node: Node, briefing: Briefing, given: Sequence[Observation], history: History) -> tuple[Message, ...]:
    """Return the messages that ask for the next decision."""
    first = Message(role="user", content=first_message(node, briefing, given))
    rows = [*load("full"), first, Message(role="user", content=_criteria(node, briefing, history))]
    if history.folded:
        rows.append(Message(role="user", content=f"Your notes on earlier turns, which were folded:\n{history.folded}"))
    for number, turn in enumerate(history.turns, history.first):
        rows += turn_messages(number, turn)
    return tuple(rows)


def first_message(node: Node, briefing: Briefing, given: Sequence[Observation]) -> str:
    """Say what the goal is, and what is known without asking."""
    rows = [f"Goal: {node.goal}"]
    rows += [f"It is a part of: {node.why}"] if node.why else []
    rows += [f"Given with it: {names(node.inputs)}"] if node.inputs else []
    rows += [f"Constraint: {constraint}" for constraint in node.constraints]
    for seen in given:
        rows.append(f"{label(seen.action)}:\n{data('report', seen.text)}")
    if briefing.tree:
        rows.append(f"The workspace:\n{data('workspace', briefing.tree)}")
    rows += [_material(material) for material in briefing.materials]
    if briefing.hints.functions:
        rows.append("Functions you can call:\n" + data("functions", "\n".join(briefing.hints.functions)))
    if briefing.hints.memory:
        rows.append(
            "From memory (read `memory:` with a query for more):\n" + data("memory", "\n".join(briefing.hints.memory))
        )
    return "\n".join(rows)


def _criteria(node: Node, briefing: Briefing, history: History) -> str:
    """Say what a node counts as done by, and where it stands; one that settles it itself has said so in its first turn.

    Once that turn is folded, what it has settled stands here.
    """
    if briefing.settles and not history.folded:
        return f"{load('accept')[0].content}\n\n{history.opening}".strip()
    rows = [f"- {c.text}{f' (checked by: {c.spec})' if c.check == 'command' else ''}" for c in node.acceptance]
    return "\n".join([*(["It counts as done when:", *rows, ""] if rows else []), history.opening]).strip()


def _material(material: Material) -> str:
    note = f" ({label(material.note)})" if material.note else ""
    place = names([material.place])
    if not material.text:
        return f"Named{'' if material.place.endswith('/') else ', and not read'}: {place}{note}"
    kind = "Listed" if material.place.endswith("/") else "Read for you" if material.whole else "Read for you, not whole"
    return f"{kind}: {place}{note}\n{data(material.place, material.text)}"


def turn_messages(number: int, turn: Turn) -> list[Message]:
    """Return one turn as messages: what was decided, and the answer to each action."""
    # The decision stands before it, so an action is named only as far as it must be told from others.
    most = _NAME if turn.decision else LONGEST_LABEL
    answers = ["\n".join(shown(seen, most) for seen in result) or "nothing came of it" for result in turn.results]
    if turn.decision is None:
        return [Message(role="user", content="\n".join(answers))]
    calls = calls_of(number, turn.decision)
    rows = [Message(role="assistant", content=turn.decision.situation, calls=calls)]
    for call, answer in zip(calls, answers, strict=True):
        rows.append(Message(role="user", content=answer, answers=call.id))
    if turn.status:
        rows[-1] = rows[-1].model_copy(update={"content": f"{rows[-1].content}\n\n{turn.status}"})
    return rows


def calls_of(number: int, decision: Decision) -> tuple[ToolCall, ...]:
    """Return the actions of a decision as tool calls, with ids of our own: the same in every attempt."""
    return tuple(
        ToolCall(
            id=f"call_{number + 1}_{at}",
            name=action.kind,
            arguments=action.model_dump(mode="json", exclude_defaults=True),
        )
        for at, action in enumerate(decision.actions, 1)
    )


def shown(seen: Observation, most: int = LONGEST_LABEL) -> str:
    """Show an observation: what was done, how it ended, and the material that came of it."""
    refused = "".join(f"\nNot kept: {label(line)}" for line in seen.refused)
    text = data(seen.action.partition(" ")[0], seen.text) if seen.outcome in ("ok", "error") else seen.text
    return f"{label(seen.action, most)} ({seen.outcome})\n{text}{refused}"


def _evidence(seen: Observation) -> str:
    """Show what was done; a command of several lines with its lines, since it says what was tried."""
    kind, _, command = seen.action.partition(" ")
    if kind != "run_command" or "\n" not in command.strip():
        return shown(seen)
    return f"{data(kind, cut_middle(command, _COMMAND))}\n{shown(seen, len(kind))}"


def review_conversation(case: Case, history: History, turns: int) -> tuple[Message, ...]:
    """Return the messages that ask a reviewer for its next look, or its verdict."""
    rows = [f"Goal: {case.goal}", f"Answer:\n{data('answer', case.answer)}"]
    rows += [f"Sources named: {names(case.sources)}"] if case.sources else []
    if case.materials:
        rows.append("What the goal names, as the work had it before it and as it still is:")
        rows += [_material(material) for material in case.materials]
    rows.append(f"Changes:\n{data('changes', case.changes)}" if case.changes else "Changes: no file was changed")
    if case.evidence:
        rows.append("Evidence, the last things that were done:")
        rows += [_evidence(seen) for seen in case.evidence]
    if case.passed:
        rows.append(f"Checked by a machine, and met: {label('; '.join(case.passed))}")
    if case.earlier:
        rows.append(f"This was found missing earlier; see whether it is mended:\n{data('review', case.earlier)}")
    rows.append("Criteria:")
    for criterion in case.criteria:
        rows.append(f"{criterion.id}: {criterion.text}")
        if failure := case.failures.get(criterion.id):
            rows.append(f"A machine says that {criterion.id} is not met:\n{data('check', failure)}")
    if case.objection:
        rows += [f"Objection:\n{data('objection', case.objection)}", load("objection")[0].content]
    messages = [Message(role="user", content="\n".join(rows))]
    for number, turn in enumerate(history.turns):
        messages += turn_messages(number, turn)
    told = f"Turn {len(history.turns) + 1} of {turns}."
    if len(history.turns) + 1 >= turns:
        told += " This is your last turn: judge now by what you have seen."
    messages[-1] = messages[-1].model_copy(update={"content": f"{messages[-1].content}\n\n{told}"})
    return (*load("inspect"), *messages)
