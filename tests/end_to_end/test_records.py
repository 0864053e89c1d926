"""What a run leaves in Prefect's records and in ours, and what it never leaves anywhere."""

import asyncio
import json
import secrets
import stat
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from swarm.keys import run_name
from swarm.nodes import Node
from swarm.testing import ScriptedModel
from tests.end_to_end.conftest import Grove, Record
from tests.end_to_end.said import finish, part, retrieve, script, split, write_text

pytestmark = pytest.mark.engine


async def test_prefects_page_shows_decisions_reports_usage_and_progress(grove: Grove) -> None:
    """Each node is a flow run with its name, its tags and its parent; artifacts say what it decided and reported."""
    told = script(
        {
            "0": [split(part("a", "Name the left one"), part("b", "Name the right one")), finish("Both.")],
            "0.1": [retrieve("gone.txt"), finish("Left.")],
            "0.2": [finish("Right.")],
        }
    )
    tree = await grove.grown(told, goal="Name the two of them")
    flow_runs = {found["name"]: found for found in await grove.flow_runs(tree.run)}
    assert set(flow_runs) == {
        "0 · Name the two of them",
        "0.1 · Name the left one",
        "0.2 · Name the right one",
        "0.r2 · review: Name the two of them",
    }
    for name, found in flow_runs.items():
        kind = "review" if "review" in name else "solve" if name[:3] != "0 ·" else "root"
        assert set(found["tags"]) >= {"swarm", f"run:{tree.run}", f"kind:{kind}"}
        assert (found["parent_task_run_id"] is None) == (kind == "root")
    artifacts = await grove.records(
        "artifacts/filter", {"flow_runs": {"tags": {"all_": [f"run:{tree.run}"]}}, "sort": "UPDATED_DESC"}
    )
    left, root = tree.node("0.1"), tree.node("0")
    decisions = [a for a in artifacts if (a["key"] or "").startswith("decision-")]
    # A part's last decision is what its report says.
    assert sorted((a["flow_run_id"], a["description"]) for a in decisions) == sorted(
        [
            (root.flow_run_id, "1: split a, b"),
            (root.flow_run_id, "2: finish"),
            (left.flow_run_id, "1: retrieve gone.txt"),
        ]
    )
    assert any('"uri": "gone.txt"' in a["data"] for a in decisions)
    (report,) = [a for a in artifacts if a["key"] == f"report-{root.id}"]
    assert (report["type"], report["flow_run_id"]) == ("markdown", root.flow_run_id)
    assert "**done**" in report["data"] and "Both." in report["data"]
    (usage,) = [a for a in artifacts if a["type"] == "table"]
    assert (usage["key"], usage["flow_run_id"]) == (f"usage-{tree.run}", root.flow_run_id)
    rows = usage["data"] if isinstance(usage["data"], list) else json.loads(usage["data"])
    assert [(row["node"], row["calls"]) for row in rows] == [("0", 2), ("0.1", 2), ("0.2", 1), ("0.r2", 1)]
    (progress,) = [a for a in artifacts if a["type"] == "progress"]
    assert (progress["data"], progress["flow_run_id"]) == (100.0, root.flow_run_id)


async def test_a_run_created_from_prefects_page_is_a_run_like_any_other(grove: Grove) -> None:
    """From a goal alone: it gets a name, its tags and the worker's settings, and is listed, shown and reported."""
    port = urlsplit(grove.settings.openai_base_url or "").port
    told = script({"0": {"decide": [write_text("hello.md"), finish("Hello is written.")], "write": ["Hello"]}})
    with ScriptedModel(told, port or 0) as model:
        made = await _created(grove, {"goal": " Write hello "})
        async with grove.watched(run_name(made), model) as tree:
            await tree.end()
    assert tree.told.status == "done"
    assert (grove.settings.swarm_home / "runs" / tree.run / "workspace" / "hello.md").read_text() == "Hello\n"
    flow_runs = await grove.flow_runs(tree.run)
    assert [found["name"] for found in flow_runs] == ["0 · Write hello", "0.r2 · review: Write hello"]
    assert {"swarm", f"run:{tree.run}", "kind:root"} <= set(flow_runs[0]["tags"])
    assert {asked.authorization for asked in model.requests} == {"Bearer sk-of-the-worker"}
    _, said, _ = await grove.say("ls", "--json")
    assert (tree.run, "Write hello") in [(line["run"], line["goal"].strip()) for line in json.loads(said)]


async def test_a_run_whose_settings_are_in_another_home_says_so(grove: Grove) -> None:
    """As where two workers share a database and no folder: it is worked on with the worker's own, and not silently."""
    port, run = urlsplit(grove.settings.openai_base_url or "").port, secrets.token_hex(4)
    node = Node(run=run, goal="Say what two and two make", workspace=str(grove.folder))
    with ScriptedModel(script({"0": [finish("Four.")]}), port or 0) as model:
        async with grove.watched(run, model) as tree:
            await tree.records.start(node)
            await tree.end()
    assert tree.told.status == "done"
    assert [each for each in tree.told.warnings if "the worker's own were used" in each]


async def test_a_goal_from_prefects_page_that_nobody_can_work_on_fails_with_its_reason(grove: Grove) -> None:
    """An empty one, and a folder that cannot be written: one clear line in the state, and no model is asked."""
    nodes: list[Record] = [{"goal": "  "}, {"goal": "Write hello", "workspace": "/proc/nowhere"}]
    made = [await _created(grove, node) for node in nodes]
    ids = {"flow_runs": {"id": {"any_": made}, "state": {"type": {"any_": ["FAILED", "CRASHED", "COMPLETED"]}}}}
    until = time.monotonic() + 60
    while len(ended := await grove.records("flow_runs/filter", ids)) < 2:
        assert time.monotonic() < until
        await asyncio.sleep(0.5)
    said = {found["id"]: found["state"]["message"] for found in ended}
    assert {found["state_type"] for found in ended} == {"FAILED"}
    assert "the goal is empty: say in a sentence what is to be done" in said[made[0]]
    assert "the workspace /proc/nowhere is not in a folder you have named" in said[made[1]]


async def test_secrets_stay_in_the_runs_own_file(grove: Grove) -> None:
    """Not in any table, any log, any prompt; though endpoint and GitHub both repeat the key they got."""
    key, token = "sk-canary-5b1d0e", "ghp_canary77aa21"
    with _Parrot() as github:
        told = script(
            {
                "0": [
                    retrieve("github:owner/repo"),
                    split(part("a", "Read the left page"), part("b", "Read the right page")),
                    finish("Nothing could be read."),
                ],
                "0.1": [{"fault": "status", "code": 401, "text": f"Incorrect API key provided: {key}"}],
                "0.2": [{"fault": "status", "code": 500, "text": f"internal error near {key}"}],
            }
        )
        with ScriptedModel(told) as model:
            code, said, words = await grove.say(
                "run",
                "Read the pages of github:owner/repo",
                "--json",
                base_url=model.base_url,
                OPENAI_API_KEY=key,
                GITHUB_TOKEN=token,
                GITHUB_BASE_URL=github.url,
                SWARM_ALLOW_PRIVATE="127.0.0.1",
                SWARM_MODEL_RETRIES="0",
            )
    assert code == 0, words
    run = json.loads(said)["run"]
    # Both were used, so both could have leaked.
    assert {asked.authorization for asked in model.requests} == {f"Bearer {key}"}
    assert any(token in given for given in github.given)
    assert "***" in model.asked("0", "decide")[-1].messages[-1].content
    carried = grove.settings.swarm_home / "runs" / run / "settings.json"
    assert stat.S_IMODE(carried.stat().st_mode) == 0o600
    assert key in carried.read_text() and token in carried.read_text()
    everything = [said, words, *(json.dumps(asked.body) for asked in model.requests), *_files(grove, carried)]
    everything += await _tables(grove)
    for canary in (key, token, "sk-of-the-worker"):
        for place in everything:
            at = place.find(canary)
            assert at < 0, place[max(0, at - 300) : at + 100]


async def _created(grove: Grove, node: Record) -> str:
    """Create a run as Prefect's page or a schedule would; return its flow run's id."""
    async with httpx.AsyncClient(base_url=grove.stack.api_url + "/", headers=grove.stack.headers) as client:
        deployment = (await client.get("deployments/name/solve/swarm")).json()["id"]
        body = {"parameters": {"node": node}}
        return str((await client.post(f"deployments/{deployment}/create_flow_run", json=body)).json()["id"])


async def _tables(grove: Grove) -> list[str]:
    """Return every row of every table, Prefect's and ours, as text; what is kept as bytes is read as such."""
    connection = await asyncpg.connect(grove.stack.database_url)
    try:
        tables = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        )
        assert {"usage", "runs", "flow_run", "log"} <= {row["name"].partition(".")[2] for row in tables}
        found = []
        for row in tables:
            found += [
                f"{row['name']}: {each[0]}" for each in await connection.fetch(f"select t::text from {row['name']} t")
            ]
        results = await connection.fetch("select key, data from swarm.results")
        return found + [f"{row['key']}: {bytes(row['data']).decode()}" for row in results]
    finally:
        await connection.close()


def _files(grove: Grove, carried: Path) -> list[str]:
    """Return every file under the home but the database's own, and the one that may hold secrets."""
    home = grove.settings.swarm_home
    kept = [path for path in home.rglob("*") if path.is_file() and path.name != carried.name]
    outside = [path for path in kept if not path.is_relative_to(home / "postgres")]
    assert any(path.suffix == ".log" for path in outside)
    return [f"{path}: {path.read_text(errors='replace')}" for path in outside]


class _Parrot:
    """A GitHub that refuses everybody, and repeats the token it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []
        given = self.given

        class Refusal(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                given.append(self.headers.get("authorization", ""))
                body = json.dumps({"message": f"Bad credentials: {given[-1]}"}).encode()
                self.send_response(401)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the terminal to the tests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "_Parrot":
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
