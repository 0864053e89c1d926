"""The gate lets right code in and keeps wrong, vacuous and cheating code out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from swarm.functions.gate import Gate
from swarm.functions.grants import Grants
from swarm.functions.records import Case, Function
from swarm.functions.running import Running
from swarm.sandbox.packages import Packages
from swarm.sandbox.warm import close_warm
from tests.swarm.functions.samples import numeric

RIGHT = ((1, 2), (2, 4), (-3, -6))


@pytest_asyncio.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    """A gate without a library."""
    yield Gate(Running(Packages(tmp_path)), Grants())
    close_warm()


async def test_right_code_is_let_in(gate: Gate) -> None:
    """Its tests were run."""
    judged = await gate.judge(numeric("double", "return 2 * x", *RIGHT))
    assert judged.passed, judged.text
    assert judged.ran == 3


CHEATS = {
    "an object that equals everything": """
class Any(int):
    def __eq__(self, other): return True
    __hash__ = None
def double(x): return Any(7)
""",
    "patched builtins": """
import builtins
def double(x):
    builtins.isinstance = lambda *_: True
    builtins.all = builtins.any = lambda *_: True
    return 7
""",
    "leaves with status 0": "import os\ndef double(x): os._exit(0)\n",
    "exits with status 0": "import sys\ndef double(x): sys.exit(0)\n",
    "a result of its own on the channel": """
import os
def double(x):
    os.write(3, b'{"result": 0}\\n')
    os._exit(0)
""",
    "looks for what is expected": """
import gc, os, sys
def double(x):
    for place in ('.', '/tmp', '/proc/self', '/proc/1'):
        try: names = os.listdir(place)
        except OSError: continue
        for name in names:
            try: text = open(place + '/' + name).read()
            except Exception: continue
            if '"expected"' in text: return eval(text.split('"expected":')[1].split(',')[0])
    for each in gc.get_objects():
        if isinstance(each, dict) and 'expected' in each: return each['expected']
    return 0
""",
    "knows the author's tests by heart": "def double(x): return {1: 2, 2: 4}.get(x)\n",
    "returns what it was given": "def double(x): return x\n",
    "gives up on time": "import time\ndef double(x):\n    while True: time.sleep(1)\n",
    "a syntax that hides": "def double(x): return 2 * y\n",
    "another name": "def twice(x): return 2 * x\n",
    "a package it has not": "import requests\ndef double(x): return 2 * x\n",
    "a parameter of its own": "def double(x, y): return 2 * x\n",
    "remembers what it was asked": """
import os
def double(x):
    seen = os.path.exists('/dev/shm/seen')
    open('/dev/shm/seen', 'w').close()
    return 2 * x if not seen else 0
""",
    "dice": "import random\ndef double(x): return 2 * x if random.random() < 0.5 else 2 * x + 1\n",
    "the order of a set": "def double(x):\n    return 2 * x + (list({str(n) for n in range(500)})[0] != '7')\n",
}


@pytest.mark.parametrize("what", [name for name in CHEATS if name != "remembers what it was asked"])
async def test_a_cheat_is_kept_out(what: str, gate: Gate) -> None:
    """Whatever it does inside, what is expected is compared outside."""
    judged = await gate.judge(numeric("double", "", *RIGHT).model_copy(update={"code": CHEATS[what]}))
    assert not judged.passed


async def test_a_memory_of_earlier_calls_is_no_use(gate: Gate) -> None:
    """Each call finds the sandbox as the first one did, so the code is what it is at its first call."""
    function = numeric("double", "", *RIGHT).model_copy(update={"code": CHEATS["remembers what it was asked"]})
    judged = await gate.judge(function)
    assert judged.passed or "Permission" in judged.text


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ((), "it has no test"),
        (((1, 2), (5, 2)), "always 2"),
        (((1, 2),), "expect different results"),
    ],
)
async def test_tests_that_prove_nothing_are_refused(cases: tuple[tuple[int, int], ...], said: str, gate: Gate) -> None:
    """A function that returns nothing, or always the same, must not pass."""
    judged = await gate.judge(numeric("double", "return 2 * x", *cases))
    assert [each.kind for each in judged.failures] == ["vacuous"]
    assert said in judged.text


async def test_a_test_that_does_not_fit_the_schema_is_named(gate: Gate) -> None:
    """Arguments or an expectation of another type are the test's fault, and said so."""
    wrong = (Case(arguments={"x": "one"}, expected=2), Case(arguments={"x": 1}, expected="two"))
    judged = await gate.judge(numeric("double", "return 2 * x").model_copy(update={"test_cases": wrong}))
    assert [each.kind for each in judged.failures] == ["schema", "schema"]


async def test_types_are_compared_as_json_has_them(gate: Gate) -> None:
    """True is not 1 and 1 is not 1.0, but where the schema says number both are one."""
    loose = numeric("same", "return True if x else 0.5", (1, 1), (0, 0)).model_copy(update={"returns": {}})
    assert [each.text for each in (await gate.judge(loose)).failures] == ["it returned True", "it returned 0.5"]
    number = numeric("half", "return x / 2", (2, 1), (4, 2)).model_copy(update={"returns": {"type": "number"}})
    assert (await gate.judge(number)).passed


async def test_the_tests_of_the_version_before_must_pass_too(gate: Gate) -> None:
    """What is there already is not broken by what supersedes it."""
    function = numeric("double", "return 2 * x", *RIGHT)
    judged = await gate.judge(function, (Case(arguments={"x": 5}, expected=11),))
    assert "(x=5) must return 11: it returned 10" in judged.text


async def test_an_object_is_built_from_its_constructors_json(gate: Gate) -> None:
    """So that code that needs an object can be tested with plain JSON."""
    code = """
class Account:
    def __init__(self, owner: str, cents: int) -> None:
        self.owner, self.cents = owner, cents


def statement(account: Account) -> str:
    return f"{account.owner}: {account.cents / 100:.2f}"
"""
    account = {
        "type": "object",
        "x-class": "Account",
        "properties": {"owner": {"type": "string"}, "cents": {"type": "integer"}},
        "required": ["owner", "cents"],
    }
    function = Function.model_validate(
        {
            "name": "statement",
            "description": "Says what is on an account.",
            "parameters": {"type": "object", "properties": {"account": account}, "required": ["account"]},
            "returns": {"type": "string"},
            "code": code,
            "test_cases": [
                {"arguments": {"account": {"owner": "Ann", "cents": 150}}, "expected": "Ann: 1.50"},
                {"arguments": {"account": {"owner": "Bo", "cents": 0}}, "expected": "Bo: 0.00"},
            ],
        }
    )
    assert function.signature == "statement(account: Account) -> string"
    assert function.definition == "def statement(account: Account) -> str:"
    judged = await gate.judge(function)
    assert judged.passed, judged.text
    missing = function.model_copy(update={"code": "def statement(account): return ''\n"})
    assert "the class Account, which the code does not define" in (await gate.judge(missing)).text
