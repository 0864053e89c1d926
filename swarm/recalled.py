"""Recalled: what a node is told, without asking, before it decides."""

from pydantic import model_validator

from swarm.nodes import Noun
from swarm.reports import Observation
from swarm.text.models import CleanText


class Recalled(Noun):
    """Functions that may help, a line each, and passages of the memory with their places, a line each."""

    functions: tuple[CleanText, ...] = ()
    memory: tuple[CleanText, ...] = ()
    places: tuple[str, ...] = ()
    """Where the passages stand, as they are cited."""

    @model_validator(mode="before")
    @classmethod
    def _of_old(cls, told: object) -> object:
        """Read what was kept before there was a memory: the functions alone."""
        return {"functions": told} if isinstance(told, list) else told

    @property
    def observation(self) -> Observation | None:
        """The passages as something that was observed; None if there is none."""
        if not self.memory:
            return None
        return Observation(action="memory", outcome="ok", text="\n".join(self.memory), evidence=self.places)
