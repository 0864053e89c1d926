"""The strategies: what each one finds that the others do not, and what all have in common."""

import math
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarm.errors import ModelUnavailable, UsageError
from swarm.memory import folders, links, postings, vectors
from swarm.memory.catalogue import Catalogue
from swarm.memory.folders import tree
from swarm.memory.graph import pagerank
from swarm.memory.recalling import recall
from swarm.memory.strategies import STRATEGIES, Hybrid, Lexical, choose, fused
from swarm.words import terms
from tests.swarm.memory.conftest import Meaning, document

pytestmark = pytest.mark.engine


class _Broken(Meaning):
    async def __call__(self, texts: object) -> list[list[float]]:
        raise ModelUnavailable("no embeddings today")


async def _filled(catalogue: Catalogue, meaning: Meaning) -> None:
    await catalogue.put(
        [
            document("file:///pets/cats.md", "The feline sleeps all day. It likes the sun.", "Cats"),
            document("file:///pets/dogs.md", "A dog barks in the yard at noon.", "Dogs"),
            document("file:///garage/car.md", "The engine of the vehicle roars.", "Cars"),
            document("file:///garage/tools.md", "Hammer, saw and wrench hang on the wall.", "Tools"),
            document("file:///kitchen/bread.md", "The baker mixes flour and water.", "Bread"),
        ]
    )
    await vectors.embed_pending(catalogue.pool, meaning)
    await links.refresh(catalogue.pool)


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_all_are_asked_alike(strategy: str, catalogue: Catalogue, meaning: Meaning) -> None:
    """Best first, at most k, each with its source; nothing is found in an empty memory or for an empty query."""
    search = choose(strategy, catalogue, meaning)
    assert await search("kitten", 3) == []
    await _filled(catalogue, meaning)
    found = await search("feline sleeps", 2)
    assert found[0].uri == "file:///pets/cats.md" and found[0].lines == (1, 1)
    assert len(found) <= 2
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert await search("feline", 0) == []
    assert isinstance(await search("", 3), list)


async def test_meaning_finds_what_no_word_does_and_words_what_has_no_vector_yet(
    catalogue: Catalogue, meaning: Meaning
) -> None:
    """The hybrid finds both."""
    await _filled(catalogue, meaning)
    await catalogue.put([document("file:///new.md", "zeppelin timetable")])
    assert await Lexical(catalogue)("kitten", 3) == []
    hybrid = Hybrid(catalogue, meaning)
    assert (await hybrid("kitten", 1))[0].uri == "file:///pets/cats.md"
    assert "file:///new.md" in {each.uri for each in await hybrid("zeppelin", 3)}
    assert (await Hybrid(catalogue, _Broken())("dog", 1))[0].uri == "file:///pets/dogs.md"
    assert (await Hybrid(catalogue, None)("dog", 1))[0].uri == "file:///pets/dogs.md"


async def test_the_graph_leads_on_to_what_shares_no_word_with_the_question(catalogue: Catalogue) -> None:
    """A question about a film's director ends at the director's own page; words alone do not get there."""
    films = [
        document(f"wiki:/film-{n}", f"Film {n} is a film. It was shown in spring.", f"Spring {n}") for n in range(12)
    ]
    await catalogue.put(
        [
            *films,
            document("wiki:/moon", "Moon Harbour is a film that was directed by Ada Quist.", "Moon Harbour"),
            document("wiki:/quist", "She was born in Tromsø and studied in Bergen.", "Ada Quist"),
        ]
    )
    await links.refresh(catalogue.pool)
    query = "Where was the woman born who made the film Moon Harbour?"
    lexical = [each.uri for each in await Lexical(catalogue)("made film Moon Harbour", 2)]
    assert "wiki:/quist" not in lexical
    found = [each.uri for each in await choose("graph", catalogue, None)(query, 3)]
    assert {"wiki:/moon", "wiki:/quist"} <= set(found)


async def test_mentions_are_found_whichever_comes_first(catalogue: Catalogue) -> None:
    """An item put later is linked from passages that were there; a name of many items says nothing."""
    await catalogue.put([document("a:/1", "Read about the Blue Heron today.", "First")])
    await links.refresh(catalogue.pool)
    await catalogue.put([document("a:/2", "It is a bird.", "Blue Heron (bird)")])
    await links.refresh(catalogue.pool)
    rows = await catalogue.pool.fetch("select i.uri from swarm.links l join swarm.items i on i.id = l.item")
    assert [row["uri"] for row in rows] == ["a:/2"]
    await catalogue.put([document(f"b:/{n}", "See the Index File.", "Index File") for n in range(5)])
    await links.refresh(catalogue.pool)
    assert await catalogue.pool.fetchval("select count(*) from swarm.links") == 1


async def test_folders_are_walked_from_the_top(catalogue: Catalogue, meaning: Meaning) -> None:
    """The best passages come from the folders that fit; the tree counts what lies below."""
    documents = [
        document(f"file:///law/{kind}/{n}.md", f"Paragraph {n} on {kind} and duty.", f"{kind} {n}")
        for kind in ("tax", "labour", "traffic")
        for n in range(40)
    ]
    await catalogue.put([*documents, document("file:///misc/tax.md", "tax tax tax joke", "Joke")])
    root = await tree(catalogue.pool)
    assert root.items == 121 and set(root.folders) == {"file:///law/", "file:///misc/"}
    await folders.refresh(catalogue.pool)
    found = await choose("folders", catalogue, None)("duty of labour", 5)
    assert {each.uri.rsplit("/", 1)[0] for each in found} == {"file:///law/labour"}


async def test_only_what_comes_near_is_recalled(catalogue: Catalogue, meaning: Meaning) -> None:
    """By meaning or by shared words; a goal about something else recalls nothing."""
    await _filled(catalogue, meaning)
    near = await recall(Hybrid(catalogue, meaning), "Write about the kitten", 3)
    assert [each.uri for each in near] == ["file:///pets/cats.md"]
    by_words = await recall(Hybrid(catalogue, None), "Does a dog bark at noon?", 3)
    assert [each.uri for each in by_words] == ["file:///pets/dogs.md"]
    partly = await recall(Hybrid(catalogue, None), "In which month does the dog bark in the yard?", 3)
    assert [each.uri for each in partly] == ["file:///pets/dogs.md"]
    assert await recall(Hybrid(catalogue, None), "Compute the noon of Mars and its orbital period precisely", 3) == []


def test_an_unknown_strategy_is_a_usage_error(catalogue: Catalogue) -> None:
    """It names those that exist; meaning without an embedder is one, too."""
    with pytest.raises(UsageError, match="no strategy 'magic'; choose lexical, semantic, hybrid, folders, graph"):
        choose("magic", catalogue, None)
    with pytest.raises(UsageError, match="SWARM_EMBEDDINGS is none"):
        choose("semantic", catalogue, None)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(["oak", "elm", "ash", "yew", "fir"]), min_size=1, max_size=8), min_size=1))
async def test_lexical_scores_are_those_of_the_formula(catalogue: Catalogue, texts: list[list[str]]) -> None:
    """BM25 worked out plainly gives the same numbers as the tables do."""
    await catalogue.forget("t:")
    await catalogue.put([document(f"t:/{number}", " ".join(text)) for number, text in enumerate(texts)])
    told = {each.uri: each.score for each in await Lexical(catalogue)("oak elm oak", 100)}
    assert told == pytest.approx(_plain(texts, ["oak", "elm", "oak"]), abs=1e-3)


def _plain(texts: list[list[str]], query: list[str]) -> dict[str, float]:
    bags = [Counter(terms(" ".join(text))) for text in texts]
    mean = sum(bag.total() for bag in bags) / len(bags)
    found = {}
    for number, bag in enumerate(bags):
        score = 0.0
        for term in query:
            n = sum(term in other for other in bags)
            rarity = math.log(1 + max(len(bags) - n + 0.5, 0.5) / (n + 0.5))
            score += rarity * bag[term] * 2.5 / (bag[term] + 1.5 * (0.25 + 0.75 * bag.total() / mean)) if n else 0.0
        if score > 0:
            found[f"t:/{number}"] = round(score, 4)
    return found


async def test_a_segment_border_changes_nothing(catalogue: Catalogue) -> None:
    """Passages on both sides of it are found and forgotten alike."""
    start = postings.SEGMENT - 2
    await catalogue.pool.execute(f"alter table swarm.passages alter column id restart with {start}")
    await catalogue.put([document(f"s:/{n}", f"birch number{n}") for n in range(5)])
    assert len(await Lexical(catalogue)("birch", 10)) == 5
    await catalogue.forget("s:/1")
    await catalogue.forget("s:/3")
    assert {each.uri for each in await Lexical(catalogue)("birch", 10)} == {"s:/0", "s:/2", "s:/4"}


def test_fusion_weighs_scores_and_does_not_punish_what_has_no_vector() -> None:
    """Both sides count; without a vector a passage stands in the middle."""
    order = fused({1: 10.0, 2: 9.0, 3: 0.0, 4: 9.0}, {1: 0.2, 2: 0.8, 3: 0.9})
    assert next(iter(order)) == 2
    assert order[4] > order[1]
    assert list(fused({1: 2.0, 2: 4.0}, {})) == [2, 1]


def test_words_weigh_as_far_as_their_best_match_goes() -> None:
    """A poor one, which shares a word by chance, does not stand before what is meant; a good one does."""
    by_words, by_meaning = {1: 4.0, 2: 1.0, 3: 0.0}, {1: 0.3, 2: 0.4, 3: 0.5}
    assert next(iter(fused(by_words, by_meaning, covered=0.2))) == 3
    close = {1: 0.47, 2: 0.4, 3: 0.5}
    assert next(iter(fused(by_words, close, covered=0.9))) == 1
    assert next(iter(fused({1: 40.0, 2: 10.0, 3: 0.0}, close, covered=0.2))) == 1


async def test_the_lexical_index_says_how_much_of_a_query_its_best_match_has(catalogue: Catalogue) -> None:
    """By what the words weigh; one that nothing has weighs no more than the rarest that something has."""
    await catalogue.put([document("a:/1", "oak elm"), document("a:/2", "oak ash"), document("a:/3", "fir")])
    scored = await postings.scores(catalogue.pool, "elm oak")
    assert scored.covered == pytest.approx(1.0)
    scored = await postings.scores(catalogue.pool, "oak zebra")
    assert scored.covered == pytest.approx(0.5) and set(scored.rarities) == {"oak", "zebra"}


def test_pagerank_prefers_what_many_seeds_lead_to() -> None:
    """And sums to one over what can be reached."""
    ranks = pagerank([(1, 9), (2, 9), (3, 8)], {1: 1.0, 2: 1.0, 3: 1.0})
    assert ranks[9] > ranks[8]
    assert sum(ranks.values()) == pytest.approx(1.0)
