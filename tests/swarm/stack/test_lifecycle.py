"""The whole stack: up, up again, down; killed part by part; two at once; a taken port; how fast runs start."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import pytest
import yaml

from swarm.errors import StackError
from swarm.settings import Settings
from swarm.stack import Status, connection, down, processes, status, up
from swarm.stack.home import Home, Remembered
from swarm.stack.jobs import DEPLOYMENTS, POOL

pytestmark = pytest.mark.engine
_HERE = Path(__file__).parent


def _silent(_: str) -> None:
    return None


def _settings(home: Path, **given: str) -> Settings:
    return Settings.model_validate(
        {"swarm_home": home, "swarm_database_url": None, "prefect_api_url": None, "openai_api_key": "sk-t", **given}
    )


class Silence(ThreadingHTTPServer):
    """A model that takes a request and never answers: whoever asks it stays."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, str]] = []
        asked, over = self.asked, threading.Event()
        self.over = over

        class Ear(BaseHTTPRequestHandler):
            def _hear(self) -> None:
                asked.append((time.time(), self.headers.get("Authorization", "")))
                over.wait()

            do_GET = do_POST = _hear

        super().__init__(("127.0.0.1", 0), Ear)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


@pytest.fixture(scope="module")
def model() -> Iterator[Silence]:
    """The model of this module's runs."""
    with Silence() as silence:
        threading.Thread(target=silence.serve_forever, daemon=True).start()
        yield silence
        silence.over.set()
        silence.shutdown()


@pytest.fixture(scope="module")
def settings(model: Silence) -> Iterator[Settings]:
    """A stack of this module's own, since its parts are killed; brought up by two processes at the same moment."""
    home = Path(tempfile.mkdtemp(prefix="sw"))
    found = _settings(home, openai_base_url=model.url, swarm_model="silent")
    try:
        yield found
    finally:
        down(found, _silent)
        shutil.rmtree(home, ignore_errors=True)


def _pids(found: Status) -> list[int | None]:
    return [found.postgres.pid, found.prefect.pid, found.worker.pid]


def _processes_of(home: Path) -> list[str]:
    found = []
    for each in psutil.process_iter():
        try:
            mine = each.environ().get("SWARM_HOME") == str(home) or str(home) in " ".join(each.cmdline())
            if mine and each.status() != psutil.STATUS_ZOMBIE and each.pid != os.getpid():
                found.append(" ".join(each.cmdline())[:200])
        except psutil.Error:
            continue
    return found


def test_two_ups_at_the_same_moment_make_one_stack(settings: Settings) -> None:
    """From nothing: the second waits for the first and finds its processes."""
    code = (
        "import sys; from pathlib import Path; from swarm.settings import Settings; from swarm.stack import up;"
        "print(up(Settings(swarm_home=Path(sys.argv[1]), swarm_database_url=None, prefect_api_url=None,"
        " openai_api_key='sk-t', openai_base_url=sys.argv[2], swarm_model='silent'), print_nothing).model_dump_json())"
    ).replace("print_nothing", "lambda line: None")
    argv = [sys.executable, "-c", code, str(settings.swarm_home), str(settings.openai_base_url)]
    children = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [Status.model_validate_json(child.communicate(timeout=120)[0]) for child in children]
    assert said[0] == said[1] == status(settings)
    assert said[0].running
    assert len(set(_pids(said[0]))) == 3


def test_up_again_changes_nothing_and_is_fast(settings: Settings) -> None:
    """A running stack is recognised in under a second, without importing Prefect."""
    before = status(settings)
    begun = time.monotonic()
    assert up(settings, pytest.fail) == before
    assert time.monotonic() - begun < 1
    code = "import sys; import swarm.stack; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_another_model_or_key_in_a_shell_does_not_restart_the_worker(settings: Settings) -> None:
    """Runs carry their settings; a restart would end those under way."""
    other = _settings(settings.swarm_home, openai_api_key="sk-other", swarm_model="another")
    assert _pids(up(other, pytest.fail)) == _pids(status(settings))


def test_the_page_names_its_own_server_and_secrets_stay_out_of_it(settings: Settings) -> None:
    """The UI calls the API on its own port; the server's process knows no key, the worker's does."""
    found = status(settings)
    with urllib.request.urlopen(f"{found.prefect.ui_url}/ui-settings") as answer:
        assert json.load(answer)["api_url"] == found.prefect.api_url
    assert "sk-t" not in psutil.Process(found.prefect.pid).environ().values()
    assert psutil.Process(found.worker.pid).environ()["OPENAI_API_KEY"] == "sk-t"
    assert "host=" not in found.model_dump_json()


def test_the_deployments_are_those_of_prefect_yaml(settings: Settings) -> None:
    """What `swarm up` registers is what the file at the top of the repository says."""
    told = yaml.safe_load((_HERE.parents[2] / "prefect.yaml").read_text())["deployments"]
    assert {f"{each['flow_name']}/{each['name']}": each["entrypoint"] for each in told} == DEPLOYMENTS
    assert {each["work_pool"]["name"] for each in told} == {POOL}
    for name, entrypoint in DEPLOYMENTS.items():
        assert _ask(settings, f"deployments/name/{name}")["entrypoint"] == entrypoint


def test_a_run_starts_warm_with_the_workers_environment(settings: Settings, model: Silence) -> None:
    """A run is a fork of a process that has imported everything: about a second; the bound is for a busy machine."""
    begun = time.time()
    run, process = _start(settings, model)
    assert any(part.endswith("warm.py") for part in process.cmdline())
    at, key = model.asked[0]
    assert at - begun < 15
    assert key == "Bearer sk-t"
    _cancel(settings, run)
    process.wait(timeout=20)


def test_a_cancelled_run_ends_within_seconds(settings: Settings, model: Silence) -> None:
    """Cancelling reaches the run's process."""
    run, process = _start(settings, model)
    _cancel(settings, run)
    process.wait(timeout=20)


def test_nothing_under_the_home_is_open(settings: Settings) -> None:
    """Whoever made it: `up`, Postgres, the server, the worker or a run."""
    assert _open_in(settings.swarm_home) == []


def test_each_part_comes_back_after_a_kill(settings: Settings, model: Silence) -> None:
    """After kill -9 of everything `up` makes it whole again on the same port, and ends what a dead worker left."""
    before = up(settings, _silent)
    _, run = _start(settings, model)
    ours = [psutil.Process(pid) for pid in _pids(before)]
    for process in ours:
        process.kill()
    _await_death(ours)
    assert not status(settings).running
    with pytest.raises(StackError, match="run `swarm up`"):
        connection(settings)
    after = up(settings, _silent)
    assert after.running
    assert not set(_pids(before)) & set(_pids(after))
    assert after.prefect.api_url == before.prefect.api_url
    assert not processes.is_running(Remembered(pid=run.pid, created=run.create_time()))


def test_down_leaves_no_process_runs_included(settings: Settings, model: Silence) -> None:
    """Worker, runs, server and database are gone, and a second `down` says that there is nothing to stop."""
    _start(settings, model)
    said: list[str] = []
    down(settings, said.append)
    assert said[-1] == "the stack is stopped"
    assert _processes_of(settings.swarm_home) == []
    down(settings, said.append)
    assert said[-1] == "the stack is not running"


def test_a_taken_port_is_left_to_its_owner_and_a_pid_that_is_anothers_too(settings: Settings) -> None:
    """The server moves to another port; a remembered pid that was reused is not taken for ours, nor harmed."""
    home = Home(settings.swarm_home)
    memory = home.recall()
    mine = Remembered(pid=os.getpid(), created=1.0)
    home.remember(memory.model_copy(update={"processes": dict.fromkeys(("postgres", "prefect", "worker"), mine)}))
    assert not status(settings).running
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", memory.port or 0))
        other.listen()
        found = up(settings, _silent)
    assert found.running
    assert found.prefect.api_url != f"http://127.0.0.1:{memory.port}/api"


def test_a_home_from_before_the_lock_is_locked_and_loses_nothing(home: Path) -> None:
    """Postgres trusted everybody, the server asked for no login and folders were open; what runs is noticed."""
    settings, place = _settings(home), Home(home)
    up(settings, _silent)
    pool = _ask(settings, "work_pools/swarm")["id"]
    _without_lock(place)
    said: list[str] = []
    assert up(settings, said.append).running
    assert "the Prefect server was started without a login; it is restarted with one" in said
    assert _ask(settings, "work_pools/swarm")["id"] == pool
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{connection(settings).api_url}/work_pools/swarm")
    assert "trust" not in (home / "postgres" / "data" / "pg_hba.conf").read_text()
    assert urlsplit(place.recall().database_url or "").password
    assert _open_in(home) == []
    up(settings, pytest.fail)


def _without_lock(place: Home) -> None:
    """Make a home that runs what the version before the lock had left."""
    memory = place.recall()
    known = {name: each.model_copy(update={"made_of": "then"}) for name, each in memory.processes.items()}
    url = urlunsplit(urlsplit(memory.database_url or "")._replace(netloc="swarm@"))
    place.remember(memory.model_copy(update={"processes": known, "database_url": url}))
    (place.postgres / "data" / "pg_hba.conf").write_text("local all all trust\n")
    place.login.unlink()
    for path in (place.root, place.logs, place.root / "stack.lock"):
        path.chmod(0o755)


def test_an_unreachable_database_or_server_is_one_line_and_nothing_is_left(home: Path) -> None:
    """A closed port is named within 10 s, without the password, and no process stays behind."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(StackError, match=f"the database postgresql://me@{address}/d cannot be reached") as caught:
            up(_settings(home, swarm_database_url=f"postgresql://me:secret@{address}/d"), _silent)
        assert "secret" not in str(caught.value)
        with pytest.raises(StackError, match=f"PREFECT_API_URL=http://{address}/api cannot be reached"):
            up(_settings(home, prefect_api_url=f"http://{address}/api"), _silent)
    assert time.monotonic() - begun < 20
    assert _processes_of(home) == []


def test_a_start_that_fails_undoes_itself(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the server dies while starting, its last words are quoted and the database is stopped again."""
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "NONSENSE")
    with pytest.raises(StackError, match=r"ended while starting.*see .*\.log"):
        up(_settings(home), _silent)
    assert _processes_of(home) == []


def _start(settings: Settings, model: Silence) -> tuple[str, psutil.Process]:
    """Start a run, wait until it asks the model, and return its flow run and its process."""
    model.asked.clear()
    before = _forks(settings)
    deployment = _ask(settings, "deployments/name/solve/swarm")["id"]
    body = {"parameters": {"node": {"goal": "Ask the model"}}}
    run = _ask(settings, f"deployments/{deployment}/create_flow_run", body)["id"]
    end = time.monotonic() + 60
    while not model.asked:
        assert time.monotonic() < end, "the run did not start"
        time.sleep(0.05)
    (process,) = _forks(settings) - before
    return str(run), process


def _forks(settings: Settings) -> set[psutil.Process]:
    """Return the processes of runs: what the warm process has forked."""
    worker = psutil.Process(status(settings).worker.pid)
    warm = [each for each in worker.children() if any(part.endswith("warm.py") for part in each.cmdline())]
    return {each for parent in warm for each in parent.children() if each.status() != psutil.STATUS_ZOMBIE}


def _open_in(home: Path) -> list[str]:
    found = [home, *home.rglob("*")]
    return [str(path) for path in found if not path.is_symlink() and path.lstat().st_mode & 0o077]


def _cancel(settings: Settings, run: str) -> None:
    _ask(settings, f"flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})


def _ask(settings: Settings, path: str, body: object = None) -> dict[str, object]:
    known = connection(settings)
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"} | known.headers
    with urllib.request.urlopen(urllib.request.Request(f"{known.api_url}/{path}", data, headers), timeout=20) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def _await_death(killed: list[psutil.Process]) -> None:
    """Wait for the kernel to have done it: until then a killed process counts as running."""
    end = time.monotonic() + 10
    while any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in killed):
        assert time.monotonic() < end, "kill -9 was not enough"
        time.sleep(0.01)
