"""Memory as a source: `memory:` and `memory:STRATEGY` ask the catalogue, in the shape every source has."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrations.embeddings import choose_embedder
from swarm.errors import SourceRefused, UsageError
from swarm.memory.catalogue import Catalogue
from swarm.memory.strategies import Hybrid, choose
from swarm.memory.vectors import has_any
from swarm.passages import Passage
from swarm.pools import pool
from swarm.settings import Settings

if TYPE_CHECKING:
    from swarm.embedding import Embedder
    from swarm.passages import Source

SCHEME = "memory:"


@dataclass(frozen=True)
class Remembered:
    """What is remembered, searched by one strategy; the setting's, where none is named."""

    strategy: str
    settings: Settings

    async def __call__(self, query: str, k: int) -> list[Passage]:
        """Return at most `k` passages, best first. Raises SourceRefused without a query or for no known strategy."""
        if not query.strip():
            raise SourceRefused("memory is searched: say in the query what for")
        catalogue = Catalogue(await pool())
        try:
            search = choose(self.strategy or self.settings.swarm_strategy, catalogue, choose_embedder(self.settings))
        except UsageError as error:
            raise SourceRefused(str(error)) from None
        return await search(query, k)


def remembered(uri: str, settings: Settings) -> Remembered:
    """Read `memory:` or `memory:graph`."""
    return Remembered(uri.strip()[len(SCHEME) :].strip("/ "), settings)


async def hybrid_of(catalogue: Catalogue, settings: Settings) -> Hybrid:
    """Return the search that needs no model loaded where there is nothing to compare a query with."""
    embedder: Embedder | None = choose_embedder(settings)
    if embedder is not None and not await has_any(catalogue.pool, embedder.name):
        embedder = None
    return Hybrid(catalogue, embedder)


async def search_by(strategy: str, catalogue: Catalogue, settings: Settings) -> "Source":
    """Return a strategy by its name, without loading a model where there is nothing to compare a query with.

    Raises UsageError for a strategy that does not exist or lacks an embedder.
    """
    found = (await hybrid_of(catalogue, settings)).embedder if strategy != "semantic" else choose_embedder(settings)
    return choose(strategy, catalogue, found)
