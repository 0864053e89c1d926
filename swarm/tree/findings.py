"""Findings: what a node that cannot go on has to show for it, never a dump of what it has seen."""

from collections.abc import Sequence

from swarm.nodes import shorten
from swarm.reports import Observation
from swarm.tree.turns import Turn, changed_files, notes_of

_MOST_FILES = 30
_LAST_WORDS = 3
_LONGEST = 4000


def findings(answer: str, seen: Sequence[Observation], turns: Sequence[Turn]) -> str:
    """Return what exists: the last answer, the files, the notes, and how things stood; empty if nothing came of it.

    What a small model's node has printed or read is no finding; the last result of a program or a function is.
    """
    rows = [answer[:_LONGEST]] if answer else []
    files = [path for path, version in changed_files(seen).items() if version]
    files = files or list(dict.fromkeys(path for each in seen for path in each.artifacts))
    if files:
        more = f" and {len(files) - _MOST_FILES} more" if len(files) > _MOST_FILES else ""
        rows.append(f"Files: {', '.join(files[:_MOST_FILES])}{more}")
    if noted := notes_of(turns):
        rows.append("Noted:\n" + "\n".join(f"- {note}" for note in noted))
    said = [turn.decision.situation for turn in turns if turn.decision and turn.decision.situation.strip()]
    useful = [each for each in seen if each.outcome == "ok"]
    if said and useful and not answer:
        rows.append("Where it stood:\n" + "\n".join(f"- {shorten(words, 600)}" for words in said[-_LAST_WORDS:]))
    if not rows and useful:
        rows.append(f"Last result, of {shorten(useful[-1].action, 120)}:\n{useful[-1].text[:_LONGEST]}")
    return "\n\n".join(rows)
