"""A case: what a reviewer gets to see of work that it has not seen done."""

from swarm.llm.profile import Profile
from swarm.nodes import Criterion, Noun
from swarm.reports import Observation
from swarm.text.models import CleanText


class Case(Noun):
    """The goal, the answer with its sources, the criteria, the changes as a diff, and evidence; no transcript."""

    profile: Profile
    goal: str
    answer: CleanText
    sources: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...]
    passed: tuple[str, ...] = ()
    """Criteria that a machine has found met."""
    changes: CleanText = ""
    evidence: tuple[Observation, ...] = ()
