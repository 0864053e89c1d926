"""Measure whether the model at hand can teach the swarm: five small functions, judged by tests that it never sees.

Each is a run of its own whose goal is to write the function; without a key the embedded model answers. A function that
was saved is called with the arguments of our own tests (benchmarks/taught.py), in the order of its parameters.

    python -m benchmarks.making [--minutes 10]
"""

import argparse
import asyncio
import os
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.taught import TASKS, Task
from integrations.llm.model_choice import choose
from integrations.office import running_of
from integrations.records import Records
from swarm import stack
from swarm.carried import carry
from swarm.database import connect
from swarm.errors import FunctionError
from swarm.functions.door import Caller, Door
from swarm.functions.grants import Grants
from swarm.functions.library import Library
from swarm.nodes import Limits, Node
from swarm.sandbox.warm import close_warm
from swarm.settings import Settings, load_settings

_WANTED = ("count_vowels", "gcd", "is_palindrome", "median", "weekday")


async def main() -> None:
    """Run the goals and print what came of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="most for one function")
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="sw-", ignore_cleanup_errors=True) as home:
        settings = load_settings({"swarm_home": home, "swarm_auto_resume": 0})
        await asyncio.to_thread(stack.up, settings, lambda _: None)
        print(f"model: {choose(settings).write}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        try:
            async with await Records.open(stack.connection(settings)) as records:
                for task in (task for task in TASKS if task.name in _WANTED):
                    print(await _made(settings, records, task, minutes), flush=True)
        finally:
            await asyncio.to_thread(stack.down, settings, lambda _: None)


async def _made(settings: Settings, records: Records, task: Task, minutes: float) -> str:
    started, run = time.monotonic(), secrets.token_hex(4)
    workspace = Path(settings.swarm_home) / run
    workspace.mkdir()
    carry(settings, run)
    takes = ", ".join(f"{name}: {kind}" for name, kind in task.takes.items())
    goal = f"Write and save the function {task.name}({takes}) -> {task.returns}: {task.about}"
    await records.start(Node(run=run, goal=goal, workspace=str(workspace), limits=Limits(turns=3)))
    while not (view := await records.view(run)).ended:
        await asyncio.sleep(1)
        if time.monotonic() - started > 60 * minutes:
            await records.cancel(run)
            break
    report = await records.report(view)
    made = report.functions if report else ()
    passed = [await _passes(settings, task, label) for label in made]
    took = f"{time.monotonic() - started:.0f} s, {view.usage.calls} model calls"
    return f"{task.name:<16}{', '.join(made) or 'not made':<28}{', '.join(passed) or '-':<24}{view.status:<9}{took}"


async def _passes(settings: Settings, task: Task, label: str) -> str:
    """Call a function with our own tests; says how many it passes."""
    pool = await connect(stack.connection(settings).database_url)
    library, name = Library(pool), label.partition("@")[0]
    door = Door(library, running_of(settings), Grants(), _nothing, Caller("a benchmark"))
    names = list((await library.get(name)).function.properties)
    right = 0
    for given, expected in task.independent:
        try:
            found: Any = await door.exec_function(name, dict(zip(names, given, strict=False)))
        except FunctionError as error:
            found = ValueError if "ValueError" in str(error) else error
        right += found == expected
    close_warm()
    await pool.close()
    return f"{right} of {len(task.independent)} tests"


async def _nothing(name: str, arguments: object) -> None:
    """Answer nothing."""


if __name__ == "__main__":
    asyncio.run(main())
