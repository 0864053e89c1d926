"""Pruning: what ended runs have left behind goes together, and nothing else does."""

import asyncio
import json

import pytest

from integrations.pruning import prune
from integrations.records import Records
from swarm.testing import ScriptedModel
from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import finish, part, script, slowly, split, write_text

pytestmark = pytest.mark.engine

_TABLES = ("results", "tape", "usage", "retries", "runs")


async def left(grove: Grove, run: str) -> dict[str, int]:
    """Return how much there is of a run, place by place."""
    of_run = {"flow_runs": {"tags": {"all_": [f"run:{run}"]}}}
    found = {name: len(await grove.records(f"{name}/filter", of_run)) for name in ("flow_runs", "artifacts")}
    found["folder"] = (grove.settings.swarm_home / "runs" / run).exists()
    async with await Records.open(grove.stack) as records:
        for table in _TABLES:
            which = "key like $1 || '/%'" if table == "results" else "run = $1"
            found[table] = await records.pool.fetchval(f"select count(*) from swarm.{table} where {which}", run)
    return {name: count for name, count in found.items() if count}


async def events(grove: Grove, run: str) -> int:
    """Return how many events Prefect has that tell of a run."""
    async with await Records.open(grove.stack) as records:
        told = "select count(*) from public.events where (resource::text || related::text) like '%' || $1 || '%'"
        return int(await records.pool.fetchval(told, run))


async def test_a_pruned_run_is_gone_from_everywhere_but_its_persons_folder(grove: Grove) -> None:
    """One under way is kept, one that was forked too; what a kill left half done is finished the next time."""
    told = script(
        {
            "0": [split(part("a", "Write"), part("b", "Ask Bert")), finish("Both.")],
            "0.1": {"decide": [write_text("a.md"), finish("Written.")], "write": ["One."]},
            "0.2": [finish("Bert says no.")],
        }
    )
    tree = await grove.grown(told)
    with ScriptedModel(told) as model:
        code, said, words = await grove.say("fork", tree.run, "--node", "0.2", "--json", base_url=model.base_url)
        assert code == 0, words
    fork = json.loads(said)["run"]
    async with grove.planted(script({"0": [slowly(90, finish("Never."))]})) as busy:
        await busy.until(lambda view: bool(busy.model.requests))
        whole = await left(grove, tree.run)
        assert set(whole) == {"flow_runs", "artifacts", "folder", "results", "tape", "usage", "runs"}

        code, said, _ = await grove.say("prune", tree.run, busy.run, "--json")
        kept = json.loads(said)
        assert (code, kept["pruned"]) == (1, [])
        assert f"run {fork} was made of it" in kept["kept"][tree.run] and "under way" in kept["kept"][busy.run]
        code, said, _ = await grove.say("prune", "--older-than", "0d", "--dry-run", "--json")
        assert code == 0 and {tree.run, fork} <= set(json.loads(said)["pruned"])
        assert await left(grove, tree.run) == whole

        # Prefect writes events down in batches, on a busy machine late.
        known = [-1]
        while (now := await events(grove, tree.run)) != known[-1] or now <= 5:
            known.append(now)
            assert len(known) < 20
            await asyncio.sleep(3)
        # As a kill would leave it that came before the rows of the database.
        await busy.records.runs.delete(tree.run)
        assert set(await left(grove, tree.run)) == {"folder", "results", "tape", "usage", "runs"}
        async with grove.watched(tree.run, tree.model) as look:
            homes = grove.settings.swarm_home / "runs"
            await look.records.pool.execute(
                "update swarm.runs set created = now() - interval '1 hour' where run = $1", tree.run
            )
            gone = await prune(look.records, [tree.run, fork], None, homes, dry_run=False)
        assert [each.kept for each in gone] == ["", ""]
        assert await left(grove, tree.run) == await left(grove, fork) == {}
        assert await events(grove, tree.run) == 0
        assert (grove.folder / tree.run / "a.md").read_text() == "One.\n"
        code, _, words = await grove.say("prune", tree.run)
        assert code == 2 and f"no run is called '{tree.run}'" in words
        assert await left(grove, busy.run)
