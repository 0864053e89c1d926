"""Relations: what a model has found in passages, entities and how they are related; kept, and forgotten with them.

A model's word is not enough: an entity counts only where its name stands in the passage.
"""

import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field, StringConstraints

from swarm.kept import like
from swarm.memory.catalogue import LOCK
from swarm.memory.names import name_of
from swarm.nodes import Noun
from swarm.outages import fetch, patiently
from swarm.text.models import CleanText
from swarm.words import folded, split

if TYPE_CHECKING:
    import asyncpg

    Pool = asyncpg.Pool[asyncpg.Record]

_NO_WORD = re.compile(r"[^\w' -]+")
_RELATION_WORDS = 6

Words = Annotated[CleanText, StringConstraints(max_length=120)]


class Entity(Noun):
    """Somebody or something that a passage speaks of."""

    name: Words
    kind: Annotated[CleanText, StringConstraints(max_length=40)]


class Relation(Noun):
    """How two of them are related: `subject` and `object` are names."""

    subject: Words
    relation: Words
    object: Words


class Extracted(Noun):
    """What a model finds in one passage."""

    entities: Annotated[tuple[Entity, ...], Field(max_length=20)]
    relations: Annotated[tuple[Relation, ...], Field(max_length=20)]


class Waiting(NamedTuple):
    """A passage that no model was asked about."""

    id: int
    uri: str
    title: str
    text: str


def sound(found: Extracted, text: str) -> Extracted:
    """Return what the passage bears out: names that stand in it, and relations between them, in a few plain words."""
    there = f" {' '.join(folded(word) for word in split(text))} "
    entities = {name_of(each.name): each for each in found.entities}
    kept = {name: each for name, each in entities.items() if name and f" {name} " in there}
    relations = [
        each.model_copy(update={"relation": _plain(each.relation)})
        for each in found.relations
        if name_of(each.subject) in kept and name_of(each.object) in kept and _plain(each.relation)
    ]
    told = tuple(each for each in relations if name_of(each.subject) != name_of(each.object))
    return Extracted(entities=tuple(kept.values()), relations=told)


async def waiting(pool: "Pool", below: str, most: int) -> list[Waiting]:
    """Return passages of items whose address begins like this that no model was asked about, the oldest first."""
    query = (
        "select p.id, i.uri, p.title, p.text from swarm.passages p join swarm.items i on i.id = p.item"
        " where i.uri like $1 and not exists (select 1 from swarm.asked a where a.passage = p.id)"
        " order by p.id limit $2"
    )
    return [Waiting(**row) for row in await fetch(pool, query, f"{like(below)}%", most)]


async def count_waiting(pool: "Pool", below: str) -> int:
    """Return how many there are."""
    query = (
        "select count(*) from swarm.passages p join swarm.items i on i.id = p.item"
        " where i.uri like $1 and not exists (select 1 from swarm.asked a where a.passage = p.id)"
    )
    return int(await patiently(lambda: pool.fetchval(query, f"{like(below)}%")))


async def enter(pool: "Pool", passage: int, found: Extracted) -> None:
    """Keep what was found in a passage, whole or not at all; a passage that is gone by now has nothing."""

    async def entered() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
            asked = (
                "insert into swarm.asked select id from swarm.passages where id = $1 on conflict do nothing returning 1"
            )
            if not await connection.fetchval(asked, passage):
                return
            ids: dict[str, int] = {}
            for each in found.entities:
                name = name_of(each.name)
                ids[name] = await connection.fetchval(
                    "insert into swarm.entities (name, title, kind) values ($1, $2, $3)"
                    " on conflict (name) do update set name = excluded.name returning id",
                    *(name, each.name, each.kind),
                )
            await connection.executemany(
                "insert into swarm.occurrences values ($1, $2)", [(passage, id) for id in ids.values()]
            )
            await connection.executemany(
                "insert into swarm.relations values ($1, $2, $3, $4) on conflict do nothing",
                [
                    (passage, ids[name_of(each.subject)], each.relation, ids[name_of(each.object)])
                    for each in found.relations
                ],
            )

    await patiently(entered)


async def of_item(pool: "Pool", uri: str, most: int = 100) -> list[Relation]:
    """Return the relations found in an item, in the order of its passages."""
    query = (
        "select s.title as subject, r.relation, o.title as object from swarm.relations r"
        " join swarm.passages p on p.id = r.passage join swarm.items i on i.id = p.item"
        " join swarm.entities s on s.id = r.subject join swarm.entities o on o.id = r.object"
        " where i.uri = $1 order by p.number, r.subject, r.relation limit $2"
    )
    return [Relation(**row) for row in await fetch(pool, query, uri, most)]


async def drop(pool: "Pool", below: str) -> None:
    """Forget what was found in items whose address begins like this, so that a model is asked anew."""
    some = "(select p.id from swarm.passages p join swarm.items i on i.id = p.item where i.uri like $1)"

    async def dropped() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
            for table in ("relations", "occurrences", "asked"):
                await connection.execute(f"delete from swarm.{table} where passage in {some}", f"{like(below)}%")

    await patiently(dropped)


def _plain(relation: str) -> str:
    return " ".join(_NO_WORD.sub(" ", relation.replace("_", " ")).casefold().split()[:_RELATION_WORDS])
