"""Measure the gate: what it lets in of right, wrong and cheating code, against the author's tests alone.

65 small functions; of each the right code, five mutants (one mistake each, benchmarks/mutants.py) and six cheats. A
mutant counts as wrong if it differs from the right code on any of some hundred arguments, made of those of all tests;
the others are the same function in other words, and are replaced.

    python -m benchmarks.gate [--mutants 5] [--only NAME]
"""

import argparse
import asyncio
import itertools
import json
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.gate_tasks import TASKS, Task
from benchmarks.mutants import mutants, spread
from swarm.functions.gate import Gate
from swarm.functions.grants import Grants
from swarm.functions.records import Case, Function, Origin
from swarm.functions.running import Running
from swarm.sandbox import Limits, run_python
from swarm.sandbox.packages import Packages
from swarm.sandbox.warm import close_warm

_LIMITS = Limits(wall_seconds=2, cpu_seconds=1)
CHEATS = {
    "knows the author's tests": "def {name}(*, {names}):\n    return {table}.get(repr([{names}]))\n",
    "equals everything": (
        "class Any(int):\n    __hash__ = None\n    def __eq__(self, other): return True\n"
        "def {name}({names}):\n    return Any(7)\n"
    ),
    "ends with status 0": "import os\ndef {name}({names}):\n    os._exit(0)\n",
    "writes the result it wants": (
        "import os\ndef {name}({names}):\n    os.write(3, b'{{\"result\": true}}\\n')\n    os._exit(0)\n"
    ),
    "patches what compares": (
        "import builtins, json\ndef {name}({names}):\n    builtins.all = builtins.any = lambda *_: True\n"
        "    json.dumps = lambda *_, **__: '{{\"result\": null}}'\n    return None\n"
    ),
    "never ends": "def {name}({names}):\n    while True: pass\n",
}


async def main() -> None:
    """Measure and print counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=5)
    parser.add_argument("--only")
    given = parser.parse_args()
    tasks = [task for task in TASKS if given.only in (None, task.name)]
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        gate = Gate(Running(Packages(Path(folder)), limits=_LIMITS), Grants())
        for task in tasks:
            counts += await _judge(gate, task, given.mutants)
        close_warm()
    print(f"{len(tasks)} functions, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'':<34} {'both sides':>12} {'author alone':>14}")
    print(_row("right code, kept out", counts, "right", "wrongly out"))
    print(_row("mutants, let in", counts, "mutant", "wrongly in"))
    print(_row("cheats, let in", counts, "cheat", "wrongly in"))
    print(f"mutants that were the same function in other words, replaced: {counts['equal']}")


async def _judge(gate: Gate, task: Task, wanted: int) -> Counter[str]:
    """Count what the gate makes of one task, with both sides' tests and with the author's alone."""
    counts: Counter[str] = Counter()
    wrong = []
    for code in spread(mutants(task.code), wanted):
        if len(wrong) == wanted:
            break
        if await _differs(task, code):
            wrong.append(code)
        else:
            counts["equal"] += 1
    named = {"names": ", ".join(task.takes), "name": task.name, "table": repr(_table(task))}
    cheats = [code.format(**named) for code in CHEATS.values()]
    for kind, codes in (("right", [task.code]), ("mutant", wrong), ("cheat", cheats)):
        for code in codes:
            counts[kind] += 1
            for side in ("both", "author"):
                judged = await gate.judge(_function(task, code, with_independent=side == "both"))
                # The author's tests alone may be too few to prove anything, which is not what is compared here.
                passed = judged.passed or (side == "author" and {each.kind for each in judged.failures} == {"vacuous"})
                counts[f"{kind} {'in' if passed else 'out'} {side}"] += 1
                if side == "both" and passed != (kind == "right"):
                    print(
                        f"{task.name}: {kind} {'let in' if passed else 'kept out'}: {code if passed else judged.text}"
                    )
    return counts


def _row(title: str, counts: Counter[str], kind: str, how: str) -> str:
    word = "out" if how.endswith("out") else "in"
    shares = [counts[f"{kind} {word} {side}"] for side in ("both", "author")]
    said = [f"{count} of {counts[kind]} ({100 * count / max(counts[kind], 1):.1f} %)" for count in shares]
    return f"{title:<34} {said[0]:>18} {said[1]:>20}"


def _function(task: Task, code: str, with_independent: bool) -> Function:
    cases = [_case(task, each, "author") for each in task.author]
    cases += [_case(task, each, "independent") for each in task.independent] if with_independent else []
    return Function(
        name=task.name,
        description=task.about,
        parameters={
            "type": "object",
            "properties": {name: _schema(kind) for name, kind in task.takes.items()},
            "required": list(task.takes),
        },
        returns=_schema(task.returns),
        code=code,
        test_cases=tuple(cases),
    )


def _case(task: Task, case: tuple[list[Any], Any], origin: Origin) -> Case:
    arguments, expected = case
    raises = expected.__name__ if isinstance(expected, type) else ""
    value = None if raises else expected
    return Case(arguments=dict(zip(task.takes, arguments, strict=True)), expected=value, raises=raises, origin=origin)


def _schema(kind: str) -> dict[str, Any]:
    if kind.endswith("[]"):
        return {"type": "array", "items": {"type": kind[:-2]}}
    return {} if kind == "any" else {"type": kind}


def _table(task: Task) -> dict[str, Any]:
    return {repr(arguments): expected for arguments, expected in task.author if not isinstance(expected, type)}


async def _differs(task: Task, code: str) -> bool:
    """Say whether a mutant answers any arguments otherwise than the right code; run in the sandbox, as all code is."""
    values = [list(dict.fromkeys(map(json.dumps, column))) for column in zip(*_arguments(task), strict=True)]
    every = list(itertools.islice(itertools.product(*values), 400))
    program = _COMPARE.format(right=task.code, wrong=code, name=task.name, every=every)
    outcome = await run_python(program, limits=_LIMITS)
    return outcome.stdout.strip() != "same"


def _arguments(task: Task) -> list[list[Any]]:
    """Return the arguments of all tests, and some like them."""
    given = [list(arguments) for arguments, _ in (*task.author, *task.independent)]
    more = []
    for arguments in given:
        for at, value in enumerate(arguments):
            if isinstance(value, int):
                more += [[*arguments[:at], value + by, *arguments[at + 1 :]] for by in (-1, 1)]
            elif isinstance(value, str | list):
                more += [[*arguments[:at], part, *arguments[at + 1 :]] for part in (value[1:], value[:-1], value[::-1])]
    return given + more


_COMPARE = """
import json
def load(code):
    names = {{}}
    exec(code, names)
    return names[{name!r}]
def told(function, arguments):
    try: return json.dumps(function(*map(json.loads, arguments)))
    except Exception as error: return type(error).__name__
one, other = load({right!r}), load({wrong!r})
print("same" if all(told(one, each) == told(other, each) for each in {every!r}) else "differs")
"""

if __name__ == "__main__":
    asyncio.run(main())
