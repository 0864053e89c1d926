"""Worth: what functions have brought: how often goals were told of them, called them, and got further or not.

Each is counted once a node, by the step that it happened in. A function is retired when nothing is lost without it:
another one does the same for every test of it, or many goals were told of it and none has called it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from swarm.nodes import Noun
from swarm.outages import patiently

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

Use = Literal["shown", "chosen", "helped", "hurt"]
IDLE = 30
"""Goals that were told of a function, after which one that none of them called is worth nothing."""


class Uses(Noun):
    """In how many nodes a function was shown and chosen, has helped to reach the goal, or was used in vain."""

    shown: int = 0
    chosen: int = 0
    helped: int = 0
    hurt: int = 0

    @property
    def text(self) -> str:
        """The counts in one line."""
        return f"shown to {self.shown} goals, called for {self.chosen}, helped {self.helped}, in vain for {self.hurt}"


class Worth:
    """Counts the uses of functions. Raises StackError while the database is away."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool

    async def note(self, use: Use, names: Iterable[str], key: str) -> None:
        """Note a use of functions in one node; the same again counts once."""
        rows = [(name.partition("@")[0], use, key) for name in names]
        query = "insert into swarm.function_uses (name, use, key) values ($1, $2, $3) on conflict do nothing"
        if rows:
            await patiently(lambda: self._pool.executemany(query, rows))

    async def of(self, name: str) -> Uses:
        """Return the uses of one function."""
        query = "select use, count(*) as times from swarm.function_uses where name = $1 group by use"
        rows = await patiently(lambda: self._pool.fetch(query, name))
        return Uses.model_validate({row["use"]: row["times"] for row in rows})

    async def idle(self, least: int = IDLE) -> dict[str, int]:
        """Return the functions that so many goals were told of and none has called, with how many that were."""
        query = (
            "select name, count(*) filter (where use = 'shown') as shown from swarm.function_uses group by name"
            " having count(*) filter (where use = 'shown') >= $1 and count(*) filter (where use <> 'shown') = 0"
        )
        return {row["name"]: row["shown"] for row in await patiently(lambda: self._pool.fetch(query, least))}
