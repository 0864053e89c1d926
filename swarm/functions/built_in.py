"""Built-ins: the functions that ship with the swarm, entered by the same door as what it writes itself."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from swarm.errors import FunctionRefused
from swarm.functions.exchange import parse_yaml
from swarm.functions.library import Library
from swarm.functions.records import Provenance
from swarm.keys import digest

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

FOLDER = Path(__file__).parent / "builtin"


async def install(pool: "Pool") -> int:
    """Enter the built-ins that are new or have changed; returns how many, 0 at once where nothing has."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))}
    mark = f"builtin {digest(texts)}"
    if await pool.fetchval("select 1 from swarm.migrations where name = $1", mark):
        return 0
    library, count = Library(pool), 0
    for name, text in texts.items():
        with suppress(FunctionRefused):  # a person's own function of that name stays
            await library.save(parse_yaml(text, name), "builtin", Provenance(by="swarm"))
            count += 1
    await pool.execute("insert into swarm.migrations (name) values ($1) on conflict do nothing", mark)
    return count
