"""The lock, tried on a real stack: another user, origin or host; and what even the login does not open."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from integrations.prefect_api.deployments import find_refused
from integrations.records import Records
from swarm import stack as local
from swarm.settings import Settings
from swarm.stack import Connection
from swarm.stack.home import Home
from swarm.stack.jobs import POOL, TEMPLATE
from swarm.stack.login import encode, read_login
from tests.swarm.stack.browser import browser

pytestmark = pytest.mark.engine
_STRANGER = 54_321
_SECONDS = 90.0
_ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
_ID = "00000000-0000-4000-8000-000000000000"
_REQUESTS = [
    ("POST", "flow_runs/filter"),
    ("POST", "flow_runs/"),
    ("POST", "deployments/filter"),
    ("POST", f"deployments/{_ID}/create_flow_run"),
    ("POST", f"flow_runs/{_ID}/resume"),
    ("POST", f"flow_runs/{_ID}/set_state"),
    ("POST", "artifacts/filter"),
    ("POST", "logs/filter"),
    ("POST", "events/filter"),
    ("PATCH", "work_pools/swarm"),
    ("DELETE", f"flow_runs/{_ID}"),
    ("GET", "work_pools/swarm"),
    ("GET", "admin/settings"),
    ("GET", "docs"),
    ("GET", "csrf-token?client=x"),
    ("GET", "variables/name/health"),
]
_SOCKETS = [
    "events/out",
    "events/in",
    "logs/out",
    "task_runs/subscriptions/scheduled",
    "work_pools/swarm/workers/connect",
]
Stack = tuple[Settings, Connection]


@pytest.fixture
def api(stack: Stack) -> Iterator[httpx.Client]:
    """A client that has the login."""
    with httpx.Client(base_url=f"{stack[1].api_url}/", headers=stack[1].headers, timeout=30) as client:
        yield client


def _address(stack: Stack) -> str:
    return urlsplit(stack[1].api_url).netloc


def _ask(address: str, method: str, path: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection(address, timeout=20)
    try:
        body = "{}" if method in ("POST", "PATCH") else None
        connection.request(method, f"/api/{path}", body, {"Content-Type": "application/json", **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def _listen(address: str, path: str, token: str | None, origin: str | None = None) -> str:
    """Open a websocket as Prefect's clients do, and say what came of it."""
    try:
        with connect(
            f"ws://{address}/api/{path}",
            subprotocols=[Subprotocol("prefect")],
            origin=Origin(origin) if origin else None,
            proxy=None,
        ) as opened:
            opened.send(json.dumps({"type": "auth", "token": token}))
            return str(json.loads(opened.recv(timeout=20))["type"])
    except InvalidStatus as error:
        return f"status {error.response.status_code}"
    except ConnectionClosed:
        return "closed"


def _as_a_stranger(attempt: Callable[[], object]) -> Any:
    """Return what an attempt returns that another user of this machine makes, who has what everybody has."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(_STRANGER)
            os.setuid(_STRANGER)
            said: object = attempt()
        except BaseException as error:  # noqa: BLE001  the parent is told
            said = f"{type(error).__name__}: {error}"
        os.write(writing, json.dumps(said).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return json.loads(told)


def test_another_user_gets_no_answer_but_that_the_server_is_there(stack: Stack) -> None:
    """Each request and each websocket is refused, without a login and with a guessed one."""
    address = _address(stack)
    guessed = {"Authorization": f"Basic {encode('swarm:swarm')}"}
    _ask(address, "GET", "health", {})  # what is imported late would not be found by a stranger
    _listen(address, "events/out", None)

    def attempt() -> object:
        asked = [_ask(address, method, path, headers) for method, path in _REQUESTS for headers in ({}, guessed)]
        return {
            "requests": asked,
            "health": _ask(address, "GET", "health", {}),
            "sockets": [_listen(address, path, token) for path in _SOCKETS for token in (None, "swarm:swarm")],
        }

    tried = _as_a_stranger(attempt)
    assert set(tried["requests"]) == {401}, dict(zip(_REQUESTS, tried["requests"][::2], strict=True))
    assert tried["health"] == 200
    assert set(tried["sockets"]) == {"closed"}


def test_another_user_reaches_neither_files_nor_database(stack: Stack) -> None:
    """The home is closed, and with it the socket, the login and every run's files."""
    home = stack[0].swarm_home
    place = parse_qs(urlsplit(stack[1].database_url).query)["host"][0]

    def reach() -> None:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.connect(f"{place}/.s.PGSQL.5432")

    def refused(attempt: Callable[[], object]) -> bool:
        try:
            attempt()
        except PermissionError:
            return True
        return False

    attempts = (lambda: next(home.iterdir()), lambda: Path(home, "login").read_text(), reach)
    assert _as_a_stranger(lambda: [refused(each) for each in attempts]) == [True, True, True]


async def test_the_database_wants_its_password(stack: Stack) -> None:
    """Even from its owner, over its own socket."""
    address = urlsplit(stack[1].database_url)
    without = urlunsplit(address._replace(netloc="swarm@"))
    for url in (without, urlunsplit(address._replace(netloc="swarm:guessed@"))):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(url, timeout=20)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 400),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_foreign_page_changes_nothing_even_with_the_login(headers: dict[str, str], status: int, stack: Stack) -> None:
    """A browser says where a request comes from; one that leaks the login does not help a page."""
    address, known = _address(stack), stack[1].headers
    changing = [(method, path) for method, path in _REQUESTS if method != "GET"]
    assert {_ask(address, method, path, known | headers) for method, path in changing} == {status}


def test_a_foreign_page_reads_nothing(stack: Stack) -> None:
    """Its request, its question whether it may, and its websocket are refused; our page's are not."""
    address, login = _address(stack), read_login(Home(stack[0].swarm_home))
    evil = {"Origin": "https://evil.example"}
    asks = evil | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    assert _ask(address, "GET", "work_pools/swarm", stack[1].headers | evil) == 403
    assert _ask(address, "OPTIONS", "flow_runs/filter", asks) == 403
    for path in _SOCKETS:
        assert _listen(address, path, login, "https://evil.example") == "status 403"
    for own in (None, f"http://{address}", f"http://{address.replace('127.0.0.1', 'localhost')}"):
        assert _listen(address, "events/out", login, own) == "auth_success"
        assert _ask(address, "GET", "work_pools/swarm", stack[1].headers | ({"Origin": own} if own else {})) == 200


def test_a_caller_sets_neither_command_nor_environment_nor_folder(api: httpx.Client, tmp_path: Path) -> None:
    """The pool has no variables; and a worker whose pool somebody has changed still starts what is its own."""
    out = tmp_path / "out"
    evil = {"command": f"sh -c 'id > {out}'", "env": {"X": "y"}, "working_dir": str(tmp_path)}
    resume = api.get("deployments/name/resume/swarm").json()["id"]
    for name, value in evil.items():
        answer = api.post(f"deployments/{resume}/create_flow_run", json={"job_variables": {name: value}})
        assert answer.status_code == 422, name
    changed = {"job_configuration": evil, "variables": {"type": "object", "properties": {}}}
    try:
        assert api.patch(f"work_pools/{POOL}", json={"base_job_template": changed}).is_success
        run = api.post(f"deployments/{resume}/create_flow_run", json={"parameters": {"flow_run": _ID}}).json()
        state = _await_end(api, run["id"])
    finally:
        api.patch(f"work_pools/{POOL}", json={"base_job_template": TEMPLATE})
    assert (state["type"], out.exists()) == ("FAILED", False), state
    assert f"flow_runs/{_ID}" in state["message"], "our own flow has run"


@pytest.mark.parametrize(
    "given",
    [
        {"entrypoint": "evil.run", "path": "{0}"},
        {"entrypoint": "evil.py:run", "path": "{0}"},
        {
            "entrypoint": "flows.ingest.ingest",
            "pull_steps": [{"prefect.deployments.steps.run_shell_script": {"script": "touch {0}/out"}}],
        },
    ],
)
def test_a_deployment_of_somebody_elses_code_is_not_run(
    given: dict[str, Any], api: httpx.Client, tmp_path: Path
) -> None:
    """Neither its flow nor its steps; the run says why."""
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'out')!r}, 'w')\n\n\ndef run():\n    pass\n")
    filled = json.loads(json.dumps(given).replace("{0}", str(tmp_path)))
    flow = api.post("flows/", json={"name": "evil"}).json()["id"]
    named = {"name": f"evil-{time.monotonic_ns()}", "flow_id": flow, "work_pool_name": POOL}
    deployment = api.post("deployments/", json=named | filled).json()["id"]
    run = api.post(f"deployments/{deployment}/create_flow_run", json={}).json()["id"]
    state = _await_end(api, run)
    assert state["type"] == "CRASHED" and "the work pool 'swarm'" in state["message"], state
    assert not (tmp_path / "out").exists()


def test_a_run_over_the_api_uses_only_folders_that_were_named(api: httpx.Client, stack: Stack, tmp_path: Path) -> None:
    """It writes nothing to another one, reads none, and takes no other run's name for more rights."""
    (tmp_path / "key").write_text("secret")
    solve = api.get("deployments/name/solve/swarm").json()["id"]
    nodes = [
        {"goal": "Write", "workspace": str(tmp_path)},
        {"goal": "Read", "inputs": [str(tmp_path / "key")]},
        {"goal": "Read", "inputs": [str(stack[0].swarm_home / "login")]},
        {"goal": "Write", "workspace": str(stack[0].swarm_home)},
        {"goal": "Be a child", "parent": "x", "run": "abcd1234", "workspace": str(tmp_path)},
        {"goal": "Be a path", "run": "../../x"},
    ]
    runs = [
        api.post(f"deployments/{solve}/create_flow_run", json={"parameters": {"node": node}}).json()["id"]
        for node in nodes
    ]
    states = [_await_end(api, run) for run in runs]
    assert {state["type"] for state in states} == {"FAILED"}, states
    assert all("not in a folder you have named" in state["message"] for state in states[:5]), states
    assert "not the name of a run" in states[5]["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_schedule_with_folders_that_nobody_named_is_found_before_it_comes(
    api: httpx.Client, stack: Stack, tmp_path: Path
) -> None:
    """`swarm up` says which deployment it is; with the folder in SWARM_FOLDERS there is nothing to say."""
    solve = api.get("deployments/name/solve/swarm").json()
    node = {"goal": "Brief", "workspace": str(tmp_path)}
    given = {"name": "morning-brief", "flow_id": solve["flow_id"], "entrypoint": solve["entrypoint"]}
    made = api.post("deployments/", json=given | {"parameters": {"node": node}, "work_pool_name": POOL}).json()["id"]

    async def refused(settings: Settings) -> dict[str, str]:
        async with await Records.open(stack[1]) as records:
            return await find_refused(records, settings)

    try:
        assert f"SWARM_FOLDERS={tmp_path}" in asyncio.run(refused(stack[0]))["morning-brief"]
        named = stack[0].model_copy(update={"swarm_folders": (tmp_path,)})
        assert "morning-brief" not in asyncio.run(refused(named))
    finally:
        api.delete(f"deployments/{made}")


def test_a_browser_gets_in_by_one_link_and_stays_in(stack: Stack, tmp_path: Path) -> None:
    """It lands on the page the link is for, the key leaves the address, and the page works with its websocket."""
    link = local.page_link(stack[0], f"{stack[1].ui_url}/work-pools")
    key = link.partition("#")[2].partition("/")[0]
    with browser() as page:
        page.open(f"{stack[1].ui_url}/work-pools")
        page.wait("location.pathname.includes('/login')")
        assert page.run("localStorage.getItem('prefect-password')") is None
        page.open(link)
        page.wait("location.pathname === '/work-pools' && document.body.innerText.includes('swarm')")
        page.screenshot(tmp_path / "page.png")
        assert key not in page.run("location.href")
        assert key not in json.dumps(page.run("performance.getEntriesByType('navigation').map(each => each.name)")[1:])
        assert page.run("fetch('/api/admin/version').then(answer => answer.status)") == 401
        page.run("localStorage.clear()")
        page.open(f"{link}?again")
        page.wait("document.body.innerText.includes('does not log you in')")
        assert {urlsplit(url).hostname for url in page.requests()} <= {"127.0.0.1", None}


def test_a_picture_that_a_model_names_is_not_fetched(stack: Stack, api: httpx.Client) -> None:
    """An artifact is shown without asking another server for what it names."""
    with socket.socket() as elsewhere, browser() as page:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.listen()
        elsewhere.settimeout(3)
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/pixel.png?q=stolen"
        artifact = {"key": "beacon", "type": "markdown", "data": f"A picture follows.\n\n![pixel]({url})\n"}
        made = api.post("artifacts/", json=artifact).json()["id"]
        page.open(local.page_link(stack[0], f"{stack[1].ui_url}/artifacts/artifact/{made}"))
        page.wait("document.body.innerText.includes('A picture follows.')")
        page.wait("document.querySelectorAll('img[src*=stolen]').length")
        with pytest.raises(TimeoutError):
            elsewhere.accept()
        assert any("img-src" in error for error in page.errors())
    api.delete(f"artifacts/{made}")


def _await_end(api: httpx.Client, run: str) -> dict[str, Any]:
    until = time.monotonic() + _SECONDS
    while (state := api.get(f"flow_runs/{run}").json()["state"])["type"] not in _ENDED:
        assert time.monotonic() < until, state
        time.sleep(0.3)
    return dict(state)
