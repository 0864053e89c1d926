"""What kind of work a goal asks for is read off its words, where they say it."""

import pytest

from swarm.llm.profile import Profile
from swarm.recalled import Recalled
from swarm.small.intent import Intent, Kind, criteria_of, files_of, kind_by_words, needs_choice
from swarm.tree.briefing import Briefing, Material


@pytest.mark.parametrize(
    ("goal", "inputs", "outputs", "kind"),
    [
        ("Compute the 40th Fibonacci number and the sum of its digits, and show how", (), (), "program"),
        (
            "Read the PDF in brief/ and write a summary with sources to summary.md",
            ("a.pdf",),
            ("summary.md",),
            "summary",
        ),
        ("Write a haiku about the sea to haiku.txt", (), ("haiku.txt",), "text"),
        ("What is the capital of France?", (), (), "answer"),
        (
            "List all TODO comments in src/ with file and line number in todos.md",
            ("src/a.py",),
            ("todos.md",),
            "program",
        ),
        ("In guide.md rename the heading Setup to Installation", ("guide.md",), ("guide.md",), "program"),
        ("Translate hello.txt to German into hallo.txt", ("hello.txt",), ("hallo.txt",), "text"),
        ("Explain what fib.py does", ("fib.py",), (), "answer"),
        ("Write a Python script fizz.py that prints FizzBuzz", (), ("fizz.py",), "source"),
        ("Replace foo by bar in app.py", ("app.py",), ("app.py",), "program"),
        ("Which of these files mentions bees?", ("a.txt", "b.txt"), (), "program"),
        ("Turn people.csv into people.json", ("people.csv",), ("people.json",), "program"),
        ("Write a function that checks an IBAN, for later use", (), (), "function"),
        ("Say hello", (), (), None),
        ("Tidy up contacts.txt", ("contacts.txt",), (), None),
    ],
)
def test_a_goals_words_say_its_kind(
    goal: str, inputs: tuple[str, ...], outputs: tuple[str, ...], kind: Kind | None
) -> None:
    """Names of files are no such words, and what is left open is left to the model."""
    assert kind_by_words(goal, inputs, outputs) == kind


def test_files_come_from_the_goal_its_folders_and_what_was_given() -> None:
    """A file given with `--context` is worked on like one that the goal names."""
    briefing = Briefing(
        files=("src/a.py", "src/b.py", "x.txt"), materials=(Material(place="/given.csv", text="a,b", digest="1"),)
    )
    assert files_of("Count the lines in src/ and write them to n.json", briefing) == (
        ("src/a.py", "src/b.py", "/given.csv"),
        ("n.json",),
    )


def test_criteria_are_files_that_a_machine_can_look_at() -> None:
    """A goal that names no file has none."""
    (criterion,) = criteria_of(Intent(kind="program", outputs=("n.json",)))
    assert (criterion.check, criterion.spec) == ("file", "n.json")
    assert criteria_of(Intent(kind="answer")) == ()


def test_a_goal_that_reaches_out_needs_a_choice_among_all_actions() -> None:
    """So does one for which there is a function, and one that goes on from the reports of others."""
    plain = Briefing(profile=Profile(hands="small"))
    helped = plain.model_copy(update={"hints": Recalled(functions=("iban(text: string): checks",))})
    assert not needs_choice("Count the words of a.txt", plain, ())
    assert needs_choice("Ask me for my name and write it to a.txt", plain, ())
    assert needs_choice("Check the IBAN", helped, ()) and needs_choice("Go on", plain, ("report",))
