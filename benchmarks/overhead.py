"""Measure what a node costs over bare Prefect: time and REST calls, a tree of `solve` against one of plain subflows.

Both trees run in this process, one after the other and alternating, on one fresh local stack; the model answers at
once. Printed: medians, their ratio, and the REST calls a node makes, by route.

    python -m benchmarks.overhead [--depth 4] [--fan 3] [--rounds 3]
"""

import argparse
import asyncio
import logging
import os
import platform
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.trees import PROFILES, answer_with_tree
from swarm import stack
from swarm.settings import load_settings
from swarm.stack import worker
from swarm.stack.home import Home
from swarm.testing import Asked, ScriptedModel

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[0-9a-z-]*[0-9a-f]{16}[0-9a-z-]*")


def main() -> None:
    """Start a stack, run both trees in turn, print what was measured, stop the stack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--fan", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()

    def instant(asked: Asked) -> object:
        return answer_with_tree(asked, given.fan, given.depth)

    with tempfile.TemporaryDirectory(prefix="sw-") as home, ScriptedModel(instant) as model:
        os.environ.update(
            SWARM_HOME=home, OPENAI_BASE_URL=model.base_url, SWARM_MODEL="instant", SWARM_PROFILES=PROFILES
        )
        settings = load_settings()
        stack.up(settings, lambda line: None)
        try:
            found = stack.connection(settings)
            os.environ.update(
                worker.environment(Home(settings.swarm_home), settings, found.api_url, found.database_url)
            )
            os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
            asyncio.run(_measure(given.depth, given.fan, given.rounds))
        finally:
            stack.down(settings, lambda line: None)


async def _measure(depth: int, fan: int, rounds: int) -> None:
    import prefect

    from benchmarks.bare import bare
    from flows.solve import solve
    from swarm.nodes import Limits, Node

    logging.disable(logging.ERROR)
    nodes = sum(fan**level for level in range(depth + 1))
    calls = _count_calls()

    async def ours() -> None:
        limits = Limits(nodes=nodes, depth=depth)
        node = Node(run=f"b{time.monotonic_ns():x}"[-8:], goal="Visit all", limits=limits, workspace=tempfile.mkdtemp())
        state = await solve(node, return_state=True)
        assert state.is_completed(), state

    async def floor() -> None:
        await bare("0", depth, fan)

    for tree in (floor, ours):
        await _timed(tree, calls)  # the first of a process pays for imports and connections
    seconds: dict[str, list[float]] = {"swarm": [], "bare": []}
    routes: dict[str, Counter[str]] = {}
    for _ in range(rounds):
        for name, tree in (("bare", floor), ("swarm", ours)):
            taken, routes[name] = await _timed(tree, calls)
            seconds[name].append(taken)
            print(f"  {name:<5} {1000 * taken / nodes:7.0f} ms a node", file=sys.stderr)
    _print(nodes, seconds, routes, prefect.__version__)


async def _timed(tree: Callable[[], Awaitable[None]], calls: Counter[str]) -> tuple[float, Counter[str]]:
    calls.clear()
    started = time.perf_counter()
    await tree()
    return time.perf_counter() - started, calls.copy()


def _count_calls() -> Counter[str]:
    """Count what Prefect's own HTTP client sends, by method and route."""
    from prefect.client import base

    calls: Counter[str] = Counter()

    def counting(send: Callable[..., Any]) -> Callable[..., Any]:
        def counted(self: Any, request: Any, *more: Any, **named: Any) -> Any:
            path = request.url.path.removeprefix("/api")
            calls[f"{request.method} {_ID.sub('{id}', path)}"] += 1
            return send(self, request, *more, **named)

        return counted

    for client in (base.PrefectHttpxAsyncClient, base.PrefectHttpxSyncClient):
        client.send = counting(client.send)  # type: ignore[method-assign]
    return calls


def _print(nodes: int, seconds: dict[str, list[float]], routes: dict[str, Counter[str]], version: str) -> None:
    median = {name: statistics.median(values) for name, values in seconds.items()}
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"machine: {os.cpu_count()} cores, Python {platform.python_version()}, Prefect {version}, load {load}")
    print(f"tree: {nodes} nodes, {len(seconds['swarm'])} rounds, alternating")
    for name in ("bare", "swarm"):
        each = 1000 * median[name] / nodes
        print(f"{name:<6} {each:6.0f} ms a node, {sum(routes[name].values()) / nodes:5.1f} REST calls a node")
    print(f"ratio of medians: {median['swarm'] / median['bare']:.2f}")
    print("\nREST calls a node (swarm, bare):")
    for route in sorted(set(routes["swarm"]) | set(routes["bare"])):
        print(f"  {routes['swarm'][route] / nodes:5.2f} {routes['bare'][route] / nodes:5.2f}  {route}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    main()
