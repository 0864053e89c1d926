"""The catalogue: items and their passages, put and forgotten whole or not at all, with all that is indexed of them."""

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm.errors import SourceNotFound
from swarm.kept import like
from swarm.keys import digest
from swarm.memory import postings
from swarm.memory.names import name_of
from swarm.memory.records import Change, Document, Item
from swarm.outages import execute, fetch, patiently
from swarm.passages import Passage

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

LOCK = 7_926_237
"""The advisory lock of whoever changes what passages there are, or what hangs on them."""
_BATCH = 200
_ITEM = (
    "select i.uri, i.title, i.kind, i.place, i.how_to_get, i.summary, i.hash, i.size, i.provenance, i.created,"
    " i.checked, (select count(*) from swarm.passages p where p.item = i.id) as passages from swarm.items i"
)
_PASSAGE = (
    "select p.id, i.uri, p.title, i.place, p.text, p.page, p.first_line, p.last_line"
    " from swarm.passages p join swarm.items i on i.id = p.item"
)


class _Row(NamedTuple):
    """A passage that is to be entered."""

    item: int
    number: int
    passage: Passage
    hash: str


class Catalogue:
    """Everything that is remembered. Whoever changes it takes turns, over all processes."""

    def __init__(self, pool: "Pool") -> None:
        self.pool = pool

    async def put(self, documents: Sequence[Document]) -> Change:
        """Enter documents; of what is there already only what is new or gone is touched, in every index."""
        change = Change()
        unique = list({document.uri: document for document in documents}.values())
        for at in range(0, len(unique), _BATCH):
            batch = unique[at : at + _BATCH]
            change += await patiently(partial(self._put, batch))
        return change

    async def forget(self, uri: str) -> int:
        """Forget an item, or all items below a folder; returns how many. Nothing of them stays in any index."""
        gone = 0
        while found := await self._some(uri):
            await patiently(partial(self._forget, found))
            gone += len(found)
        await execute(self.pool, "delete from swarm.sources where uri = $1", uri)
        if gone:
            await execute(
                self.pool, "delete from swarm.folders where starts_with($1, uri) or starts_with(uri, $1)", uri
            )
        return gone

    async def item(self, uri: str) -> Item:
        """Return one item; raises SourceNotFound."""
        row = await patiently(lambda: self.pool.fetchrow(f"{_ITEM} where i.uri = $1", uri))
        if row is None:
            raise SourceNotFound(f"nothing is remembered of {uri}; `swarm memory ls` lists what is")
        return _item(row)

    async def items(self, below: str = "", most: int = 100_000) -> list[Item]:
        """Return the items whose address begins like this, by address."""
        query = f"{_ITEM} where i.uri like $1 order by i.uri limit $2"
        return [_item(row) for row in await fetch(self.pool, query, f"{like(below)}%", most)]

    async def is_empty(self) -> bool:
        """Say whether nothing is remembered."""
        return not await patiently(lambda: self.pool.fetchval("select exists (select 1 from swarm.items)"))

    async def content(self, uri: str) -> str | None:
        """Return the text of an item that lies nowhere but here."""
        found = await patiently(lambda: self.pool.fetchval("select content from swarm.items where uri = $1", uri))
        return None if found is None else str(found)

    async def hashes(self, uris: Sequence[str]) -> dict[str, str]:
        """Return what is remembered of these addresses, as hashes of their texts."""
        query = "select uri, hash from swarm.items where uri = any($1)"
        rows = await fetch(self.pool, query, list(uris))
        return {row["uri"]: row["hash"] for row in rows}

    async def text(self, uri: str) -> list[Passage]:
        """Return all passages of an item in order; raises SourceNotFound."""
        await self.item(uri)
        rows = await fetch(self.pool, f"{_PASSAGE} where i.uri = $1 order by p.number", uri)
        return [_passage(row, 0.0) for row in rows]

    async def passages(self, scores: Mapping[int, float]) -> list[Passage]:
        """Return passages by id with their scores, in the order given; those that are gone by now are left out."""
        rows = await fetch(self.pool, f"{_PASSAGE} where p.id = any($1)", list(scores))
        by_id = {row["id"]: row for row in rows}
        return [_passage(by_id[id], score) for id, score in scores.items() if id in by_id]

    async def every(self, below: str = "") -> AsyncIterator[tuple[Item, list[Passage]]]:
        """Yield every item with its passages, by address."""
        after = ""
        query = f"{_ITEM} where i.uri like $1 and i.uri > $2 order by i.uri limit 200"
        while rows := await fetch(self.pool, query, f"{like(below)}%", after):
            for row in rows:
                yield _item(row), await self.text(row["uri"])
            after = rows[-1]["uri"]

    async def _put(self, documents: Sequence[Document]) -> Change:
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
            known = {row["uri"]: row for row in await _known(connection, documents)}
            same = [each for each in documents if each.uri in known and known[each.uri]["hash"] == each.hash]
            await connection.executemany(
                "update swarm.items set checked = now(), provenance = $2::jsonb where uri = $1",
                [(each.uri, json.dumps(each.provenance)) for each in same],
            )
            other = [each for each in documents if each not in same]
            ids = await _upsert(connection, other)
            changed = [each for each in other if each.uri in known]
            told = await _settle(connection, {ids[each.uri]: each for each in other}, bool(changed))
            return told + Change(new=len(other) - len(changed), changed=len(changed), same=len(same))

    async def _some(self, uri: str) -> list[int]:
        folder = uri if uri.endswith("/") else f"{uri}/"
        query = "select id from swarm.items where uri = $1 or uri like $2 order by id limit 50"
        return [row["id"] for row in await fetch(self.pool, query, uri, f"{like(folder)}%")]

    async def _forget(self, items: Sequence[int]) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
            rows = await connection.fetch("select id, title, text from swarm.passages where item = any($1)", items)
            await _unindex(connection, rows)
            await connection.execute("delete from swarm.items where id = any($1)", items)


async def _known(connection: "Connection", documents: Sequence[Document]) -> "list[asyncpg.Record]":
    return await connection.fetch("select id, uri, hash from swarm.items where uri = any($1)", _uris(documents))


async def _upsert(connection: "Connection", documents: Sequence[Document]) -> dict[str, int]:
    """Write the items' rows and return their ids. A new title has to be looked for in what was there before."""
    columns = "uri, title, kind, place, how_to_get, summary, hash, size, content, provenance, name"
    rows = [
        (
            *(each.uri, each.headline, each.kind, each.where, each.how_to_get, each.summary, each.hash),
            *(sum(len(passage.text) for passage in each.passages), each.content, json.dumps(each.provenance)),
            name_of(each.headline),
        )
        for each in documents
    ]
    kinds = [*(["text[]"] * 7), "int[]", "text[]", "jsonb[]", "text[]"]
    given = ", ".join(f"${number}::{kind}" for number, kind in enumerate(kinds, start=1))
    told = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ")[1:])
    found = await connection.fetch(
        f"insert into swarm.items ({columns}) select * from unnest({given}) on conflict (uri) do update set {told},"
        " checked = now(), linked = items.linked and items.name = excluded.name returning id, uri",
        *([list(column) for column in zip(*rows, strict=True)] if rows else [[]] * len(kinds)),
    )
    return {row["uri"]: row["id"] for row in found}


async def _settle(connection: "Connection", documents: Mapping[int, Document], is_known: bool) -> Change:
    """Bring the passages of items in line with their documents."""
    there: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    if is_known:
        query = "select id, item, hash from swarm.passages where item = any($1) order by number desc"
        for row in await connection.fetch(query, list(documents)):
            there[row["item"], row["hash"]].append(row["id"])
    new: list[_Row] = []
    kept: list[tuple[int, int, Passage]] = []
    for item, document in documents.items():
        for number, passage in enumerate(document.passages):
            hash = digest(passage.title, passage.text)
            if there[item, hash]:
                kept.append((there[item, hash].pop(), number, passage))
            else:
                new.append(_Row(item, number, passage, hash))
    gone = [id for ids in there.values() for id in ids]
    if gone:
        await _unindex(connection, await connection.fetch("select * from swarm.passages where id = any($1)", gone))
        await connection.execute("delete from swarm.passages where id = any($1)", gone)
    await connection.executemany(
        "update swarm.passages set number = $2, page = $3, first_line = $4, last_line = $5 where id = $1",
        [(id, number, each.page, *(each.lines or (None, None))) for id, number, each in kept],
    )
    await _insert(connection, new)
    return Change(added=len(new), kept=len(kept), removed=len(gone))


async def _insert(connection: "Connection", rows: Sequence[_Row]) -> None:
    first = await connection.fetch(
        "select nextval(pg_get_serial_sequence('swarm.passages', 'id')) as id from generate_series(1, $1)", len(rows)
    )
    ids = [row["id"] for row in first]
    columns = ["id", "item", "number", "title", "text", "hash", "page", "first_line", "last_line"]
    records = [
        (id, row.item, row.number, row.passage.title, row.passage.text, row.hash, row.passage.page)
        + (row.passage.lines or (None, None))
        for id, row in zip(ids, rows, strict=True)
    ]
    await connection.copy_records_to_table("passages", schema_name="swarm", columns=columns, records=records)
    counts = {id: postings.indexed(row.passage.title, row.passage.text) for id, row in zip(ids, rows, strict=True)}
    await postings.enter(connection, counts)


async def _unindex(connection: "Connection", rows: "Iterable[asyncpg.Record]") -> None:
    gone: dict[int, Counter[str]] = {row["id"]: postings.indexed(row["title"], row["text"]) for row in rows}
    await postings.remove(connection, gone)


def _uris(documents: Iterable[Document]) -> list[str]:
    return [document.uri for document in documents]


def _item(row: Any) -> Item:
    told = {name: value for name, value in row.items() if name not in ("place", "provenance")}
    return Item(**told, where=row["place"], provenance=json.loads(row["provenance"]))


def _passage(row: Any, score: float) -> Passage:
    lines = None if row["first_line"] is None else (row["first_line"], row["last_line"])
    return Passage(
        uri=row["uri"],
        title=row["title"],
        where=row["place"],
        text=row["text"],
        score=round(score, 4),
        page=row["page"],
        lines=lines,
    )
