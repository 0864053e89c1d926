"""Ranking within one source."""

from hypothesis import given
from hypothesis import strategies as st

from swarm.passages import Passage
from swarm.ranking import best, best_names, spread
from swarm.words import words


def passages(*texts: str, uri: str = "a") -> list[Passage]:
    return [Passage(uri=uri, where="file", text=text) for text in texts]


def test_rare_words_weigh_more_than_common_ones() -> None:
    """A word that every passage has decides nothing."""
    found = best(passages("the tool costs money", "the tool is a drill", "the tool", "the tool"), "tool drill", 2)
    assert found[0].text == "the tool is a drill" and found[0].score > found[1].score > 0


def test_word_forms_and_cases_meet() -> None:
    """Plurals, endings, capitals."""
    for query in ("LIBRARIES", "library", "lending", "lends"):
        assert best(passages("nothing", "The library lends tools."), query, 1)[0].text == "The library lends tools."


def test_parts_of_names_in_code_are_found() -> None:
    """camelCase and snake_case by their parts."""
    texts = passages("nothing", "def maxRetryCount(): ...", "def parse_http_date(): ...")
    assert best(texts, "retry", 1)[0].text == "def maxRetryCount(): ..."
    assert best(texts, "date parsing", 1)[0].text == "def parse_http_date(): ..."


def test_words_without_spaces_are_found() -> None:
    """Chinese, Japanese and Korean by their characters."""
    assert best(passages("大阪の天気", "東京の図書館"), "図書館", 1)[0].text == "東京の図書館"


def test_only_what_answers_comes_back() -> None:
    """Fewer than asked for, if fewer share a word with the query."""
    assert [p.text for p in best(passages("a ferry", "a train", "a plane"), "ferry", 3)] == ["a ferry"]


def test_a_query_that_nothing_answers_gets_the_beginning() -> None:
    """As does an empty one, and one of stop words."""
    texts = passages("one", "two", "three")
    for query in ("", "zebra", "what is the", "?!"):
        assert best(texts, query, 2) == texts[:2]


def test_the_beginnings_are_shared_over_the_items() -> None:
    """Round by round, given back item by item."""
    mixed = [*passages("1", "2", "3", uri="a"), *passages("4", uri="b"), *passages("5", "6", uri="c")]
    assert [p.text for p in spread(mixed, 4)] == ["1", "2", "4", "5"]
    assert [p.text for p in spread(mixed, 2)] == ["1", "4"]


def test_names_are_found_by_their_words() -> None:
    """Paths too."""
    assert best_names(["src/http/client.py", "src/retry_policy.py"], "how does the retry work", 5) == [
        "src/retry_policy.py"
    ]


def test_the_words_of_a_query_lose_their_marks() -> None:
    """What a search engine could read as an operator is gone."""
    assert words("what is repo:other/private secret?") == ["repo", "other", "private", "secret"]


@given(st.lists(st.text(max_size=40), max_size=8), st.text(max_size=40), st.integers(-1, 9))
def test_ranking_never_invents_or_repeats(texts: list[str], query: str, k: int) -> None:
    """At most k of the given passages, each once, whatever the text."""
    found = best([Passage(uri=str(n), where="file", text=text) for n, text in enumerate(texts)], query, k)
    assert len(found) <= max(k, 0) and len({p.uri for p in found}) == len(found)
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
