"""What leaves the machine: whether an address that a node wants may be asked, by what its run has read so far."""

from prefect import task

from swarm.errors import SourceRefused
from swarm.functions.grants import parse_grants
from swarm.kept import like
from swarm.nodes import Node
from swarm.pools import pool
from swarm.recorded import read_step
from swarm.run.outgoing import Outgoing, addresses_in, asked_for, question
from tasks.context import Run, open_run, reach_out
from tasks.keys import step_key

_READ = "%/(read|retrieve|call|find|command|try-command|check-command|execute|shapes|current|changes|edit|keep)-%"
_FACTS = "%/fact-(briefing|answer)-%"


async def outgoing_of(run: Run) -> Outgoing:
    """Return what may leave a run now; what was kept since the last look is taken in."""
    database, seen = await pool(), run.seen
    rows = await database.fetch(
        "select key from swarm.results where key like $1 and (key similar to $2 or key similar to $3)",
        *(f"{like(run.id)}/%", _READ, _FACTS),
    )
    new = [row["key"] for row in rows if row["key"] not in seen.steps]
    written = await database.fetch("select distinct path from swarm.file_changes where run = $1", run.id)
    seen.written = frozenset(row["path"] for row in written)
    for row in await database.fetch("select key, data from swarm.results where key = any($1)", new):
        step = read_step(row["key"], bytes(row["data"]))
        if step is not None:
            seen.take(step.name, step.result)
        seen.steps.add(row["key"])
    told = " ".join([run.words, *(each.note or "" for each in run.course.retries)])
    return Outgoing(
        mode=run.settings.swarm_web,
        hosts=parse_grants(run.settings.swarm_grants).network,
        known=frozenset(seen.named | seen.observed) | addresses_in(told),
        allowed=frozenset(run.addresses),
        private=seen.private,
    )


@task(name="address", cache_key_fn=step_key, persist_result=True, task_run_name="see what would leave")
async def address_to_allow(node: Node, turn: int, number: int, uri: str, query: str) -> str:
    """Return what a person must be asked before an address is; empty where it may be, or where nobody can allow it."""
    outgoing = await outgoing_of(await reach_out(node))
    return question(uri, query) if outgoing.verdict(uri, query) == "ask" else ""


async def allow_address(node: Node, uri: str, query: str) -> None:
    """Note that a person has said yes to an address: nobody is asked for it again in this run."""
    (await open_run(node)).addresses.add(asked_for(uri, query))


async def check_address(run: Run, uri: str, query: str) -> None:
    """Raise SourceRefused for an address that may not be asked."""
    if why := (await outgoing_of(run)).refusal(uri, query):
        raise SourceRefused(why)
