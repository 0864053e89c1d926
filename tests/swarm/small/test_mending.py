"""A program that forgot an import gets it."""

from swarm.small.mending import with_imports


def test_forgotten_imports_are_added() -> None:
    """Once each, and only those that are missing."""
    code = "import re\nprint(json.dumps(re.findall('a', Path('a').read_text())), json)\n"
    assert with_imports(code) == f"import json\nfrom pathlib import Path\n{code}"


def test_a_whole_program_stays_as_it_is() -> None:
    """So does one that cannot be parsed, or uses a name that nobody knows."""
    for code in ("date = 1\nprint(date)\n", "def f(:\n", "print(unknown_thing)\n"):
        assert with_imports(code) == code
