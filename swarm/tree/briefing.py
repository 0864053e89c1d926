"""A briefing: what a node knows before its first decision, gathered without asking a model."""

from swarm.llm.profile import Profile
from swarm.nodes import Noun
from swarm.recalled import Recalled
from swarm.text.models import CleanText


class Material(Noun):
    """One source that the goal, the context or a parent names, as it was read: whole, or its outline."""

    place: str
    """How it is cited and read again: a path in the workspace, an address."""
    text: CleanText
    whole: bool = True
    note: CleanText = ""
    """What is missing and how to get it, or why it could not be read."""
    digest: str = ""
    """Of a file's bytes, so that a later write can tell whether somebody changed it meanwhile."""


class Briefing(Noun):
    """The model's profile, the workspace's tree, the sources named, and the hints of library and memory."""

    profile: Profile = Profile()
    tree: CleanText = ""
    """The workspace as a listing: names and sizes, counted where there are many."""
    files: tuple[str, ...] = ()
    """Paths of files in the workspace, at most 2,000."""
    materials: tuple[Material, ...] = ()
    hints: Recalled = Recalled()
    settles: bool = False
    """Whether the node says in its first turn what its goal counts as reached by."""

    @property
    def places(self) -> tuple[str, ...]:
        """Where what is told stands, as it may be cited."""
        read = [material.place for material in self.materials if material.text]
        return tuple(dict.fromkeys([*read, *self.hints.places]))

    @property
    def versions(self) -> dict[str, str]:
        """The files that were read for the node, with their digests."""
        return {material.place: material.digest for material in self.materials if material.digest and material.whole}
