"""Explanations: where a run went wrong, what it cost from there, and what to try; by code, from its records."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swarm.nodes import Noun, shorten
from swarm.reports import Report
from swarm.usage import Usage

_BAD = ("failed", "partial", "cancelled", "skipped")
_LONGEST = 300
_CAUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("may spend", "turns are used"),
        "give it more: swarm retry {run} --budget-calls N (or --budget-tokens, --budget-usd)",
    ),
    (("price is unknown",), "give the model's price in a file, SWARM_PRICES"),
    (
        ("refused with 401", "refused with 403", "OPENAI_API_KEY"),
        "check OPENAI_API_KEY and SWARM_MODEL, then: swarm retry {run}",
    ),
    (
        ("gave no answer", "answered without", "no valid"),
        "see `swarm models`, try another SWARM_MODEL, then: swarm retry {run}",
    ),
    (
        ("failed alike",),
        'mend the cause that is named, or say another way: swarm retry {run} --node {path} --note "..."',
    ),
    (("cannot isolate", "were not run"), "see `swarm status`: the sandbox is not available"),
)


@dataclass(frozen=True)
class Happened:
    """One thing that a node did: in which turn, what, how it ended, and in what words."""

    turn: int
    action: str
    ok: bool
    text: str


class Explanation(Noun):
    """What is said of a run: in which node and turn it went wrong, how, what it cost from there, and what to try."""

    run: str
    status: str
    path: str = ""
    goal: str = ""
    turn: int = 0
    """The first turn after the last that brought something new; 0 where there is none."""
    cause: str = ""
    happened: tuple[str, ...] = ()
    cost: Usage = Usage()
    tries: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return it as a person reads it."""
        if not self.path:
            return [f"run {self.run} is {self.status}; nothing went wrong"]
        since = f", from turn {self.turn} on" if self.turn else ""
        rows = [
            f"run {self.run} is {self.status}: it went wrong in node {self.path}{since}",
            f"  {shorten(self.goal, 160)}",
        ]
        rows += [f"why: {self.cause}"] if self.cause else []
        rows += [f"  - {line}" for line in self.happened]
        money = "" if not self.cost.usd else f", {self.cost.usd:.4f} usd"
        rows.append(f"cost from there: {self.cost.calls} model calls, {self.cost.tokens:,} tokens{money}")
        return [*rows, *(f"try: {line}" for line in self.tries)]


def find_culprit(reports: Mapping[str, Report], started: Sequence[str]) -> Report | None:
    """Return the report of the node in which a run went wrong: down from the root, the first child that failed.

    `started` are the paths of its nodes in the order in which they ended.
    """
    by_path = {report.path: report for report in reports.values()}
    found = by_path.get("0")
    if found is None or found.status not in _BAD:
        return None
    while True:
        inside = [by_path[path] for path in started if path.rpartition(".")[0] == found.path and path in by_path]
        failed = [report for report in inside if report.status in ("failed", "partial")]
        if not failed:
            return found
        found = failed[0]


def last_good_turn(happened: Sequence[Happened]) -> int:
    """Return the last turn that brought something new, from 0; -1 where none did."""
    seen, found = set[tuple[str, str]](), -1
    for each in happened:
        if each.ok and (each.action, each.text) not in seen:
            found = each.turn
        seen.add((each.action, each.text))
    return found


def failures_after(happened: Sequence[Happened], turn: int) -> tuple[str, ...]:
    """Say what failed after a turn, each kind of failure once with how often."""
    failed = [each for each in happened if each.turn > turn and not each.ok]
    counts = Counter(each.action for each in failed)
    last = {each.action: each.text for each in failed}
    return tuple(
        f"{shorten(action, 120)}{f' ({count} times)' if count > 1 else ''}: {shorten(last[action], _LONGEST)}"
        for action, count in counts.most_common(5)
    )


def explain(run: str, report: Report, goal: str, happened: Sequence[Happened], cost: Usage) -> Explanation:
    """Put together what is to be said of the node in which a run went wrong."""
    turn = last_good_turn(happened)
    gaps = [f"{c.text or c.id}: {c.gap or 'not met'}" for c in report.criteria if c.result == "fail"]
    said = (*(f"the review found: {shorten(gap, _LONGEST)}" for gap in gaps), *failures_after(happened, turn))
    refused = tuple(shorten(line, _LONGEST) for line in report.warnings if line.startswith("not kept"))
    return Explanation(
        run=run,
        status=report.status,
        path=report.path,
        goal=goal,
        turn=turn + 2 if happened else 0,
        cause=shorten(report.summary, 400),
        happened=(*said, *refused),
        cost=cost,
        tries=_tries(run, report, bool(gaps)),
    )


def _tries(run: str, report: Report, was_rejected: bool) -> tuple[str, ...]:
    text = " ".join([report.summary, *(dropped.tried for dropped in report.dropped)])
    found = [advice for words, advice in _CAUSES if any(word in text for word in words)]
    found += [f"it suggests: {dropped.suggested_next}" for dropped in report.dropped if dropped.suggested_next]
    if was_rejected:
        found.append('say what would do, or drop the criterion: swarm retry {run} --node {path} --note "..."')
    if not found:
        found.append('tell it what to do otherwise: swarm retry {run} --node {path} --note "..."')
    told = [line.replace("{run}", run).replace("{path}", report.path) for line in found]
    return tuple(
        dict.fromkeys([*told, f"swarm fork {run} --node {report.path} --model MODEL, to have another model try"])
    )
