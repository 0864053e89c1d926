"""Measure the gate: what it lets in of right, wrong and cheating code, with both sides' tests and with the author's.

The functions lie in benchmarks/gate_tasks/: of each the right code, its author's tests, tests by the description alone,
and five mutants, one plausible mistake each. Six cheats are tried on every one of them.

    python -m benchmarks.gate [--only NAME]
"""

import argparse
import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from swarm.functions.gate import Gate
from swarm.functions.grants import Grants
from swarm.functions.records import Case, Function, Origin
from swarm.functions.running import Running
from swarm.sandbox import Limits
from swarm.sandbox.packages import Packages
from swarm.sandbox.warm import close_warm

_TASKS = Path(__file__).parent / "gate_tasks"
_LIMITS = Limits(wall_seconds=2, cpu_seconds=1)
_KINDS = {"right": "right code, kept out", "mutant": "mutants, let in", "cheat": "cheats, let in"}
CHEATS = {
    "knows the author's tests": "def {name}(**given):\n    return {table}.get(repr(sorted(given.items())))\n",
    "equals everything": (
        "class Any(int):\n    __hash__ = None\n    def __eq__(self, other): return True\n"
        "def {name}(**given):\n    return Any(7)\n"
    ),
    "ends with status 0": "import os\ndef {name}(**given):\n    os._exit(0)\n",
    "writes the result it wants": (
        "import os\ndef {name}(**given):\n    os.write(3, b'{{\"result\": true}}\\n')\n    os._exit(0)\n"
    ),
    "patches what compares": (
        "import builtins, json\ndef {name}(**given):\n    builtins.all = builtins.any = lambda *_: True\n"
        "    json.dumps = lambda *_, **__: '{{\"result\": null}}'\n    return None\n"
    ),
    "never ends": "def {name}(**given):\n    while True: pass\n",
}
Told = dict[str, Any]


async def main() -> None:
    """Measure and print counts, and each code that was judged wrongly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only")
    only = parser.parse_args().only
    tasks = [task for task in _tasks() if only in (None, task["name"])]
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        gate = Gate(Running(Packages(Path(folder)), limits=_LIMITS), Grants())
        for task in tasks:
            for kind, code in _codes(task):
                counts += await _judge(gate, task, kind, code)
        close_warm()
    print(f"{len(tasks)} functions, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'':<24} {'both sides tests':>20} {'the author alone':>20}")
    for kind, title in _KINDS.items():
        shares = [counts[f"{kind} wrong {side}"] for side in ("both", "author")]
        said = [f"{count} of {counts[kind]} ({100 * count / max(counts[kind], 1):.1f} %)" for count in shares]
        print(f"{title:<24} {said[0]:>20} {said[1]:>20}")


def _tasks() -> list[Told]:
    return [task for path in sorted(_TASKS.glob("*.yaml")) for task in yaml.safe_load(path.read_text(encoding="utf-8"))]


def _codes(task: Told) -> Iterator[tuple[str, str]]:
    yield "right", task["code"]
    for old, new in task["mutants"]:
        assert task["code"].count(old) == 1, f"{task['name']}: {old!r}"
        yield "mutant", task["code"].replace(old, new)
    table = {repr(sorted(case["arguments"].items())): case.get("expected") for case in task["author"]}
    for cheat in CHEATS.values():
        yield "cheat", cheat.format(name=task["name"], table=table)


async def _judge(gate: Gate, task: Told, kind: str, code: str) -> Counter[str]:
    counts = Counter({kind: 1})
    for side in ("both", "author"):
        judged = await gate.judge(_function(task, code, with_independent=side == "both"))
        # The author's tests alone may be too few to prove anything, which is not what is compared here.
        passed = judged.passed or (side == "author" and {each.kind for each in judged.failures} == {"vacuous"})
        if passed != (kind == "right"):
            counts[f"{kind} wrong {side}"] += 1
            if side == "both":
                print(
                    f"{task['name']}: {kind} {'let in' if passed else 'kept out'}:\n{code if passed else judged.text}"
                )
    return counts


def _function(task: Told, code: str, with_independent: bool) -> Function:
    told = {name: task[name] for name in ("name", "description", "parameters", "returns")}
    cases = _cases(task, "author") + (_cases(task, "independent") if with_independent else [])
    return Function.model_validate({**told, "code": code, "test_cases": cases})


def _cases(task: Told, origin: Origin) -> list[Case]:
    return [Case.model_validate({**case, "origin": origin}) for case in task[origin]]


if __name__ == "__main__":
    asyncio.run(main())
