"""The command line as others script against it: documents, exit codes, one clear line for a mistake."""

import asyncio
import json
import re

import pytest

from swarm.testing import ScriptedModel
from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import finish, part, script, split

pytestmark = pytest.mark.engine
_NODE = ["id", "path", "parent", "kind", "goal", "status", "turns", "usage", "started", "ended", "flow_run_id"]
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


async def test_run_and_show_and_ls_and_watch_print_the_documents_they_promise(grove: Grove) -> None:
    """One JSON document each on standard output, in the shape that others script against."""
    told = script(
        {
            "0": [split(part("a", "Name the left one"), part("b", "Name the right one")), finish("Both.")],
            "0.*": [finish("One.")],
        }
    )
    with ScriptedModel(told) as model:
        code, said, words = await grove.say(
            "run", "Name the two of them", "--workspace", str(grove.folder), "--json", base_url=model.base_url
        )
    assert code == 0, words
    ran = json.loads(said)
    assert list(ran) == ["run", "status", "report", "usage", "ui_url"]
    assert (ran["status"], ran["report"]["status"], ran["report"]["answer"]) == ("done", "done", "Both.")
    assert ran["usage"] == ran["report"]["cost"] and ran["usage"]["calls"] == 5
    assert ran["ui_url"].startswith(f"{grove.stack.ui_url}/runs/flow-run/")
    assert json.loads((await grove.say("watch", ran["run"], "--json"))[1]) == ran

    code, said, _ = await grove.say("show", ran["run"][:7], "--json")
    shown = json.loads(said)
    assert (code, list(shown), shown["run"], shown["status"]) == (0, ["run", "status", "nodes"], ran["run"], "done")
    assert [node["path"] for node in shown["nodes"]] == ["0", "0.1", "0.2", "0.r2"]
    root, left, _, review = shown["nodes"]
    for node in shown["nodes"]:
        assert set(_NODE) <= set(node)
        assert _TIME.fullmatch(node["started"]) and _TIME.fullmatch(node["ended"])
        assert set(node["usage"]) == {"calls", "tokens_in", "tokens_out", "cached", "usd"}
    assert (root["parent"], left["parent"], review["parent"]) == ("", root["id"], root["id"])
    assert (root["kind"], left["kind"], review["kind"]) == ("solve", "solve", "review")
    assert (root["turns"], left["turns"], left["goal"]) == (2, 1, "Name the left one")

    code, said, _ = await grove.say("ls", "--limit", "1", "--json")
    assert code == 0
    assert [(line["run"], line["status"], line["goal"]) for line in json.loads(said)] == [
        (ran["run"], "done", "Name the two of them")
    ]
    code, said, _ = await grove.say("show", ran["run"])
    assert code == 0
    assert "Name the left one" in said and "Both." in said and "5 model calls" in said


async def test_a_detached_run_returns_at_once_and_a_failed_one_exits_with_1(grove: Grove) -> None:
    """`run --detach` prints run and page; `watch` takes up the thread, for people and for scripts."""
    with ScriptedModel(script({"0": [{"fault": "status", "code": 401, "text": "who are you"}]})) as model:
        code, said, words = await grove.say("run", "Say hello", "--detach", "--json", base_url=model.base_url)
        assert (code, list(json.loads(said)), words) == (0, ["run", "ui_url"], "")
        run = json.loads(said)["run"]
        code, said, words = await grove.say("watch", run)
    assert code == 1
    assert "**failed**" in said and "check OPENAI_API_KEY" in said
    assert "0 failed" in words
    code, said, _ = await grove.say("watch", run, "--json")
    assert (code, json.loads(said)["status"]) == (1, "failed")


async def test_a_run_that_nobody_knows_is_one_line_and_exit_code_2(grove: Grove) -> None:
    """Whatever is asked about it, with or without --json."""
    commands = [("show",), ("watch", "--json"), ("cancel",), ("cancel", "--json"), ("show", "--json")]
    line = "swarm: no run is called 'nosuchrun'; `swarm ls` lists them\n"
    for said in await asyncio.gather(*(grove.say(*command, "nosuchrun") for command in commands)):
        assert said == (2, "", line)


async def test_a_goal_or_a_context_that_cannot_be_worked_on_starts_nothing(grove: Grove) -> None:
    """One line, exit code 2, before anything is asked."""
    lines = {
        ("run", "  "): "the goal is empty",
        ("run", "Read it", "--context", "nowhere.pdf"): "--context nowhere.pdf cannot be read",
        ("run", "Read it", "--context", "ftp://a.b/c"): "is not a path nor an http(s) address",
        ("run", "Read it", "--budget-calls", "0"): "budget-calls",
    }
    ended = await asyncio.gather(*(grove.say(*arguments) for arguments in lines))
    for (code, said, words), line in zip(ended, lines.values(), strict=True):
        assert (code, said, words.count("\n")) == (2, "", 1)
        assert words.startswith("swarm: ") and line in words


async def test_a_postgres_of_ones_own_and_any_proxy_leave_the_commands_as_they_are(grove: Grove) -> None:
    """The database that the environment names, in a provider's spelling; proxies at which nothing answers."""
    url = grove.stack.database_url.replace("postgresql://", "postgres://", 1)
    url += f"{'&' if '?' in url else '?'}connect_timeout=5&channel_binding=prefer"
    for given in (
        {"SWARM_DATABASE_URL": url},
        {"HTTP_PROXY": "http://127.0.0.1:9", "https_proxy": "127.0.0.1:9"},
        {"ALL_PROXY": "socks5://127.0.0.1:9", "NO_PROXY": "example.org"},
    ):
        code, said, words = await grove.say("ls", "--json", **given)
        assert code == 0 and json.loads(said) is not None, words
