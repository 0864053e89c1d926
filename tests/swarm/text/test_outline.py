"""Outlines: the parts of a text with their lines."""

from swarm.text.outline import outline, table_outline

_PYTHON = [
    "import os",
    "",
    "class A:",
    "    def b(self):",
    "        pass",
    "",
    "    async def c(self):",
    "        pass",
    "",
    "def d():",
    "    pass",
]
_MARKDOWN = ["# Top", "text", "```", "# not a heading", "```", "## Inner", "more", "# Next", "end"]


def test_code_is_outlined_by_its_definitions() -> None:
    """Each with its line, those inside indented."""
    assert outline(_PYTHON, "a.py") == "3: class A\n4:   def b(self)\n7:   async def c(self)\n10: def d()"


def test_prose_is_outlined_by_its_headings() -> None:
    """What stands in a fence is no heading."""
    assert outline(_MARKDOWN, "a.md") == "1: # Top".replace("# ", "") + "\n6:   Inner\n8: Next"


def test_rst_headings_have_levels_by_their_first_use() -> None:
    """The underline that comes first is the upper one."""
    lines = ["Guide", "=====", "", "Setup", "-----", "text", "", "Use", "-----"]
    assert outline(lines, "a.rst") == "1: Guide\n4:   Setup\n8:   Use"


def test_a_table_is_described_by_its_columns() -> None:
    """Numbers have a range, texts are counted, empty cells are said."""
    told = table_outline(["name,age,town", "Ann,3,Bern", "Bo,12,", 'Cy,7,"Bern, south"'])
    assert told == (
        "3 rows, 3 columns\n- name: 3 different texts: Ann, Bo, Cy\n- age: numbers from 3 to 12\n"
        "- town: 2 different texts: Bern, Bern, south, 1 empty"
    )


def test_json_is_described_by_its_keys() -> None:
    """A list by its length and its first item."""
    assert (
        outline(['{"a": [1, 2], "b": {"c": 1}}'], "x.json")
        == "an object with 2 keys\n- a: a list of 2\n- b: an object with 1 keys"
    )
    assert outline(['[{"a": 1}, {"a": 2}]'], "x.json") == "a list of 2 items; the first: an object with a"
