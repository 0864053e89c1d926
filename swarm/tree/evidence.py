"""Evidence: what a reviewer is shown of what was done: nothing stale, nothing twice, and the ends of long outputs."""

import re
from collections.abc import Collection, Sequence

from swarm.decisions import RunCommand
from swarm.reports import Observation
from swarm.rules import label
from swarm.text.document import cut_front, cut_middle
from swarm.tree.turns import Turn, is_change

_UNTOLD = ("note", "write_file", "edit_file", "finish")
"""What was written stands in the changes."""
_LOOKS = ("read", "find")
_COMPUTED = ("run_command", "run_code")
_MOST = 8
_TAIL = 1500
_LOOK = 4000
_LEAST_LINES = 3
_SAME = 0.8
"""From this share of lines that stand in the changes on, an output says nothing beside them."""
_SHOWS_CHANGES = re.compile(r"run_command\s+(?:cd\s+\S+\s*&&\s*)?git\s+(?:-C\s+\S+\s+|-\S+\s+)*(?:diff|status|show)\b")


def evidence_of(seen: Sequence[Observation], checks: Collection[str], changes: str) -> tuple[Observation, ...]:
    """Return what bears out an answer, at most eight things, oldest first.

    Of commands what ran since the last change, and the last run of each check (a criterion's command); of the same
    command the last run alone. What was read is evidence only where nothing was done.
    """
    since = max((at for at, each in enumerate(seen) if is_change(each)), default=-1)
    last = {each.action: at for at, each in enumerate(seen)}
    names = {label(RunCommand(command=check)) for check in checks}
    told = [
        (at, each)
        for at, each in enumerate(seen)
        if each.outcome in ("ok", "error") and _kind(each) not in _UNTOLD and last[each.action] == at
    ]
    done = [(at, each) for at, each in told if _kind(each) not in _LOOKS]
    shown = [
        _stale(each) if at < since and _kind(each) in _COMPUTED else each
        for at, each in done
        if (at >= since or _kind(each) not in _COMPUTED or each.action in names) and not _is_shown(each, changes)
    ]
    if not done:
        shown = [each for at, each in told if at > since]
    return tuple(_shortened(each) for each in shown[-_MOST:])


def last_run(turns: Sequence[Turn], command: str) -> Observation | None:
    """Return what came of this very command where it ran last and nothing has changed since, nor by it."""
    pairs = [
        (action, seen)
        for turn in turns
        for action, seen in zip(turn.decision.actions if turn.decision else [None], turn.results, strict=False)
    ]
    for action, seen in reversed(pairs):
        if any(map(is_change, seen)):
            return None
        if isinstance(action, RunCommand) and action.command == command and not action.packages and seen:
            return seen[0]
    return None


def _kind(seen: Observation) -> str:
    return seen.action.partition(" ")[0]


def _stale(seen: Observation) -> Observation:
    return seen.model_copy(update={"text": f"(before the last change) {seen.text}"})


def _is_shown(seen: Observation, changes: str) -> bool:
    """Say whether what a command has printed stands in the changes anyway: a diff, a file that was written."""
    if not changes or _kind(seen) not in _COMPUTED:
        return False
    if _SHOWS_CHANGES.match(seen.action):
        return True
    there = {line.lstrip("+- ").rstrip() for line in changes.splitlines()}
    lines = [line.lstrip("+- ").rstrip() for line in seen.text.splitlines()[1:] if line.strip()]
    return len(lines) >= _LEAST_LINES and sum(line in there for line in lines) >= _SAME * len(lines)


def _shortened(seen: Observation) -> Observation:
    """Keep of a long output how it ended and its last lines; of what was read its beginning and its end."""
    if _kind(seen) not in _COMPUTED:
        return seen.model_copy(update={"text": cut_middle(seen.text, _LOOK)})
    ended, _, output = seen.text.partition("\n")
    text = f"{ended}\n{cut_front(output, _TAIL)}" if output else ended
    return seen.model_copy(update={"text": text})
