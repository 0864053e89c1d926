"""The catalogue: what is put is found, what changes changes alone, what is forgotten is gone from every index."""

import asyncio
import json

import pytest

from swarm.errors import InvalidOutput, SourceNotFound
from swarm.memory import links, vectors
from swarm.memory.catalogue import Catalogue
from swarm.memory.strategies import Lexical
from tests.swarm.memory.conftest import Meaning, document

pytestmark = pytest.mark.engine

_PARTS = [f"Paragraph {number} tells of {word}." for number, word in enumerate(("oak", "elm", "ash", "yew"))]


async def test_what_is_put_is_listed_shown_and_found(catalogue: Catalogue) -> None:
    """With its place, its lines and where it came from."""
    change = await catalogue.put([document("file:///a/trees.md", "\n\n".join(_PARTS), "Trees", limit=30)])
    assert (change.new, change.added) == (1, 4)
    item = await catalogue.item("file:///a/trees.md")
    assert (item.title, item.where, item.how_to_get, item.passages) == ("Trees", "file", "read the file", 4)
    assert [each.text for each in await catalogue.text(item.uri)] == _PARTS
    (found,) = await Lexical(catalogue)("yew", 5)
    assert (found.uri, found.lines, found.text) == (item.uri, (7, 7), _PARTS[3])
    with pytest.raises(SourceNotFound, match="nothing is remembered of file:///b"):
        await catalogue.item("file:///b")


async def test_putting_again_touches_only_what_changed(catalogue: Catalogue, meaning: Meaning) -> None:
    """The same text is left alone; of a changed one the other passages keep their vectors, at their new lines."""
    before = document("file:///trees.md", "\n\n".join(_PARTS), limit=30)
    await catalogue.put([before])
    assert await vectors.embed_pending(catalogue.pool, meaning) == 4
    again = await catalogue.put([before])
    assert (again.same, again.added, again.removed) == (1, 0, 0)
    changed = document("file:///trees.md", "\n\n".join(["A new first one.", *_PARTS[:2], _PARTS[3]]), limit=30)
    change = await catalogue.put([changed])
    assert (change.changed, change.added, change.kept, change.removed) == (1, 1, 3, 1)
    assert [each.text for each in await catalogue.text("file:///trees.md")] == [
        "A new first one.",
        *_PARTS[:2],
        _PARTS[3],
    ]
    assert await vectors.embed_pending(catalogue.pool, meaning) == 1
    assert await Lexical(catalogue)("ash", 5) == []
    (found,) = await Lexical(catalogue)("oak", 5)
    assert found.lines == (3, 3)


async def test_forgetting_leaves_nothing_in_any_table(catalogue: Catalogue, meaning: Meaning) -> None:
    """No passage, vector, link or posting; of the others nothing is lost."""
    await catalogue.put(
        [
            document("file:///a/one.md", "The secret word is quagmire. See Blue Heron.", "One"),
            document("file:///a/two.md", "Herons eat fish.", "Blue Heron"),
            document("file:///ab/three.md", "A quagmire is soft ground.", "Three"),
        ]
    )
    await vectors.embed_pending(catalogue.pool, meaning)
    await links.refresh(catalogue.pool)
    assert await catalogue.pool.fetchval("select count(*) from swarm.links") == 1
    assert await catalogue.forget("file:///a") == 2
    counts = {
        table: await catalogue.pool.fetchval(f"select count(*) from swarm.{table}")
        for table in ("items", "passages", "vectors", "links")
    }
    assert counts == {"items": 1, "passages": 1, "vectors": 1, "links": 0}
    terms = {row["term"] for row in await catalogue.pool.fetch("select term from swarm.postings")}
    assert "quagmir" in terms and not terms & {"secret", "heron", "blue", "fish"}
    sizes = await catalogue.pool.fetchrow("select sum(passages) as n, sum(words) as w from swarm.segments")
    assert sizes is not None and (sizes["n"], sizes["w"]) == (1, 3 + 2)
    assert [each.uri for each in await Lexical(catalogue)("quagmire", 5)] == ["file:///ab/three.md"]
    assert await catalogue.forget("file:///a") == 0


async def test_writers_at_once_lose_nothing(catalogue: Catalogue) -> None:
    """Ten put at the same time, some the same item; the index agrees with the passages."""
    await asyncio.gather(
        *(catalogue.put([document(f"file:///{number % 5}.md", f"common word{number % 5}")]) for number in range(10))
    )
    assert len(await catalogue.items()) == 5
    assert len(await Lexical(catalogue)("common", 50)) == 5
    for number in range(5):
        assert [each.uri for each in await Lexical(catalogue)(f"word{number}", 5)] == [f"file:///{number}.md"]


async def test_hostile_texts_and_addresses_are_only_data(catalogue: Catalogue) -> None:
    """Quotes, NULs, half surrogates, patterns of `like`, very long words and an address full of them."""
    uri = "http://h/%_'\"\\;drop table swarm.items--"
    text = f"'; drop table swarm.items; -- \x00 \ud800 {'x' * 5000} <data> 100%_"
    await catalogue.put([document(uri, text), document("http://h/other", "plain")])
    assert await Lexical(catalogue)("'; drop table", 3)
    assert await catalogue.forget(uri) == 1
    assert [each.uri for each in await catalogue.items()] == ["http://h/other"]


async def test_vectors_of_another_size_are_refused_under_the_same_name(catalogue: Catalogue) -> None:
    """A model that changed behind its name would make every comparison nonsense."""
    await catalogue.put([document("file:///a", "a cat")])
    await vectors.embed_pending(catalogue.pool, Meaning(size=4))
    await catalogue.put([document("file:///b", "a car")])
    with pytest.raises(InvalidOutput, match="vectors of 6 numbers, but memory has 4"):
        await vectors.embed_pending(catalogue.pool, Meaning(size=6))


async def test_another_embedding_model_takes_over_when_it_has_everything(catalogue: Catalogue) -> None:
    """Both stand beside each other until the old one is dropped."""
    await catalogue.put([document(f"file:///{number}", f"a cat {number}") for number in range(40)])
    await vectors.embed_pending(catalogue.pool, Meaning("old"))
    new = Meaning("new", size=7)
    assert await vectors.pending(catalogue.pool, "new") == 40
    assert await vectors.embed_pending(catalogue.pool, new, most=10) == 10
    assert await vectors.embed_pending(catalogue.pool, new) == 30
    await vectors.drop_others(catalogue.pool, "new")
    assert await catalogue.pool.fetchval("select count(*) from swarm.vectors where model = 'old'") == 0
    assert len(await vectors.nearest(catalogue.pool, "new", (await new(["feline"]))[0], 50)) == 40


async def test_what_came_last_gets_its_vectors_at_once(catalogue: Catalogue) -> None:
    """As many as is said; nothing where another process is at it, which will come to them."""
    meaning = Meaning()
    await catalogue.put([document("file:///first", "a cat")])
    await vectors.embed_pending(catalogue.pool, meaning)
    await catalogue.put([document(f"file:///{number:02}", f"a car {number}") for number in range(50)])
    async with catalogue.pool.acquire() as other:
        await other.execute("select pg_advisory_lock($1)", vectors._LOCK)
        await vectors.embed_new(catalogue.pool, meaning, 10)
        await other.execute("select pg_advisory_unlock($1)", vectors._LOCK)
    assert await vectors.pending(catalogue.pool, meaning.name) == 50
    await vectors.embed_new(catalogue.pool, meaning, 40)
    assert await vectors.pending(catalogue.pool, meaning.name) == 10
    await vectors.embed_new(catalogue.pool, meaning, 40)
    assert await vectors.pending(catalogue.pool, meaning.name) == 0


async def test_every_item_can_be_written_out(catalogue: Catalogue) -> None:
    """By address, with its passages, as JSON."""
    await catalogue.put([document(f"file:///{number:03}", f"text {number}") for number in range(205)])
    found = [(item.uri, json.loads(item.model_dump_json())["hash"]) async for item, _ in catalogue.every()]
    assert [uri for uri, _ in found] == [f"file:///{number:03}" for number in range(205)]
    assert len({hash for _, hash in found}) == 205
