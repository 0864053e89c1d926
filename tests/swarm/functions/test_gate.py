"""The gate lets right code in and keeps wrong, vacuous and cheating code out."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from swarm.functions.gate import Gate
from swarm.functions.grants import Grants
from swarm.functions.inspection import asked_in
from swarm.functions.memorisation import memorised
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


DOUBLE = ((1, 2), (2, 4), (-3, -6), (0, 0), (10, 20))


async def test_a_models_tests_must_tell_its_code_from_mutants(gate: Gate) -> None:
    """Where they do not, arguments are named whose results would; with those answered it is let in, and says so."""
    function = numeric("capped", "return min(x, 100) if x > 0 else 0", (1, 1), (-2, 0), (5, 5))
    judged = await gate.judge(function, is_strict=True)
    assert [each.kind for each in judged.failures] == ["weak"]
    told = [int(str(arguments["x"])) for arguments in judged.telling]
    assert max(told) > 100, judged.telling
    more = [Case(arguments={"x": x}, expected=min(x, 100) if x > 0 else 0) for x in told]
    better = function.model_copy(update={"test_cases": (*function.test_cases, *more)})
    judged = await gate.judge(better, is_strict=True)
    assert judged.passed, judged.text
    assert judged.mutants is not None and judged.killed is not None
    assert judged.killed >= 0.9 * judged.mutants > 0
    assert (await gate.judge(function)).passed, "a person's tests are a person's affair"


LOOKS = {
    "the date": ("import datetime\ndef double(x): return 2 * x if datetime.date.today().year else 0\n", "the date"),
    "the time": ("from time import time as now\ndef double(x): return 2 * x if now() else 0\n", "the moment"),
    "dice": ("import random\ndef double(x):\n    y = [x, x]\n    random.shuffle(y)\n    return sum(y)\n", "a seed"),
    "the process": ("import os\ndef double(x): return 2 * x if os.getpid() else 0\n", "os.getpid"),
    "the environment": ("from os import environ\ndef double(x): return 2 * x if environ else 0\n", "os.environ"),
}


@pytest.mark.parametrize("what", list(LOOKS))
async def test_what_a_models_code_looks_at_must_be_a_parameter(what: str, gate: Gate) -> None:
    """It would be right today, here, or mostly; a person may want that."""
    code, said = LOOKS[what]
    function = numeric("double", "", *DOUBLE).model_copy(update={"code": code})
    judged = await gate.judge(function, is_strict=True)
    assert {each.kind for each in judged.failures} == {"dependent"}
    assert said in judged.text and "parameter" in judged.text
    assert (await gate.judge(function)).passed


ELSEWHERE = {
    "until a date": "import datetime\ndef double(x): return 2 * x if datetime.date.today().year < 2027 else 0\n",
    "until a moment": "import time\ndef double(x): return 2 * x if time.time() < 1_805_000_000 else 0\n",
    "in one zone": "import time\ndef double(x): return 2 * x if time.timezone == 0 else 0\n",
    "with a low process number": "import os\ndef double(x): return 2 * x if os.getpid() < 30_000 else 0\n",
}


@pytest.mark.parametrize("what", list(ELSEWHERE))
async def test_the_second_run_is_at_another_time_and_place(what: str, gate: Gate) -> None:
    """Also a person's code must return the same there."""
    judged = await gate.judge(numeric("double", "", *DOUBLE).model_copy(update={"code": ELSEWHERE[what]}))
    assert [each.kind for each in judged.failures] == ["unsteady"], judged.text


def test_dates_elsewhere_are_dates() -> None:
    """What is made there is a date and a datetime to whoever asks, also with its own arithmetic."""
    code = """
import datetime
from swarm.sandbox.inside import elsewhere
real = datetime.date.today()
elsewhere.move()
import datetime as d
now, today = d.datetime.now(d.timezone.utc), d.date.today()
assert (today - real).days == 400, today
assert isinstance(now, d.datetime) and isinstance(today, d.date) and isinstance(real, d.date)
assert isinstance(d.datetime(2020, 1, 1), d.datetime)
assert d.date(2020, 1, 31) + d.timedelta(days=1) == d.date(2020, 2, 1)
assert d.date.fromisoformat("2020-02-03").isoformat() == "2020-02-03"
assert d.datetime.strptime("2020", "%Y").year == 2020
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


TABLES = {
    "a table of the tests": "def double(x): return {1: 2, 2: 4, -3: -6, 0: 0, 10: 20}.get(x, 7)\n",
    "their arguments as text": """
def double(**given):
    return {"[('x', 1)]": 2, "[('x', 2)]": 4, "[('x', -3)]": -6, "[('x', 0)]": 0}.get(repr(sorted(given.items())), 20)
""",
}


@pytest.mark.parametrize("what", list(TABLES))
async def test_code_that_holds_its_tests_is_kept_out(what: str, gate: Gate) -> None:
    """It knows the answers by heart, and nothing else."""
    function = numeric("double", "", *DOUBLE).model_copy(update={"code": TABLES[what]})
    judged = await gate.judge(function, is_strict=True)
    assert [each.kind for each in judged.failures] == ["memorised"]


def test_a_table_that_knows_more_than_its_tests_is_a_function() -> None:
    """Most of what people look up is a table."""
    code = "def f(n): return {1: 'I', 5: 'V', 10: 'X', 50: 'L', 100: 'C'}[n]\n"
    cases = [Case(arguments={"n": n}, expected=told) for n, told in ((1, "I"), (5, "V"), (10, "X"), (50, "L"))]
    assert memorised(code, cases) == ""
    assert memorised(code, [*cases, Case(arguments={"n": 100}, expected="C")])


async def test_of_a_hidden_test_the_author_hears_only_how_it_failed(gate: Gate) -> None:
    """Neither its arguments nor what it expects; the tester, who is asked again, is told both."""
    hidden = (
        Case(arguments={"x": 41}, expected=82, origin="independent", hidden=True),
        Case(arguments={"x": -5}, raises="ValueError", origin="independent", hidden=True),
    )
    function = numeric("double", "return 2 * x if x < 40 else 0", *DOUBLE)
    judged = await gate.judge(function.model_copy(update={"test_cases": (*function.test_cases, *hidden)}))
    assert judged.text.splitlines() == [
        "a hidden test fails: it returns something else",
        "a hidden test fails: it raises nothing",
    ]
    assert "41" in judged.failures[0].case


async def test_numbers_may_differ_in_their_last_digits_or_by_a_tolerance(gate: Gate) -> None:
    """0.1 + 0.2 is 0.3 to everybody but a computer; a rounded decimal is as right as the test says."""
    number = numeric("third", "return x / 3 if x else 0.1 + 0.2", (0, 0)).model_copy(
        update={
            "returns": {"type": "number"},
            "test_cases": (
                Case(arguments={"x": 0}, expected=0.3),
                Case(arguments={"x": 1}, expected=0.33, tolerance=0.01),
                Case(arguments={"x": 3}, expected=1),
            ),
        }
    )
    assert (await gate.judge(number)).passed
    wrong = Case(arguments={"x": 2}, expected=0.66)
    judged = await gate.judge(number.model_copy(update={"test_cases": (*number.test_cases, wrong)}))
    assert "0.666" in judged.text


NOT_JSON = {
    "{x, 2}": "set is none of its types; return sorted",
    "{'a': [b'x']}": "bytes (at ['a'][0]) is none of its types; return .decode()",
    "(n for n in [x])": "generator is none of its types; return list(...)",
    "float('nan')": "nan is no number of JSON; return None",
    "{(1, 2): 3}": "a key of a dict is a tuple; make it a string",
    "__import__('datetime').date(2020, 1, 1)": "date is none of its types; return .isoformat()",
    "__import__('decimal').Decimal(1)": "Decimal is none of its types; return str(...)",
    "object()": "object is none of its types; return its parts",
}


@pytest.mark.parametrize("body", list(NOT_JSON))
async def test_a_result_that_is_not_json_names_what_to_return_instead(body: str, gate: Gate) -> None:
    """In the words of the code, with its place."""
    judged = await gate.judge(numeric("odd", f"return {body}", *RIGHT).model_copy(update={"returns": {}}))
    assert NOT_JSON[body] in judged.text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return new Set([x])", "a Set; return [...set] instead"),
        ("return {a: [new Map()]}", "a Map (at .a[0]); return Object.fromEntries(map)"),
        ("return 5n", "a BigInt; return String(...)"),
        ("return x / 0", "is no number of JSON"),
        ("return 2 ** 53 + 2 * x", "more than JavaScript counts exactly; return it as a string"),
        ("return 'x'.repeat(5000000)", "said more than 4000000 bytes at once"),
    ],
)
async def test_javascript_changes_nothing_without_a_word(body: str, said: str, gate: Gate) -> None:
    """JSON.stringify alone would give {}, null, or a neighbour of the number."""
    code = f"function odd({{x}}) {{ {body} }}"
    function = numeric("odd", "", (1, 2), (2, 4), language="javascript", code=code, returns={})
    assert said in (await gate.judge(function)).text


async def test_javascript_is_given_no_number_it_cannot_count(gate: Gate) -> None:
    """9007199254740993 would arrive as ...992."""
    function = numeric(
        "same", "", (2**53 + 1, 2**53 + 1), language="javascript", code="function same({x}) { return x }"
    )
    assert "pass it as a string" in (await gate.judge(function)).text


async def test_a_line_break_within_a_string_of_bash_is_a_fault(gate: Gate) -> None:
    """It was a space before, without a word; between tokens it is as good as one. Letters arrive as they are."""
    told = {"language": "bash", "returns": {}}
    broken = numeric("odd", "", (1, 2), (2, 4), code="odd() { printf '\"a\\nb\"'; }", **told)
    assert "is not JSON" in (await gate.judge(broken)).text
    text = {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]}
    cases = [Case(arguments={"x": "ü"}, expected=['{"x": "ü"}']), Case(arguments={"x": "a"}, expected=['{"x": "a"}'])]
    whole = numeric(
        "same",
        "",
        code='same() { printf \'[\n%s\n]\' "\\"${1//\\"/\\\\\\"}\\""; }',
        parameters=text,
        test_cases=cases,
        **told,
    )
    judged = await gate.judge(whole)
    assert judged.passed, judged.text


async def test_the_gate_asks_through_the_same_door(gate: Gate) -> None:
    """What a function does not declare it is not answered, in tests as later: nothing passes that is then refused."""
    code = "import swarm\ndef double(x): return getattr(swarm.api, 're' + 'trieve')('a')\n"
    answers = [{"call": "retrieve", "value": 2}]
    cases = [{"arguments": {"x": x}, "expected": 2 * x, "answers": answers} for x in (1, 2)]
    function = numeric("double", "", code=code, test_cases=cases)
    assert "does not declare that it asks for retrieve" in (await gate.judge(function)).text


@pytest.mark.parametrize(
    "code",
    [
        "from swarm import api\napi.retrieve('a')",
        "from swarm import api as host\nhost.retrieve('a')",
        "import swarm.api\nswarm.api.retrieve('a')",
        "import swarm.api as host\nhost.retrieve('a')",
        "import swarm\nswarm.api.retrieve('a')",
        "from swarm.api import retrieve as get\nget('a')",
        "from swarm.api import *\nretrieve('a')",
    ],
)
def test_what_code_asks_is_read_off_by_whatever_name(code: str) -> None:
    """And what only looks like it is not."""
    assert asked_in(code) == ("retrieve",)
    assert asked_in("from swarm import api\nclass A: pass\nA().retrieve('x'); A().save()") == ()
