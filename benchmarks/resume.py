"""Measure what a kill and a failed leaf cost: steps and model calls repeated, time to resume, nodes that run again.

A tree is run whole, then again and killed (SIGKILL) when nine tenths of its nodes have reported, then resumed.
Steps are counted at their writes (swarm/points.py), model calls at the endpoint; what was in flight at the kill is
told apart by whether it had been written. Then a larger tree has one leaf that gives up, and is retried. The model
answers at once.

    python -m benchmarks.resume [--fans 3,4,4,5] [--retry-fans 2,5,5,5,3]
"""

import argparse
import asyncio
import os
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.trees import PROFILES, answer_with_fans
from integrations.records import Records
from integrations.reviving import resume, retry
from swarm import stack
from swarm.carried import carry
from swarm.holding import holder
from swarm.keys import digest
from swarm.nodes import Limits, Node
from swarm.settings import Settings, load_settings
from swarm.testing import Asked, ScriptedModel

_KILLED_AT = 0.9
_PAUSE = 0.2


@dataclass
class Bench:
    """One tree on the stack, and what its model was asked."""

    records: Records
    settings: Settings
    fans: tuple[int, ...]
    points: Path

    @property
    def nodes(self) -> int:
        """How many nodes the tree has."""
        count = level = 1
        for fan in self.fans:
            level *= fan
            count += level
        return count

    async def start(self) -> str:
        """Start the tree anew and return the run's name."""
        run = secrets.token_hex(4)
        carry(self.settings, run)
        limits = Limits(nodes=self.nodes, depth=len(self.fans))
        (self.points / "reached").unlink(missing_ok=True)
        await self.records.start(Node(run=run, goal="Visit all", limits=limits, workspace=tempfile.mkdtemp()))
        return run

    async def running(self, run: str) -> float:
        """Wait until a process has the run; returns the time."""
        while await holder(self.records.pool, run) is None:  # noqa: ASYNC110  a remote state
            await asyncio.sleep(_PAUSE)
        return time.monotonic()

    async def ended(self, run: str) -> float:
        """Wait for the end of the run; returns the time."""
        while not await self.records.runs.ended(run):  # noqa: ASYNC110  a remote state
            await asyncio.sleep(_PAUSE)
        return time.monotonic()

    async def reported(self, run: str, count: int) -> None:
        """Wait until so many nodes have reported."""
        query = "select count(*) from swarm.results where key like $1"
        while await self.records.pool.fetchval(query, f"{run}/%/report") < count:  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE / 4)

    def writes(self) -> list[str]:
        """Return the writes of steps, facts and reports so far, `NAME before` or `NAME after`, in order."""
        return (self.points / "reached").read_text(encoding="utf-8").splitlines()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fans", default="3,4,4,5")
    parser.add_argument("--retry-fans", default="2,5,5,5,3")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sw-") as home:
        points = Path(home) / "points"
        points.mkdir()
        os.environ.update(
            SWARM_HOME=home, SWARM_POINTS=str(points), SWARM_MODEL="instant", OPENAI_API_KEY="none-needed"
        )
        os.environ.update(SWARM_AUTO_RESUME="0", OPENAI_BASE_URL="http://127.0.0.1:9/v1", SWARM_PROFILES=PROFILES)
        settings = load_settings()
        stack.up(settings, lambda line: None)
        try:
            asyncio.run(_killed(settings, _fans(given.fans), points))
            asyncio.run(_retried(settings, _fans(given.retry_fans), points))
        finally:
            stack.down(settings, lambda line: None)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _fans(text: str) -> tuple[int, ...]:
    return tuple(int(fan) for fan in text.split(","))


async def _killed(settings: Settings, fans: tuple[int, ...], points: Path) -> None:
    def instant(asked: Asked) -> object:
        return answer_with_fans(asked, fans)

    with ScriptedModel(instant) as model:
        settings = settings.model_copy(update={"openai_base_url": model.base_url})
        async with await Records.open(stack.connection(settings)) as records:
            bench = Bench(records, settings, fans, points)
            whole = -await bench.running(run := await bench.start()) + await bench.ended(run)
            model.requests.clear()
            begun = await bench.running(run := await bench.start())
            await bench.reported(run, int(_KILLED_AT * bench.nodes))
            found = await holder(records.pool, run)
            assert found is not None
            os.kill(found.pid, signal.SIGKILL)
            killed, before = time.monotonic(), bench.writes()
            while await holder(records.pool, run):  # noqa: ASYNC110
                await asyncio.sleep(_PAUSE)
            asked = _questions(model)
            begun_again = time.monotonic()
            await resume(records, run)
            back = await bench.running(run)
            ended = await bench.ended(run)
            view = await records.view(run)
        assert view.status == "done", view.status
        steps = _repeated(before, bench.writes()[len(before) :], "result ")
        calls = _repeated(before, bench.writes()[len(before) :], "tape ")
        twice = sum((_questions(model) & asked).values()) - sum(asked.values())
    print(f"tree of {bench.nodes} nodes, killed when {_KILLED_AT:.0%} had reported")
    print(f"whole run, not killed             {whole:7.1f} s")
    print(f"until the kill                    {killed - begun:7.1f} s")
    print(f"resumed, to its process           {back - begun_again:7.1f} s")
    taken = ended - begun_again
    print(f"resumed, to its end               {taken:7.1f} s = {taken / whole:.1%} of the whole")
    print(f"steps repeated that were written  {steps:5d}   (in flight, begun and not written: {_in_flight(before)})")
    print(f"model calls repeated, were taped  {calls:5d}   (answered and not taped: {max(0, twice)})")


async def _retried(settings: Settings, fans: tuple[int, ...], points: Path) -> None:
    leaf = "0" + "".join(f".{fan}" for fan in fans)
    mended: list[bool] = []

    def instant(asked: Asked) -> object:
        return answer_with_fans(asked, fans, fails="" if mended else leaf)

    with ScriptedModel(instant) as model:
        settings = settings.model_copy(update={"openai_base_url": model.base_url})
        async with await Records.open(stack.connection(settings)) as records:
            bench = Bench(records, settings, fans, points)
            whole = -await bench.running(run := await bench.start()) + await bench.ended(run)
            assert (await records.view(run)).status == "failed"
            mended.append(True)
            before, asked = len(await _flow_runs(records, run)), len(model.requests)
            begun = time.monotonic()
            await retry(records, run, None, "", None)
            await bench.running(run)
            again = await bench.ended(run) - begun
            assert (await records.view(run)).status == "done"
            ran = 1 + len(await _flow_runs(records, run)) - before
            paths = {each.node for each in model.requests[asked:]}
    print(f"\ntree of {bench.nodes} nodes, one leaf at depth {len(fans)} failed, retried")
    print(f"whole run                         {whole:7.1f} s")
    print(f"retry, to its end                 {again:7.1f} s = {again / whole:.1%} of the whole")
    print(f"nodes run by the retry            {ran:5d}   (the path has {len(fans) + 1}: {', '.join(sorted(paths))})")


async def _flow_runs(records: Records, run: str) -> list[dict[str, object]]:
    tags = {"tags": {"all_": ["swarm", f"run:{run}", "kind:solve"]}}
    return await records.runs._all("flow_runs/filter", {"flow_runs": tags})


def _repeated(before: list[str], after: list[str], kind: str) -> int:
    """Count what was written before the kill and is written again after it; reports and facts are steps too."""
    written = {line.removesuffix(" after") for line in before if line.startswith(kind) and line.endswith(" after")}
    again = {line.removesuffix(" before") for line in after if line.endswith(" before")}
    return len(written & again - {"result of a flow run"})


def _in_flight(before: list[str]) -> int:
    begun = Counter(line.rpartition(" ")[0] for line in before)
    return sum(1 for count in begun.values() if count % 2)


def _questions(model: ScriptedModel) -> Counter[str]:
    return Counter(digest(each.node, each.role, [str(m) for m in each.messages]) for each in model.requests)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    main()
