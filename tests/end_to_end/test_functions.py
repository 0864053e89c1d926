"""The swarm teaches itself: functions are written, tested, saved, found again and called, by nodes of real runs."""

import json
import secrets

import pytest

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


TESTS: Said = {"cases": [case("Hello World", "hello-world"), case(" A  b ", "a-b"), case("", None, "ValueError")]}


def draft(name: str, *body: str) -> Said:
    """Return a draft of it with this body."""
    lines = [f"def {name}(title: str) -> str:", *(f"    {line}" for line in body)]
    return {"plan": "Split into words, join by hyphens.", "lines": lines, "cases": [case("One", "one")]}


RIGHT = ("if not title.strip():", "    raise ValueError('the title is empty')", "return '-'.join(title.lower().split())")


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
            TESTS,
            draft(name, "return '-'.join(title.lower().split())"),
            TESTS,
            draft(name, *RIGHT),
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
