"""What a goal names is found however it is written."""

import pytest

from swarm.tree.references import References, is_path, references

_THERE = (
    "README.md",
    "notes.txt",
    "people.csv",
    "docs/guide.md",
    "docs/api.md",
    "examples/brief/budget.txt",
    "examples/brief/survey.pdf",
    "src/app.py",
    "src/lib/tool.py",
    "my report.txt",
)


@pytest.mark.parametrize(
    ("goal", "found"),
    [
        ("Summarise notes.txt in trip.md", {"files": ("notes.txt",), "outputs": ("trip.md",)}),
        ("Convert people.csv to people.json", {"files": ("people.csv",), "outputs": ("people.json",)}),
        ("What is in `guide.md`?", {"files": ("docs/guide.md",)}),
        (
            "Read the files in examples/brief/ and write it to s.md",
            {"folders": ("examples/brief",), "outputs": ("s.md",)},
        ),
        ("Which port does config.yaml set?", {"missing": ("config.yaml",)}),
        ("Count the words of notes.txt.", {"files": ("notes.txt",)}),
        ('Read "my report.txt", please', {"files": ("my report.txt",)}),
        ("List the TODOs in src", {"folders": ("src",)}),
        ("Count the lines of src/**/*.py", {"files": ("src/app.py", "src/lib/tool.py")}),
        ("Look into docs/*.md and see", {"files": ("docs/guide.md", "docs/api.md")}),
        ("Summarise https://example.org/a.html, then stop", {"addresses": ("https://example.org/a.html",)}),
        ("In README.md rename the heading Setup to Installation", {"files": ("README.md",), "outputs": ("README.md",)}),
        ("Sort notes.txt and write it to sorted.txt", {"files": ("notes.txt",), "outputs": ("sorted.txt",)}),
        ("Write a haiku about the sea to haiku.txt", {"outputs": ("haiku.txt",)}),
        ("Write hello.py that prints hello", {"outputs": ("hello.py",)}),
        ("Create a file called plan.md with three ideas", {"outputs": ("plan.md",)}),
        ("Summarise the PDF", {"files": ("examples/brief/survey.pdf",)}),
        ("How many words do all CSV files have?", {"files": ("people.csv",)}),
        ("Which of these files mentions bees?", {"files": _THERE}),
        ("Compute 3.5 times 2.25, e.g. by hand", {}),
        ("Does src/app.py import os?", {"files": ("src/app.py",)}),
        ("Explain the README", {"files": ("README.md",)}),
        ("Add a section on bees to notes.txt", {"files": ("notes.txt",), "outputs": ("notes.txt",)}),
        ("Test the swarm", {}),
        ("Mend slices of lib.tool.Belt, please", {"sections": (("src/lib/tool.py", "Belt"),)}),
        ("Why is `src.lib.tool.Belt.wear()` slow?", {"sections": (("src/lib/tool.py", "Belt.wear"),)}),
        ("Document src.app", {"files": ("src/app.py",)}),
        ("See app.Main", {"sections": (("src/app.py", "Main"),)}),
        ("See os.path.join", {"missing": ("os.path.join",)}),
        ("See app.js", {"missing": ("app.js",)}),
    ],
)
def test_a_goal_names_files_folders_addresses_and_outputs(goal: str, found: dict[str, tuple[str, ...]]) -> None:
    """Inputs are told from files that are to be written, and both from what is not there."""
    assert references(goal, _THERE) == References.model_validate(found)


def test_a_number_or_an_abbreviation_is_no_path() -> None:
    """Only an ending with a letter makes a file's name."""
    assert [is_path(text) for text in ("a.md", "x.tar.gz", "3.5", "e.g", "example.org", "v1.2", "Makefile")] == [
        *(True, True, False, False, False, False, False)
    ]


def test_a_command_in_a_code_span_names_its_files_one_by_one() -> None:
    """And a file whose name has a space in it is still one."""
    found = references(
        "Make `python trips.py data.txt` faster, see `my plan.txt`", ["trips.py", "data.txt", "my plan.txt"]
    )
    assert set(found.files) == {"trips.py", "data.txt", "my plan.txt"} and found.missing == ()


def test_a_star_alone_names_no_file() -> None:
    """`1000 * 1000` is a product, and `**` emphasis; a pattern has a letter beside its stars."""
    files = ("src/a.py", "b.md", "LICENCE")
    assert (
        references("Why does naturalsize(1000 * 1000 - 1) say 1000 kB, **loudly**, and ** or *.* too?", files).files
        == ()
    )
    assert references("Sort the imports of src/*.py", files).files == ("src/a.py",)
