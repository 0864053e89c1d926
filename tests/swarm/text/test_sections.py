"""Sections: the part that is meant, by its exact name first."""

import pytest

from swarm.text.document import TextDocument, section_of, sections_near
from swarm.text.sections import nearest, section

_MARKDOWN = ["# Top", "text", "```", "# not a heading", "```", "## Inner", "more", "# Next", "end"]
_CLICK = [
    "class Context:",
    "    def invoke(self):",
    "        pass",
    "class Command(Base):",
    "    def get_help_option_names(self, ctx):",
    "        pass",
    "    def get_help_option(self, ctx: Context) -> int:",
    "        pass",
    "    def invoke(self):",
    "        pass",
    "def command(name=None):",
    "    pass",
]


def _lines(title: str, name: str = "core.py", lines: list[str] = _CLICK) -> tuple[int, int] | None:
    found = section(lines, name, title)
    return (found.first, found.last) if found else None


def test_a_section_ends_where_the_next_of_its_level_begins() -> None:
    """Deeper ones belong to it; a name that is not there is None."""
    assert _lines("top", "a.md", _MARKDOWN) == (1, 7)
    assert _lines("## Inner", "a.md", _MARKDOWN) == (6, 7)
    assert _lines("class Context") == (1, 3) and _lines("zzz") is None


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("get_help_option", (7, 8)),
        ("get_help_option()", (7, 8)),
        ("def get_help_option_names", (5, 6)),
        ("Command.get_help_option_names", (5, 6)),
        ("click.core.Command.invoke", (9, 10)),
        ("Command", (4, 10)),
        ("command", (11, 12)),
        ("Other.invoke", None),
    ],
)
def test_a_definition_is_found_by_its_exact_name(title: str, found: tuple[int, int] | None) -> None:
    """Not by one that begins so; a method by its class, too, and case tells names apart."""
    assert _lines(title) == found


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a.go", "func (s *Store) Save(path string) error {"),
        ("a.ts", "export const Save = async (path) => {"),
        ("a.rs", "pub async fn Save<T>(path: T) {"),
        ("a.java", "public class Save extends Store {"),
    ],
)
def test_a_name_is_known_in_other_languages(name: str, line: str) -> None:
    """Whatever stands around it."""
    assert _lines("Save", name, ["// x", line, "}"]) == (2, 3)
    assert section(["// x", line, "}"], name, "Save").note == ""  # type: ignore[union-attr]


def test_a_section_of_nearly_that_name_is_said_to_be_one() -> None:
    """So that nobody takes it for the one that was asked for; one of several names the others."""
    found = section_of(TextDocument("core.py", tuple(_CLICK)), "get_help_opt", 1000)
    assert found and "no section is named 'get_help_opt'; this is 'def get_help_option_names" in found.text
    assert section(_CLICK, "core.py", "invoke") == (2, 3, "also at line 9", True)


def test_a_section_that_is_not_there_has_at_most_five_near_ones() -> None:
    """Named with their lines, the nearest first, and no outline."""
    many = [f"def value_{number}(): pass" for number in range(99)]
    assert len(nearest(many, "a.py", "value_x")) == 5
    assert nearest(_CLICK, "core.py", "Comand.invoke")[0] == "Command.invoke (line 9)"
    assert sections_near(TextDocument("core.py", tuple(_CLICK)), "qqq") == ""
