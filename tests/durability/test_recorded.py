"""What the README says of durability is what was measured."""

import re
from pathlib import Path

from tests.durability.disasters import STRIKES
from tests.durability.recorded import STACK, of, read_figures
from tests.durability.shapes import SHAPES

_README = Path(__file__).parent.parent.parent / "README.md"


def test_the_readme_quotes_the_figures_that_were_written_down() -> None:
    """As many scenarios, and as many of them lost."""
    quoted = re.search(r"<!-- durability -->(.*)<!-- /durability -->", _README.read_text(encoding="utf-8"))
    assert quoted, "README.md does not quote docs/durability.json"
    assert quoted[1] == read_figures().sentence


def test_the_figures_are_whole_and_nothing_was_lost() -> None:
    """Every shape and every disaster is in them, they add up, and none was lost."""
    figures = read_figures()
    assert figures.shapes.keys() == {*SHAPES, STACK}
    assert figures == of(figures.shapes)
    assert figures.shapes[STACK].scenarios == len(STRIKES)
    assert figures.lost == 0
