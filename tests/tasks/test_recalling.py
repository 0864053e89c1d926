"""A function is listed for a goal that it is about, and for no other."""

from datetime import UTC, datetime

import pytest

from swarm.functions.records import Function, Maker, Version
from swarm.functions.search import Hit
from swarm.llm.profile import Profile
from swarm.passages import Passage
from tasks.recalling import is_relevant, room_of


def _hit(name: str, maker: Maker, cosine: float | None = None, shared: float = 0.0) -> Hit:
    function = Function(name=name, description="Does it.", code=f"def {name}():\n    return 1\n")
    version = Version(function=function, number=1, maker=maker, created=datetime(2026, 1, 1, tzinfo=UTC))
    return Hit(version=version, score=1.0, views={}, cosine=cosine, shared=shared)


@pytest.mark.parametrize(
    ("name", "maker", "cosine", "shared", "goal", "listed"),
    [
        ("is_palindrome", "swarm", 0.5, 0.0, "Does level read alike in both directions?", True),
        ("is_palindrome", "swarm", 0.35, 0.0, "Write a letter to the mayor", False),
        ("word_count", "builtin", 0.35, 0.0, "Count the words of notes.txt", True),
        ("word_count", "builtin", 0.1, 0.0, "Count the words of notes.txt", False),
        ("word_count", "builtin", None, 0.0, "Count the words of notes.txt", True),
        ("to_csv", "builtin", None, 0.9, "Sort people.csv by age", False),
        ("slug", "swarm", None, 0.6, "Make slugs of these titles", True),
        ("slug", "swarm", None, 0.2, "Count the primes", False),
        ("github_write_file", "builtin", 0.9, 0.9, "Write the summary to summary.md", False),
        ("github_write_file", "builtin", 0.9, 0.9, "Write summary.md to the repository octo/bees on GitHub", True),
    ],
)
def test_a_function_is_listed_by_meaning_or_else_by_words(
    name: str, maker: Maker, cosine: float | None, shared: float, goal: str, listed: bool
) -> None:
    """One that ships with the swarm needs its whole name in the goal; one for GitHub, that the goal speaks of it."""
    assert is_relevant(_hit(name, maker, cosine, shared), goal) is listed


@pytest.mark.parametrize(
    ("profile", "characters", "of_each"),
    [
        (Profile(hands="small", window=200_000), 1200, 400),
        (Profile(window=4096), 1200, 1200),
        (Profile(), 5734, 1200),
        (Profile(window=1_000_000), 12_000, 1200),
    ],
)
def test_a_node_is_told_as_much_as_its_model_has_room_for(profile: Profile, characters: int, of_each: int) -> None:
    """A twentieth of the window, within bounds; a small model as much as ever."""
    room = room_of(profile)
    assert (room.characters, room.of_each) == (characters, of_each)
    assert room.passages * min(room.of_each, 400) <= max(room.characters, 1600)


def test_with_room_for_whole_passages_their_headings_are_told_too() -> None:
    """Which on a small model would take the room of what they say."""
    passage = Passage(uri="a.md", title="a.md > Ferry > Fares", where="file", text="Two  crowns.", lines=(1, 2))
    assert room_of(Profile()).line(passage) == "[a.md, lines 1-2] a.md > Ferry > Fares: Two crowns."
    assert room_of(Profile(hands="small")).line(passage) == "[a.md, lines 1-2] Two crowns."
