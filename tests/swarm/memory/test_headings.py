"""What is found is named by where it stands: the title, and the headings above it."""

import pytest

from swarm.memory.catalogue import Catalogue
from swarm.memory.headings import headed
from swarm.memory.recalling import recall
from swarm.memory.strategies import Hybrid
from swarm.memory.vectors import embed_pending
from tests.swarm.memory.conftest import Meaning, document

pytestmark = pytest.mark.engine

_GUIDE = """# Guide

How to keep a ferry.

## Engine

The engine wants oil.

### In winter

Warm it up before the tide turns.

```
# no heading, but a comment
```

## Crew

Five people sail her.
"""


async def test_a_passage_is_named_by_the_headings_above_it(catalogue: Catalogue) -> None:
    """From the outermost on, whatever passage they stand in; a heading ends those below it, a comment is none."""
    await catalogue.put([document("file:///guide.md", _GUIDE, "guide.md", limit=40)])
    passages = await catalogue.text("file:///guide.md")
    named = await headed(catalogue.pool, passages)

    def title(words: str) -> str:
        return next(each.title for each in named if words in each.text)

    assert title("How to keep") == "guide.md > Guide"
    assert title("wants oil") == "guide.md > Guide > Engine"
    assert title("Warm it up") == title("a comment") == "guide.md > Guide > Engine > In winter"
    assert title("Five people") == "guide.md > Guide > Crew"


async def test_code_and_texts_without_headings_keep_their_titles(catalogue: Catalogue) -> None:
    """A line of a program that begins with # is a comment; a title that is the first heading stands once."""
    await catalogue.put(
        [
            document("file:///a.py", "# Setup\n\nvalue = 1", "a.py"),
            document("file:///b.md", "Plain.", ""),
            document("https://example.org/c", "# Ferries\n\n## Fares\n\nTwo crowns.", "Ferries", "web"),
        ]
    )
    found = [(await catalogue.text(uri))[0] for uri in ("file:///a.py", "file:///b.md", "https://example.org/c")]
    assert [each.title for each in await headed(catalogue.pool, found)] == ["a.py", "b.md", "Ferries"]


async def test_what_is_recalled_is_judged_by_its_headings_too(catalogue: Catalogue, meaning: Meaning) -> None:
    """Of two texts that say the same the one under the fitting heading is told, with where it stands."""
    await catalogue.put(
        [
            document("file:///a.md", "# Kitchen\n\n## Bread\n\nIt has to rest for an hour.", "a.md", limit=40),
            document("file:///b.md", "# House\n\n## Cat\n\nIt has to rest for an hour. feline", "b.md", limit=40),
            document("file:///c.md", "The vehicle stands in the yard.", "c.md"),
        ]
    )
    await embed_pending(catalogue.pool, meaning)
    told = await recall(Hybrid(catalogue, meaning), "Look after the kitten", 5)
    assert told and {each.uri for each in told} == {"file:///b.md"}
    assert all("House" in each.title for each in told)
