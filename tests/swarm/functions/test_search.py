"""Functions are found by words and by meaning, in four views."""

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from swarm.errors import ModelUnavailable
from swarm.functions.admitting import Admission
from swarm.functions.search import Search
from tests.swarm.functions.samples import fresh, numeric

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

pytestmark = pytest.mark.engine


class _Meaning:
    """An embedder that knows of two things only."""

    name = "two-things"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += texts
        return [[1.0, 0.0] if "zebra" in text or "striped" in text else [0.0, 1.0] for text in texts]


class _Gone:
    name = "gone"

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        raise ModelUnavailable("it is gone")


async def test_a_function_is_found_in_each_view(pool: "Pool", admission: Admission) -> None:
    """By its name, its description, a parameter, and a goal that it has helped with."""
    word = secrets.token_hex(4)
    views = {"name": f"n{word}", "description": f"d{word}", "parameters": f"p{word}", "goals": f"g{word}"}
    parameters = {"type": "object", "properties": {views["parameters"]: {"type": "integer"}}}
    told = {"description": f"Does {views['description']}.", "parameters": parameters, "test_cases": []}
    version = await admission.library.save(numeric(views["name"], "return 1", **told), "person")
    await admission.library.helped(version.name, f"A goal of {views['goals']}")
    search = Search(pool, None)
    for view, asked in views.items():
        hits = await search(asked, 1)
        assert [hit.version.name for hit in hits] == [version.name], view
        assert view in hits[0].views
    assert await search("", 5) == []


async def test_meaning_finds_what_no_word_does(pool: "Pool", admission: Admission) -> None:
    """And its vectors are made once; an embedder that fails is done without."""
    name = fresh()
    await admission.library.save(numeric(name, "return 1", description="About a zebra.", test_cases=[]), "person")
    meaning = _Meaning()
    assert [hit.version.name for hit in await Search(pool, meaning)("striped animals", 1)] == [name]
    before = len(meaning.asked)
    await Search(pool, meaning)("striped animals", 1)
    assert len(meaning.asked) == before + 1
    assert [hit.version.name for hit in await Search(pool, _Gone())("zebra", 1)] == [name]


async def test_what_is_quarantined_is_not_found(pool: "Pool", admission: Admission) -> None:
    """Nobody is shown what nobody may call."""
    name = fresh("quarantined")
    await admission.library.save(numeric(name, "return 1", (1, 1)), "swarm")
    await admission.library.set_status(name, 1, "quarantined")
    assert name not in [hit.version.name for hit in await Search(pool, None)(name, 50)]
