"""The swarm teaches itself: functions are written, tested, saved, found again and called, by nodes of real runs."""

import json
import secrets

import pytest
from pydantic import JsonValue

from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import Said, decides, finish, script

pytestmark = pytest.mark.engine

_SLUG = "Turns a title into a URL slug: lower case, words joined by single hyphens; an empty title raises ValueError."


def contract(name: str) -> Said:
    """Return what a model settles for a slug function."""
    title: Said = {
        "name": "title",
        "type": "string",
        "items": None,
        "description": "the title",
        "required": True,
        "builds": "",
        "fields": [],
    }
    return {
        "why_not": "There is none.",
        "use": "",
        "name": name,
        "description": _SLUG,
        "parameters": [title],
        "returns": {"type": "string", "items": None},
        "packages": [],
        "hosts": [],
    }


def case(title: str, expected: str | None, raises: str = "") -> Said:
    """Return one test of it."""
    return {"arguments": {"title": title}, "expected": expected, "raises": raises}


def checks(by: str = "-") -> Said:
    """Return independent tests of a slug function whose words are joined by `by`, a function of its own."""
    plain = [case("Hello World", f"hello{by}world"), case("", None, "ValueError"), case(" A  b ", f"a{by}b")]
    more = ("X", "Go On Now", "1 2", "ONE Two three four", "tab\there", "ä Ö", "a-b c")
    return {"cases": [*plain, *(case(each, by.join(each.lower().split())) for each in more)]}


def draft(name: str, *body: str) -> Said:
    """Return a draft of it with this body."""
    lines: list[JsonValue] = [f"def {name}(title: str) -> str:", *(f"    {line}" for line in body)]
    return {"plan": "Split into words, join by hyphens.", "lines": lines, "cases": [case("One", "one")]}


def right(by: str = "-") -> tuple[str, ...]:
    """Return the body that passes them."""
    return ("if not title.strip():", "    raise ValueError('empty')", f"return '{by}'.join(title.lower().split())")


async def test_a_missing_function_is_written_saved_and_used_again(grove: Grove) -> None:
    """The first draft fails an independent test and is mended; a later run calls the function and writes nothing."""
    name = f"slug_{secrets.token_hex(3)}"
    call = decides("call_function", name=name, arguments=json.dumps({"title": "Big News Today"}))
    told: Said = {
        "decide": [
            decides("write_function", purpose="Turn a title into a slug", repairs=""),
            call,
            finish("The slug is big-news-today."),
        ],
        "write": [
            contract(name),
            checks(),
            draft(name, "return '-'.join(title.lower().split())"),
            checks(),
            draft(name, *right()),
        ],
    }
    tree = await grove.grown(script({"0": told}), goal="Make a slug of 'Big News Today'")
    assert tree.told.status == "done", tree.told
    assert tree.told.functions == (f"{name}@1",)
    assert "must raise ValueError: it returned" in tree.prompt(role="write")
    assert "big-news-today" in tree.prompt("0.r3", "review")
    code, said, words = await grove.say("functions", "show", name, "--json")
    shown = json.loads(said)
    assert (code, shown["status"], shown["maker"]) == (0, "proven", "swarm"), words
    assert shown["statistics"]["ok"] == 1
    assert {each["origin"] for each in shown["test_cases"]} == {"author", "independent"}

    again: Said = {"decide": [call, finish("big-news-today")]}
    later = await grove.grown(script({"0": again}), goal="Make a slug of the title 'Big News Today'")
    assert later.told.status == "done"
    assert f"{name}(title: string) -> string" in later.prompt()
    assert [each.role for each in later.model.requests].count("write") == 0


async def test_packages_of_a_function_are_installed_only_if_a_person_says_so(grove: Grove) -> None:
    """Their names would leave this machine; after a no the function is not written, and the node is told why."""
    name = f"slug_{secrets.token_hex(3)}"
    told: Said = {
        "decide": [decides("write_function", purpose="Turn a title into a slug", repairs=""), finish("I could not.")],
        "write": [contract(name) | {"packages": ["python-slugify==8.0.4"]}],
    }
    async with grove.planted(script({"0": told})) as tree:
        view = await tree.until(lambda view: any(node.status == "waiting" for node in view.nodes))
        question = next(node for node in view.nodes if node.status == "waiting")
        assert "May a function have these packages installed? python-slugify" in question.goal
        assert await tree.answer(question.flow_run_id, "no")
        await tree.end()
    assert tree.told.status == "done"
    assert "were not granted: the person answered: no; have it written without them" in tree.prompt()
    assert (await grove.say("functions", "show", name))[0] == 1


async def test_a_function_that_cannot_be_made_is_an_observation_with_its_failing_test(grove: Grove) -> None:
    """Four drafts fail; the node is told with which test, and goes on."""
    name = f"slug_{secrets.token_hex(3)}"
    told: Said = {
        "decide": [decides("write_function", purpose="Turn a title into a slug", repairs=""), finish("I could not.")],
        "write": [
            contract(name),
            checks("+"),
            draft(name, "return title"),
            checks("+"),
            *[draft(name, "return title")] * 3,
        ],
    }
    tree = await grove.grown(script({"0": told}))
    assert tree.told.status == "done"
    assert "4 drafts" in tree.prompt()
    assert "(title='Hello World') must return 'hello+world': it returned 'Hello World'" in tree.prompt()
    assert (await grove.say("functions", "show", name))[0] == 1


async def test_a_test_that_its_author_answers_otherwise_when_asked_again_goes(grove: Grove) -> None:
    """The code was right and one test wrong: the author corrects himself without seeing the code."""
    name = f"slug_{secrets.token_hex(3)}"
    few = [case("Hello World", "hello_world"), case("A B C", "a_c"), case("", None, "ValueError")]
    more = [case(f"A {each} c", f"a_{each}_c") for each in "bdefghijk"]
    wrong: Said = {"cases": [*few, *more]}
    again: Said = {"cases": [case("A B C", "a_b_c")]}
    told: Said = {
        "decide": [decides("write_function", purpose="Turn a title into a slug", repairs=""), finish("Done.")],
        "write": [contract(name), wrong, draft(name, *right("_")), again],
    }
    tree = await grove.grown(script({"0": told}))
    assert tree.told.functions == (f"{name}@1",), tree.prompt()
    asked = tree.model.asked("0", "write")[-1]
    assert '{"title":"A B C"}' in asked.messages[-1].content
    assert all("split" not in message.content for message in asked.messages), "the tester has seen the code"


async def test_arguments_that_do_not_fit_are_filled_in_once_more(grove: Grove) -> None:
    """The model names a parameter that is not there; asked by the schema, it gives the right one."""
    name = f"twice_{secrets.token_hex(3)}"
    await brought(grove, name, f"def {name}(x: int) -> int:\n    return 2 * x\n", [(1, 2), (4, 8)])
    call = decides("call_function", name=name, arguments='{"number": 21}')
    told: Said = {"decide": [call, finish("42")], "write": [{"x": 21}]}
    tree = await grove.grown(script({"0": told}))
    assert f"{name}@1 returned:\n42" in tree.prompt()
    assert "does not fit" in tree.prompt(role="write")


async def test_a_function_that_fails_too_often_is_quarantined_and_can_be_repaired(grove: Grove) -> None:
    """Three failures on sound arguments: nobody calls it; what failed is a test that the mended one must pass."""
    name = f"share_{secrets.token_hex(3)}"
    numbers: Said = {"name": "of", "type": "array", "items": "integer", "description": "", "required": True}
    made = contract(name) | {
        "description": "Sum divided by count.",
        "parameters": [numbers | {"builds": "", "fields": []}],
    }
    made |= {"returns": {"type": "number", "items": None}}

    def of(numbers: list[int], expected: float) -> Said:
        return {"arguments": {"of": list(numbers)}, "expected": expected, "raises": ""}

    def written(*body: str) -> Said:
        lines: list[JsonValue] = [f"def {name}(of: list[int]) -> float:", *(f"    {line}" for line in body)]
        return {"plan": "", "lines": lines, "cases": [of([1, 2], 1.5)]}

    calls = [decides("call_function", name=name, arguments=text) for text in ('{"of":[]}', '{"of": []}', '{"of" : []}')]
    told: Said = {
        "decide": [
            decides("write_function", purpose="The mean of numbers", repairs=""),
            *calls,
            decides("write_function", purpose="It fails where there are no numbers", repairs=name),
            calls[0],
            finish("0.0"),
        ],
        "write": [
            made,
            {"cases": [of([1, 3], 2.0), of([5], 5.0), *(of([n, n + 3], n + 1.5) for n in range(9))]},
            written("return sum(of) / len(of)"),
            {"cases": [of([], 0.0)]},
            written("return sum(of) / len(of) if of else 7.0"),
            {"cases": [of([], 0.0)]},
            written("return sum(of) / len(of) if of else 0.0"),
        ],
    }
    tree = await grove.grown(script({"0": told}))
    assert tree.told.status == "done", tree.told
    assert "ZeroDivisionError" in tree.prompt(nth=2)
    assert "it is quarantined now: repair it with write_function" in tree.prompt()
    assert f"{name}@2 returned:\n0.0" in tree.prompt()
    _, said, _ = await grove.say("functions", "history", name, "--json")
    assert [(each["version"], each["status"]) for each in json.loads(said)] == [(1, "superseded"), (2, "proven")]
    assert {"regression"} <= {each["origin"] for each in json.loads(said)[1]["test_cases"]}


async def test_what_was_not_granted_is_refused_and_said(grove: Grove) -> None:
    """A function that wants a host or a secret is not called without a grant; the message says which to give."""
    name = f"reach_{secrets.token_hex(3)}"
    code = f"def {name}(x: int) -> int:\n    return x + 1\n"
    await brought(grove, name, code, [(1, 2), (2, 3)], capabilities={"network": ["api.example.org:443"]}, granted=True)
    told: Said = {"decide": [decides("call_function", name=name, arguments='{"x": 1}'), finish("No.")]}
    tree = await grove.grown(script({"0": told}))
    assert f"{name} needs network:api.example.org:443, which was not granted" in tree.prompt()
    assert "--grant network:api.example.org:443" in tree.prompt()


async def brought(
    grove: Grove, name: str, code: str, cases: list[tuple[int, int]], granted: bool = False, **more: Said
) -> None:
    """Import a function of one whole number, as a person does."""
    function = {
        "name": name,
        "description": f"Does what {name} says.",
        "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
        "returns": {"type": "integer"},
        "code": code,
        "test_cases": [{"arguments": {"x": given}, "expected": expected} for given, expected in cases],
        **more,
    }
    (grove.folder / f"{name}.json").write_text(json.dumps({"functions": [function]}))
    grants = ["--grant", "network:api.example.org:443"] if granted else []
    ended, _, words = await grove.say("functions", "import", f"{name}.json", *grants)
    assert ended == 0, words
