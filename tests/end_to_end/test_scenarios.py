"""The first scenario of the swarm's purpose: build a GitHub class, save it, use it, and use it again in another run."""

import asyncio
import json
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import JsonValue

from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import Said, decides, finish, script, slowly
from tests.end_to_end.test_functions import checks, contract, draft, right
from tests.end_to_end.test_resume import asked_by, kill

pytestmark = pytest.mark.engine

_ISSUES = [{"number": number, "title": f"Bug {number}", "state": "open"} for number in range(1, 6)]


class _GitHub(BaseHTTPRequestHandler):
    """As much of GitHub as lists issues, two a page, with links to the next page (RFC 8288)."""

    def do_GET(self) -> None:
        found = re.fullmatch(r"/repos/octo/bees/issues\?state=open&per_page=2&page=(\d+)", self.path)
        first = 2 * int(found[1]) - 2 if found else 0
        told = _ISSUES[first : first + 2] if found else {"message": "Not Found"}
        said = json.dumps(told).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def github() -> Iterator[str]:
    """An emulated GitHub on loopback: its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _GitHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def _made(name: str, host: str) -> list[JsonValue]:
    """Return what the model writes: the contract, the tests, and the class with its function."""
    plain: Said = {"items": None, "description": "", "required": True, "builds": "", "fields": []}
    parameters: list[JsonValue] = [
        {
            **plain,
            "name": "github",
            "type": "object",
            "builds": "GitHub",
            "fields": [{"name": "url", "type": "string"}],
        },
        {**plain, "name": "repository", "type": "string"},
    ]
    settled = contract(name) | {
        "description": "Lists number and title of all open issues of OWNER/NAME; another form raises ValueError.",
        "parameters": parameters,
        "returns": {"type": "array", "items": "object"},
        "hosts": [host],
    }

    def wrong(repository: str) -> Said:
        arguments: Said = {"github": {"url": f"http://{host}"}, "repository": repository}
        return {"arguments": arguments, "expected": None, "raises": "ValueError"}

    lines: list[JsonValue] = [
        "import json",
        "import re",
        "import urllib.request",
        "",
        "",
        "class GitHub:",
        "    def __init__(self, url: str) -> None:",
        "        self.url = url.rstrip('/')",
        "",
        "    def pages(self, path: str):",
        "        page = 1",
        "        while True:",
        "            with urllib.request.urlopen(f'{self.url}{path}&per_page=2&page={page}', timeout=10) as answer:",
        "                found = json.load(answer)",
        "            if not found:",
        "                return",
        "            yield from found",
        "            page += 1",
        "",
        "",
        f"def {name}(github: GitHub, repository: str) -> list[dict]:",
        "    if not re.fullmatch(r'[\\w.-]+/[\\w.-]+', repository):",
        "        raise ValueError(f'{repository!r} is no OWNER/NAME')",
        "    found = github.pages(f'/repos/{repository}/issues?state=open')",
        "    return [{'number': each['number'], 'title': each['title']} for each in found]",
    ]
    return [settled, {"cases": [wrong("bees"), wrong("a/b/c"), wrong("")]}, {"plan": "", "lines": lines, "cases": []}]


async def test_a_github_class_is_built_saved_used_and_used_again(grove: Grove, github: str) -> None:
    """Written once, with the network it was granted; a second goal in a new run uses it and writes nothing."""
    name = f"list_open_issues_{secrets.token_hex(3)}"
    given: Said = {"github": {"url": f"http://{github}"}, "repository": "octo/bees"}
    call = decides("call_function", name=name, arguments=json.dumps(given))
    told: Said = {
        "decide": [
            decides("write_function", purpose="A GitHub class, and the open issues of a repository", repairs=""),
            call,
            finish("octo/bees has five open issues, Bug 1 to Bug 5."),
        ],
        "write": _made(name, github),
    }
    granted: Said = {"swarm_grants": [f"network:{github}"]}
    goal = "Build a GitHub class I can use, save it, and use it to list the open issues of octo/bees"
    tree = await grove.grown(script({"0": told}), goal=goal, given=granted)
    assert tree.told.status == "done", tree.told
    shown = tree.prompt()
    assert f"{name}(github: GitHub, repository: string) -> array of object" in shown
    assert all(f'"number": {number}, "title": "Bug {number}"' in shown for number in range(1, 6))

    goal = "Which issues are open in the repository octo/bees on GitHub?"
    later = await grove.grown(script({"0": [call, finish("Five.")]}), goal=goal, given=granted)
    assert later.told.status == "done"
    assert name in later.prompt(nth=0), "the second run was not shown the function"
    assert {asked.role for asked in later.model.requests} == {"decide", "review"}

    refused = await grove.grown(script({"0": [call, finish("Not granted.")]}), goal=goal)
    assert f"--grant network:{github}" in refused.prompt()


async def test_a_run_killed_while_a_function_is_made_goes_on_where_it_was(grove: Grove) -> None:
    """Contract and tests are read, the draft that was in flight is asked for again, and one version is saved."""
    name = f"slug_{secrets.token_hex(3)}"
    drafted = draft(name, *right("~"))
    told: Said = {
        "decide": [decides("write_function", purpose="Turn a title into a slug", repairs=""), finish("Made.")],
        "write": [contract(name), checks("~"), slowly(8, drafted), drafted],
    }
    async with grove.planted(script({"0": told})) as tree:
        while asked_by(tree).count(("0", "write")) < 3:  # noqa: ASYNC110 - the model runs in a thread
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)
        await kill(tree)
        await asyncio.sleep(2)
        code, said, words = await grove.say("resume", tree.run, "--json", base_url=tree.model.base_url)
        assert code == 0, words
        await tree.end()
    assert json.loads(said)["report"]["functions"] == [f"{name}@1"]
    assert asked_by(tree).count(("0", "write")) == 4
    assert asked_by(tree).count(("0", "decide")) == 2
    _, said, _ = await grove.say("functions", "history", name, "--json")
    assert len(json.loads(said)) == 1


async def test_a_replay_makes_the_function_again_from_the_tape(grove: Grove) -> None:
    """No model is asked, nothing is saved a second time, and the report is the same."""
    name = f"slug_{secrets.token_hex(3)}"
    call = decides("call_function", name=name, arguments='{"title": "A b"}')
    told: Said = {
        "decide": [decides("write_function", purpose="Turn a title into a slug", repairs=""), call, finish("a=b")],
        "write": [contract(name), checks("="), draft(name, *right("="))],
    }
    tree = await grove.grown(script({"0": told}))
    assert tree.told.status == "done", tree.told
    code, said, words = await grove.say("replay", tree.run, "--json")
    assert code == 0, words + said
    _, said, _ = await grove.say("functions", "show", name, "--json")
    assert (json.loads(said)["version"], json.loads(said)["statistics"]["calls"]) == (1, 1)


async def test_without_a_sandbox_every_report_says_so(grove: Grove) -> None:
    """A person has said `--unsafe-no-sandbox`: code runs, and the report warns of it."""
    program: Said = {"plan": "", "lines": ["print(6 * 7)"]}
    told: Said = {"decide": [decides("run_code", task="Multiply", files=[]), finish("42")], "write": [program]}
    tree = await grove.grown(script({"0": told}), given={"swarm_unsafe_no_sandbox": True})
    assert tree.told.status == "done"
    assert "42" in tree.prompt()
    assert any("without a sandbox" in warning for warning in tree.told.warnings)
    assert "UNSAFE" in tree.told.markdown()


@pytest.mark.parametrize(
    ("script", "goal", "answer"),
    [
        ("slug", "Make a file name of the title 'A Day at Sea'", "The file name is a_day_at_sea.md."),
        ("library", "Say whether the library can lend tools", "Lend 35 tools; advice.md says why."),
    ],
)
async def test_the_examples_run_as_the_docs_say(grove: Grove, script: str, goal: str, answer: str) -> None:
    """On a model that nobody knows, as they are run from the docs: a function that is learnt, and a whole tree."""
    top = Path(__file__).parents[2]
    shutil.copytree(top / "examples" / "brief", grove.folder / "examples" / "brief")
    path = top / "examples" / "scripts" / f"{script}.yaml"
    tree = await grove.grown(path, goal=goal, given={"swarm_profiles": None}, workspace=str(grove.folder))
    assert (tree.told.status, tree.told.answer) == ("done", answer), tree.told
    assert tree.told.functions == (("file_name_of@1",) if script == "slug" else ())
    assert (grove.folder / "advice.md").exists() == (script == "library")
