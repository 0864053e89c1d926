"""Reports: what an action observed, what a review found, and what a node tells its parent."""

from typing import Literal

from pydantic import Field

from swarm.keys import digest
from swarm.nodes import Noun, shorten
from swarm.text.models import CleanText
from swarm.text.sanitize import inert_markdown, one_line
from swarm.usage import Usage

_CLAUSE = 120
"""Characters of what a machine has found, and of an objection, in a report for a person."""
Status = Literal["done", "partial", "failed", "skipped", "cancelled"]


class Observation(Noun):
    """What came of one action. `text` is what the next decision sees; `evidence` the sources, `artifacts` the files."""

    action: str
    outcome: Literal["ok", "error", "check_failed", "refused"]
    text: CleanText
    evidence: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    """Versions that were written or called: add@2."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Digests of the files of the workspace as they were read or written; empty for one that was deleted."""
    refused: tuple[str, ...] = ()
    """What was not written or kept, each with its reason; said in the report, too."""


class Dropped(Noun):
    """Something tried and given up."""

    what: str
    tried: CleanText = ""
    suggested_next: str = ""


class CriterionResult(Noun):
    """One criterion, judged; `gap` says what is missing where it failed."""

    id: str
    text: str = ""
    result: Literal["pass", "fail"]
    gap: CleanText = ""
    machine: CleanText = ""
    """What a machine has found that says no, where a reviewer had the last word."""
    objection: CleanText = ""
    """What whoever did the work has said against the criterion, where a machine said no."""


class Verdict(Noun):
    """A review's finding: satisfied if and only if nothing failed."""

    result: Literal["satisfied", "needs_more", "cannot_judge"]
    criteria: tuple[CriterionResult, ...] = ()

    @property
    def gaps(self) -> str:
        """What is missing, in one line."""
        failed = [c for c in self.criteria if c.result == "fail"]
        return "; ".join(f"{_unended(c.text or c.id)}: {_unended(c.gap or 'not met')}" for c in failed)


class Report(Noun):
    """What a node tells its parent, and the root its person."""

    node: str
    path: str
    status: Status
    answer: CleanText = ""
    summary: CleanText = ""
    criteria: tuple[CriterionResult, ...] = ()
    evidence: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    questions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    turns: int = 0
    cost: Usage = Usage()
    made_of: str = ""
    """A hash of what the node was given: a report on something else is never taken for its own."""

    @property
    def ending(self) -> str:
        """A hash of how it ended and what was said, by which a report is known again."""
        return digest(self.status, self.answer, self.summary)

    def markdown(self, inert: bool = False) -> str:
        """Return the report as a person reads it; `inert` for a page, on which nothing that it says may load."""
        shown = inert_markdown if inert else str
        rows = [f"**{self.status}**", "", shown(self.answer or self.summary)]
        for title, lines in (
            ("Warnings", self.warnings),
            ("Criteria", tuple(_judged(criterion) for criterion in self.criteria)),
            ("Files", self.artifacts),
            ("Functions", self.functions),
            ("Sources", self.evidence),
            ("Open questions", self.questions),
            ("Dropped", tuple(f"{d.what}: {d.tried} {d.suggested_next}".strip() for d in self.dropped)),
        ):
            if lines:
                rows += ["", f"### {title}", *(f"- {shown(one_line(line))}" for line in lines)]
        return "\n".join(rows)


def _judged(criterion: CriterionResult) -> str:
    """Say how a criterion was judged, in a line."""
    text, clauses = " ".join((criterion.text or criterion.id).split()), list[str]()
    clauses += [criterion.gap] if criterion.gap else []
    clauses += [f"a machine found: {shorten(criterion.machine, _CLAUSE)}"] if criterion.machine else []
    clauses += [f"objection: {shorten(criterion.objection, _CLAUSE)}"] if criterion.objection else []
    more = f" ({'; '.join(clauses)})" if clauses else ""
    return f"{criterion.result}: {text}{more}"


def _unended(text: str) -> str:
    """Return a sentence that is to stand within another."""
    return text.strip().removesuffix(".")
