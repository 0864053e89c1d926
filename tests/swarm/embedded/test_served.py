"""How the one child of a home is started, found, replaced and ended; live: that it answers."""

import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from integrations.llm.endpoint import Endpoint
from swarm.chat import Answer, Message, Request
from swarm.decisions import Decision
from swarm.embedded import ServedModel, ensure_served, served, stop_served
from swarm.errors import ModelUnavailable
from swarm.ladder import structured
from swarm.settings import Settings
from swarm.stack import model as record
from swarm.stack.home import Home

STAND_IN = (sys.executable, str(Path(__file__).with_name("stand_in.py")))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home whose model file is there already, as far as these tests need one."""
    monkeypatch.setattr(served, "fetch", lambda *_: tmp_path / "model.gguf")
    settings = Settings(swarm_home=tmp_path / "home")
    yield settings
    stop_served(settings)


def ensure(settings: Settings) -> ServedModel:
    return ensure_served(settings, child=STAND_IN)


def test_a_second_call_finds_the_running_server(home: Settings) -> None:
    """One child; its record is for its owner only, and the stack's status reads it."""
    first = ensure(home)
    assert ensure(home) == first and psutil.pid_exists(first.pid)
    path = home.swarm_home / "model.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    status = record.status(Home(home.swarm_home))
    assert (status.pid, status.base_url, status.running) == (first.pid, first.base_url, True)
    assert first.key.get_secret_value() not in repr(first)
    assert first.key.get_secret_value() not in " ".join(psutil.Process(first.pid).cmdline())


def test_callers_at_once_share_one_server(home: Settings) -> None:
    """The lock lets one of them start it."""
    with ThreadPoolExecutor(3) as pool:
        assert len({found.pid for found in pool.map(lambda _: ensure(home), range(3))}) == 1


def test_a_dead_server_is_replaced(home: Settings) -> None:
    """A stale record does not fool anyone."""
    first = ensure(home)
    os.kill(first.pid, signal.SIGKILL)
    os.waitpid(first.pid, 0)
    second = ensure(home)
    assert second.pid != first.pid and second.key != first.key


def test_a_process_that_only_has_the_pid_is_not_taken_for_ours(home: Settings) -> None:
    """The creation time must fit too; and a stranger is never ended."""
    first = ensure(home)
    path = home.swarm_home / "model.json"
    path.write_text(path.read_text().replace(f"{first.created!r}", f"{first.created - 3600!r}"))
    try:
        assert ensure(home).pid != first.pid and _runs(first.pid)
    finally:
        os.kill(first.pid, signal.SIGKILL)


def test_a_wedged_server_is_replaced(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs but does not answer: it is ended, and another one started."""
    monkeypatch.setattr(served, "_HEALTH_SECONDS", 0.3)
    monkeypatch.setattr(record, "STOP_SECONDS", 0.3)
    first = ensure(home)
    os.kill(first.pid, signal.SIGSTOP)
    second = ensure(home)
    assert second.pid != first.pid and not _runs(first.pid)


def test_other_settings_replace_the_server(home: Settings) -> None:
    """Another model or another number of threads is another server."""
    first = ensure(home)
    other = home.model_copy(update={"swarm_embedded_threads": 1})
    assert ensure(other).pid != first.pid
    assert not _runs(first.pid)


def test_stopping_ends_it_and_is_no_error_twice(home: Settings) -> None:
    """It says whether one ran; the record is gone."""
    pid = ensure(home).pid
    assert stop_served(home) and not stop_served(home)
    assert not _runs(pid) and not (home.swarm_home / "model.json").exists()


def test_a_server_that_does_not_start_is_one_line_from_its_log(home: Settings) -> None:
    """What it said last, and where the rest is."""
    with pytest.raises(ModelUnavailable, match=r"the model file is damaged; see .*model\.log") as caught:
        ensure_served(home, child=(*STAND_IN, "broken"))
    assert "\n" not in str(caught.value)


@pytest.mark.live
async def test_the_embedded_model_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without key and URL an endpoint serves itself, and its answer is a valid decision."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SWARM_MODEL"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings(swarm_home=tmp_path)
    messages = (Message(role="system", content="Choose the next action."), Message(role="user", content="Write a.txt."))
    try:
        chat = Endpoint(settings)
        decided = await structured(chat, Request(role="decide", messages=messages, max_tokens=400), Decision)
        assert isinstance(decided, Decision)
        started = time.monotonic()
        answer = await chat(Request(role="write", messages=messages, max_tokens=8))
        assert isinstance(answer, Answer) and answer.usage.usd == 0 and answer.usage.tokens_in > 0
        assert time.monotonic() - started < 60
    finally:
        stop_served(settings)


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
