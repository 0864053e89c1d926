"""Functions are found by meaning, by words and by name, as the library is at that moment."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import numpy as np
import pytest

from swarm.database import ensure_database, migrate
from swarm.errors import ModelUnavailable
from swarm.functions import index, records, vectors
from swarm.functions.admitting import Admission
from swarm.functions.index import index_of
from swarm.functions.search import Search, blended
from swarm.functions.views import packed, unpacked, views_of
from swarm.settings import Settings
from swarm.stack import Connection
from tests.swarm.functions.samples import fresh, numeric

if TYPE_CHECKING:
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


async def test_a_function_is_found_by_its_name_at_once(pool: "Pool", admission: Admission) -> None:
    """Alone, with spaces, or in a sentence, whatever else comes near by meaning."""
    name = fresh("stripes")
    await admission.library.save(numeric(name, "return 1", description="Counts lines.", test_cases=[]), "person")
    for number in range(3):
        told = numeric(fresh(f"zebra{number}"), "return 1", description="About a striped zebra.", test_cases=[])
        await admission.library.save(told, "person")
    search = Search(pool, _Meaning())
    for query in (name, name.replace("_", " "), f"Have {name} look at the striped zebra"):
        assert (await search(query, 1))[0].version.name == name, query


def test_a_word_that_is_shared_by_chance_counts_less_than_what_is_meant() -> None:
    """The best of bad matches is a bad match; what covers the whole query is a good one, with or without a vector."""
    words, near = np.array([8.0, 0.0, 0.1]), np.array([0.3, 0.4, 0.0])
    by_chance = blended(words, np.array([0.2, 0.0, 0.05]), near)
    assert by_chance.argmax() == 1
    covered = blended(words, np.array([1.0, 0.0, 0.05]), near)
    assert covered.argmax() == 0
    assert blended(words, np.array([1.0, 0.0, 0.05]), None).tolist() == pytest.approx([8 / 13, 0.0, 0.1 / 5.1])
    unknown = blended(np.array([20.0, 0.0]), np.array([1.0, 0.0]), np.array([np.nan, 0.5]))
    assert unknown.argmax() == 0


def test_a_model_whose_texts_are_all_alike_is_searched_like_any_other() -> None:
    """What most functions have counts as none, so words do not win by the narrow range of such a model."""
    near = np.full(40, 0.8)
    near[7] = 0.85
    words, covered = np.zeros(40), np.zeros(40)
    words[3], covered[3] = 6.0, 0.5
    assert blended(words, covered, near).argmax() == 7


async def test_what_others_change_is_seen_by_the_next_search(pool: "Pool", admission: Admission) -> None:
    """Saved, quarantined, credited, taken back or removed by another process, also in a transaction that was open."""
    library, word = admission.library, secrets.token_hex(4)
    name = fresh("changing")
    found = Search(pool, None)

    async def names(query: str) -> list[str]:
        return [hit.version.name for hit in await found(query, 3)]

    assert name not in await names(word)
    first = await index_of(pool)
    assert await index_of(pool) is first, "nothing has changed"
    async with pool.acquire() as other, other.transaction():
        told = numeric(name, "return 1", description=f"Does {word}.", test_cases=[]).model_dump_json()
        columns = "name, version, status, maker, record"
        await other.execute(f"insert into swarm.functions ({columns}) values ($1, 1, 'saved', 'swarm', $2)", name, told)
        assert await names(word) == []
    assert await names(word) == [name]
    await library.helped(name, f"a goal of g{word}")
    assert await names(f"g{word}") == [name]
    await library.save(numeric(name, "return 2", description="Does something else.", test_cases=[]), "swarm")
    assert await names(word) == []
    await library.rollback(name, 1)
    assert await names(word) == [name]
    await library.set_status(name, 1, "quarantined")
    assert await names(word) == []
    await library.remove(name)
    assert await names(f"g{word}") == []
    assert not await pool.fetchval("select exists (select 1 from swarm.function_terms where name = $1)", name)


async def test_another_process_reads_the_index_and_makes_nothing_anew(
    pool: "Pool", admission: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Terms and vectors are kept; only what has changed since is made."""
    name, other, meaning = fresh(), fresh(), _Meaning()
    await admission.library.save(numeric(name, "return 1", description="About a zebra.", test_cases=[]), "person")
    await Search(pool, meaning)("striped", 3)
    monkeypatch.setattr(index, "_KNOWN", {})
    monkeypatch.setattr(vectors, "_KNOWN", {})
    await admission.library.save(numeric(other, "return 1", description="Not it.", test_cases=[]), "person")
    made: list[str] = []

    def counted(views: dict[str, str]) -> bytes:
        made.append(views["name"])
        return packed(views)

    monkeypatch.setattr(index, "packed", counted)
    meaning.asked.clear()
    assert name in [hit.version.name for hit in await Search(pool, meaning)("striped", 50)]
    assert made == [other.replace("_", " ")]
    assert [text for text in meaning.asked if text != "striped"] == [f"{made[0]}: Not it.", made[0]]


class _Half(_Meaning):
    """Knows the meaning of questions only."""

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        if len(texts) > 1:
            raise ModelUnavailable("too much")
        return await super().__call__(texts)


async def test_an_embedder_that_fails_half_way_leaves_the_words(pool: "Pool", admission: Admission) -> None:
    """A function without a vector is found by words; when the model is back, by meaning."""
    word, name = secrets.token_hex(4), fresh()
    meaning, half = _Meaning(), _Half()
    meaning.name = half.name = f"half-{word}"
    told = numeric(name, "return 1", description=f"About a zebra and {word}.", test_cases=[])
    await admission.library.save(told, "person")
    assert [hit.version.name for hit in await Search(pool, half)(word, 1)] == [name]
    (hit,) = await Search(pool, meaning)("striped", 1)
    assert hit.cosine == pytest.approx(1.0)


async def test_vectors_of_another_model_are_never_compared(
    pool: "Pool", admission: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor those of one of its name and another size; where many are missing, those that share words come first."""

    class Wide(_Meaning):
        async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
            return [[*vector, 0.0] for vector in await super().__call__(texts)]

    word, name = secrets.token_hex(4), fresh("zebra")
    told = numeric(name, "return 1", description=f"About a zebra and {word}.", test_cases=[])
    await admission.library.save(told, "person")
    narrow, wide = _Meaning(), Wide()
    narrow.name = wide.name = f"model-{word}"
    assert (await Search(pool, narrow)(f"striped {word}", 1))[0].version.name == name
    monkeypatch.setattr(vectors, "_MOST", 2)
    (hit,) = await Search(pool, wide)(f"striped {word}", 1)
    assert hit.version.name == name and hit.cosine == pytest.approx(1.0)
    assert wide.asked[1:] == [f"{name.replace('_', ' ')}: {told.description}", name.replace("_", " ")]


async def test_what_was_checked_when_it_entered_is_not_checked_again(
    pool: "Pool", admission: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search, and whatever else reads versions, costs no check of schemas."""
    name = fresh()
    await admission.library.save(numeric(name, "return 1", description="About a zebra.", test_cases=[]), "person")

    def refused(*_: object) -> None:
        raise AssertionError("checked again")

    monkeypatch.setattr(records, "check_schema", refused)
    assert name in [each.name for each in await admission.library.current()]
    assert await Search(pool, None)("zebra", 3)


def test_the_words_of_a_function_fit_into_a_few_bytes() -> None:
    """Each term with what it counts: most in the name, least in the goals, however many of them have it."""
    views = views_of(numeric("add_up", "return 1", description="Sums numbers."), ["Sum it", "A sum"])
    terms, weights = unpacked(packed(views))
    told = dict(zip(terms.tolist(), weights.tolist(), strict=True))
    by_name, by_sum = (told[index_hash] for index_hash in map(_hash_of, ("add", "sum")))
    assert by_name >= 2.0 and by_sum == 1.5


def _hash_of(term: str) -> int:
    from swarm.functions.views import hash_of

    return hash_of(term)


async def test_vectors_from_before_are_kept(stack: tuple[Settings, Connection]) -> None:
    """The migration writes the numbers of a vector as bytes, in their order."""
    from urllib.parse import urlsplit, urlunsplit

    address = urlsplit(stack[1].database_url)
    url = urlunsplit(address._replace(path=f"/vectors_{secrets.token_hex(4)}"))
    await ensure_database(url)
    connection = await asyncpg.connect(url)
    await connection.execute(
        "create schema swarm; create table swarm.migrations (name text primary key, at timestamptz)"
    )
    folder = Path(vectors.__file__).parent.parent / "migrations"
    for path in sorted(folder.glob("00*.sql")):
        await connection.execute(path.read_text())
        await connection.execute("insert into swarm.migrations (name) values ($1)", path.name)
    numbers = [0.25, -1.5, 3.0]
    insert = (
        "insert into swarm.function_vectors (name, view, model, text_hash, vector) values ('f', 'what', 'm', 'h', $1)"
    )
    await connection.execute(insert, numbers)
    await migrate(url)
    vector = await connection.fetchval("select vector from swarm.function_vectors")
    assert np.frombuffer(vector, ">f4").tolist() == numbers
    await connection.close()
