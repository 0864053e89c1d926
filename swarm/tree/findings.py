"""Findings: what a node that cannot go on has to show for it, never a dump of what it has seen."""

from collections.abc import Sequence

from swarm.nodes import shorten
from swarm.reports import Observation
from swarm.tree.turns import Turn, changed_files, notes_of

_MOST_FILES = 30
_MOST_PLACES = 20
_LAST_WORDS = 3
_LONGEST = 4000
_REPORT = 1500
_COMPUTED = ("run_code", "run_command", "call_function")
"""Actions whose last result is a finding."""


def findings(answer: str, seen: Sequence[Observation], turns: Sequence[Turn]) -> str:
    """Return what exists: the last answer, reports, files, notes, a result, and how things stood; empty for nothing."""
    useful = [each for each in seen if each.outcome == "ok"]
    if not useful:
        return ""
    rows = [f"Last answer, which was not accepted:\n{answer[:_LONGEST]}"] if answer else []
    if reports := [each.text for each in useful if each.text.startswith("node ") and " reports " in each.text]:
        rows.append("Its parts found:\n" + "\n".join(f"- {shorten(text, _REPORT)}" for text in reports))
    if files := _files(seen):
        more = f" and {len(files) - _MOST_FILES} more" if len(files) > _MOST_FILES else ""
        rows.append(f"Files: {', '.join(files[:_MOST_FILES])}{more}")
    if noted := notes_of(turns):
        rows.append("Noted:\n" + "\n".join(f"- {note}" for note in noted))
    if not answer and (results := [each for each in useful if each.action.startswith(_COMPUTED)]):
        rows.append(f"Last result, of {shorten(results[-1].action, 120)}:\n{results[-1].text[:_REPORT]}")
    if not answer and (
        said := [turn.decision.situation for turn in turns if turn.decision and turn.decision.situation]
    ):
        rows.append("Where it stood:\n" + "\n".join(f"- {shorten(words, 600)}" for words in said[-_LAST_WORDS:]))
    if not rows:
        places = list(dict.fromkeys(place for each in useful for place in each.evidence))[:_MOST_PLACES]
        rows.append(f"Read: {', '.join(places)}" if places else shorten(useful[-1].text, _REPORT))
    return "\n\n".join(rows)


def _files(seen: Sequence[Observation]) -> list[str]:
    changed = [path for path, version in changed_files(seen).items() if version]
    return changed or list(dict.fromkeys(path for each in seen for path in each.artifacts))
