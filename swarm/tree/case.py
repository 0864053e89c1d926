"""A case: what a reviewer gets to see of work that it has not seen done."""

from pydantic import Field

from swarm.llm.profile import Profile
from swarm.nodes import Criterion, Noun
from swarm.reports import Observation
from swarm.text.models import CleanText
from swarm.tree.briefing import Material


class Case(Noun):
    """The goal and what it names, the answer with its sources, criteria, changes as a diff, evidence; no transcript."""

    profile: Profile
    goal: str
    answer: CleanText
    sources: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...]
    failures: dict[str, CleanText] = Field(default_factory=dict)
    """By id: what a machine has found of criteria that it says are not met."""
    objection: CleanText = ""
    """What whoever did the work says against a criterion."""
    earlier: CleanText = ""
    """What an earlier review, or a machine, found missing."""
    passed: tuple[str, ...] = ()
    """Criteria that a machine has found met."""
    materials: tuple[Material, ...] = ()
    """What the goal names, as it was read for the work and is still: what the criteria rest on."""
    changes: CleanText = ""
    evidence: tuple[Observation, ...] = ()
