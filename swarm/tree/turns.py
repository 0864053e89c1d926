"""Turns: what a node has decided so far and what came of each action, in the order it happened."""

from collections.abc import Iterable, Sequence

from swarm.decisions import Decision, EditFile, Note, Settle, WriteFile
from swarm.nodes import Noun
from swarm.reports import Observation
from swarm.rules import label


class Turn(Noun):
    """One turn: the decision, None where code or a person spoke, and the observations of each action."""

    decision: Decision | None
    results: tuple[tuple[Observation, ...], ...] = ()
    status: str = ""
    """What the node was told of where it stood after it."""

    @property
    def observations(self) -> tuple[Observation, ...]:
        """All of the turn, in order."""
        return tuple(seen for result in self.results for seen in result)


class History(Noun):
    """What a node is shown of its own work: notes on the turns before `first`, and those from there on."""

    opening: str = ""
    """What it was told of where it stood before its first turn."""
    folded: str = ""
    first: int = 0
    turns: tuple[Turn, ...] = ()


def notes_of(turns: Iterable[Turn]) -> list[str]:
    """Return what the node has noted, in order."""
    actions = [action for turn in turns if turn.decision for action in turn.decision.actions]
    return [action.text for action in actions if isinstance(action, Note)]


def changed_files(seen: Iterable[Observation]) -> dict[str, str]:
    """Return the files that were created, changed or deleted, with their latest digests; empty for a deleted one."""
    found: dict[str, str] = {}
    for each in seen:
        found |= {path: each.versions.get(path, "") for path in each.artifacts}
        found |= {path: "" for path, digest in each.versions.items() if not digest}
    return found


def is_change(seen: Observation) -> bool:
    """Say whether something was changed by what was observed: a file, or the library."""
    saved = seen.action.startswith("write_function") and seen.outcome == "ok"
    return saved or bool(seen.artifacts) or any(not digest for digest in seen.versions.values())


def known_versions(seen: Iterable[Observation]) -> dict[str, str]:
    """Return the digest of each file as the node knows it: as it last read or wrote it."""
    return {path: digest for each in seen for path, digest in each.versions.items()}


def failing_moves(turns: Sequence[Turn]) -> tuple[str, int]:
    """Return the action that has failed alike at the end, and how often in a row; ("", 0) where the last went well.

    The same action with another outcome, or another action in between, is not alike, and what a person says begins
    anew. A successful action that brings the very same result again counts too: nothing came of it.
    """
    heard = [turn for turn in turns if not _is_spoilt(turn)]
    since = max((number for number, turn in enumerate(heard) if turn.decision is None), default=-1)
    moves = [_move(turn) for turn in heard[since + 1 :]]
    if not moves:
        return "", 0
    last, count = moves[-1], 0
    for move in reversed(moves):
        if move != last:
            break
        count += 1
    if all(seen.outcome == "ok" for seen in heard[-1].observations) and count < _SAME_RESULT:
        return "", 0
    return last[0], count


_SAME_RESULT = 3


def _is_spoilt(turn: Turn) -> bool:
    """Say whether a turn holds an answer of the model's that could not be read: no move, and nobody's word."""
    return turn.decision is None and all(seen.action == "decide" for seen in turn.observations)


def _move(turn: Turn) -> tuple[str, str, str]:
    """Return what a turn did, in every detail, and what came of it."""
    assert turn.decision is not None
    # Settling the criteria is no move: beside it stands the first one.
    actions = [action for action in turn.decision.actions if not isinstance(action, Settle)] or turn.decision.actions
    names = [
        action.model_dump_json() if isinstance(action, WriteFile | EditFile) else label(action) for action in actions
    ]
    told = [f"{seen.outcome} {seen.text}" for seen in turn.observations if seen.action != "settle"]
    return label(actions[0]), "\n".join(names), "\n".join(told)
