"""Secrets: two marked ones in many places and spellings, looked for in all that a run leaves and shows."""

import base64
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import asyncpg
import pytest

from swarm.testing import ScriptedModel
from tests.end_to_end.conftest import Grove
from tests.end_to_end.said import Said
from tests.end_to_end.test_hands import do, end, led, turn
from tests.swarm.functions.samples import fresh

pytestmark = pytest.mark.engine
_KEY = "sk-MARKopenai-4711-abcdef"
_ODD = "MARKmydb\"pa ss\\wo/rd'47é11"
_SECRETS = (_KEY, _ODD)


def _encoded(secret: str, offset: int) -> str:
    return base64.b64encode(b"x" * offset + secret.encode() + b"yy").decode()


def _spellings(secret: str) -> list[str]:
    once = json.dumps(secret)[1:-1]
    spelt = [secret, once, json.dumps(once)[1:-1], repr(secret)[1:-1], quote(secret, safe="")]
    return [*spelt, *(_encoded(secret, offset) for offset in range(3))]


def _needles() -> list[bytes]:
    """Return what must not be found: each spelling, of base64 the middle, which no neighbour changes."""
    found = [s if "MARK" in s else s[4:-8] for secret in _SECRETS for s in _spellings(secret)]
    return [each.encode() for each in {*found, *(json.dumps(each)[1:-1] for each in found)}]


class _Page(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]]
    body: ClassVar[bytes]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = self.body
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *given: object) -> None:
        pass


@contextmanager
def site(page: str) -> Iterator[tuple[int, list[str]]]:
    """Serve a page at every address; yields the port and the addresses that were asked."""
    asked: list[str] = []
    kind = type("_Asked", (_Page,), {"asked": asked, "body": page.encode()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _leak(name: str) -> Said:
    """Return a function that is granted a secret and gives it away: in its result, or in an error."""
    code = f"""
import json, os

def {name}(how: str) -> str:
    key = os.environ.get("MYDB", "none")
    if how == "plain":
        return "ok"
    if how == "result":
        return json.dumps({{"key": key, "again": json.dumps(key)}})
    raise ValueError(repr(key))
"""
    return {
        **{"name": name, "description": "Say the key.", "code": code, "returns": {"type": "string"}},
        "parameters": {"type": "object", "properties": {"how": {"type": "string"}}, "required": ["how"]},
        "test_cases": [{"arguments": {"how": "plain"}, "expected": "ok"}],
        "capabilities": {"secrets": ["MYDB"]},
    }


def _script(port: int, function: str) -> Said:
    """Return what a model does that wants to give the secrets away, wherever it can."""
    spelt = "\n".join(each for secret in _SECRETS for each in _spellings(secret))
    return led(
        turn(
            do("read", uri="data.txt"),
            do("find", pattern="MARK|TUFSS"),
            do("run_command", command="cat data.txt; cat data.txt | base64; echo made > made.txt"),
            do("read", uri=f"http://127.0.0.1:{port}/page?token={_KEY}"),
            do("read", uri=f"http://127.0.0.1:{port}/page"),
            situation=spelt,
        ),
        turn(
            do("write_file", path="out.md", text=spelt),
            do("write_file", path=f"{_KEY}.md", text="named"),
            do("note", text=spelt),
            do("edit_file", path="data.txt", edits=[{"old": "first line", "new": "line one"}]),
            do("call_function", name=function, arguments=json.dumps({"how": "result"})),
            do("call_function", name=function, arguments=json.dumps({"how": "error"})),
            do("call_function", name=function, arguments=json.dumps({"how": _KEY})),
        ),
        end(f"The keys are {spelt}", evidence=["data.txt"]),
        wanted=[{"text": f"It shows {_KEY}", "check": "judge", "spec": _ODD}],
    )


async def test_no_secret_is_left_anywhere_in_any_spelling(grove: Grove) -> None:
    """Goal, context, files, output, hits, pages, titles, addresses, notes, names, functions, answers and criteria hold
    them; prompts, database, logs, snapshot, memory and terminal do not.
    """
    spelt = "\n".join(each for secret in _SECRETS for each in _spellings(secret))
    (grove.folder / "data.txt").write_text(f"first line\n{spelt}\n")
    name = fresh("leak")
    (grove.folder / "leak.json").write_text(json.dumps({"functions": [_leak(name)]}))
    told = {
        **{"OPENAI_API_KEY": _KEY, "SWARM_SECRETS": json.dumps({"MYDB": _ODD}), "SWARM_MODEL": "strong"},
        **{"SWARM_GRANTS": "secret:MYDB", "SWARM_WEB": "open"},
    }
    shown = [await grove.say("functions", "import", "leak.json", "--grant", "secret:MYDB", **told)]
    assert shown[0][0] == 0, shown
    page = f"<title>Key {_KEY}</title><p>{' '.join(_spellings(_KEY))} and {quote(_ODD)}</p>"
    with site(page) as (port, _), ScriptedModel(_script(port, name)) as model:
        told["SWARM_ALLOW_PRIVATE"] = f"127.0.0.1:{port}"
        goal = f"Look what data.txt and {_KEY} and {_ODD} say at http://127.0.0.1:{port}/page"
        code, said, words = await grove.say("run", goal, "--json", base_url=model.base_url, **told)
        assert code == 0, said
        run = json.loads(said)["run"]
        shown.append((code, said, words))
        for command in (("ls",), ("show", run), ("history", run), ("changes", run), ("memory", "search", "MARK")):
            shown.append(await grove.say(*command, **told))
        shown.append(await grove.say("snapshot", run, **told))
        asked = [request.model_dump_json(exclude={"authorization"}) for request in model.requests]
    assert (grove.folder / "out.md").read_text().count("***") >= 16, "what the model wrote has no key in it"
    assert _KEY in (grove.folder / "data.txt").read_text(), "a person's own file keeps what is his"
    assert len(asked) >= 4 and "***" in "".join(asked)

    found = {f"prompt {at}": _found(text.encode()) for at, text in enumerate(asked)}
    found |= {f"command {at}": _found("".join(map(str, each)).encode()) for at, each in enumerate(shown)}
    found |= await _found_in_tables(grove)
    found |= _found_in_files(grove.settings.swarm_home)
    assert {place: needles for place, needles in found.items() if needles} == {}
    shutil.rmtree(grove.folder)


def _found(data: bytes) -> list[bytes]:
    return [needle for needle in _needles() if needle in data]


async def _found_in_tables(grove: Grove) -> dict[str, list[bytes]]:
    """Look into every row of every table, the engine's too; blobs keep a person's own files, to be undone."""
    connection = await asyncpg.connect(grove.stack.database_url)
    found = {}
    try:
        tables = await connection.fetch(
            "select table_schema as s, table_name as t from information_schema.tables"
            " where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"
        )
        for row in tables:
            rows = await connection.fetch(f'select each::text as said from "{row["s"]}"."{row["t"]}" each')
            if row["t"] != "blobs":
                found[f"table {row['t']}"] = _found("\n".join(each["said"] for each in rows).encode())
        results = await connection.fetch("select data from swarm.results")
        found["results"] = _found(b"\n".join(bytes(each["data"]) for each in results))
    finally:
        await connection.close()
    return found


def _found_in_files(home: Path) -> dict[str, list[bytes]]:
    """Look into every file of the home but the settings of a run, which are where its keys are kept."""
    files = [path for path in home.rglob("*") if path.is_file() and path.name != "settings.json"]
    return {str(path.relative_to(home)): _found(path.read_bytes()) for path in files if "postgres" not in path.parts}
