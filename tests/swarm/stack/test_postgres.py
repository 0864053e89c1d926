"""Postgres alone: made, found half-made, killed, locked by a stale pid, of another version, on a full disk."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from swarm import database
from swarm.errors import StackError
from swarm.settings import Settings
from swarm.stack import postgres, processes, unprivileged, up
from swarm.stack.home import Home, Memory, Remembered

pytestmark = pytest.mark.engine
_ROOT = os.geteuid() == 0


@contextmanager
def _running(home: Home, memory: Memory | None = None) -> Iterator[tuple[Remembered, str]]:
    child, folder, password = postgres.start(home, memory or Memory())
    postgres.wait(home, child)
    known = processes.remembered(child.pid)
    processes.release(child)
    try:
        yield known, postgres.database_url(folder, password)
    finally:
        postgres.stop(known)


async def _ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def test_data_outlives_a_kill_and_a_lock_whose_pid_is_somebody_elses(home: Path) -> None:
    """After kill -9, and with a pid file that names a process of another kind, Postgres starts with all its data."""
    place = Home(home).make()
    with _running(place) as (known, url):
        asyncio.run(database.ensure_database(url))
        assert asyncio.run(database.migrate(url))[0] == "001_usage.sql"
        asyncio.run(_ask(url, "insert into swarm.runs (run, goal) values ('r', 'g')"))
        os.kill(known.pid, signal.SIGKILL)
    lock = home / "postgres" / "data" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    with _running(place) as (_, url):
        assert asyncio.run(_ask(url, "select goal from swarm.runs")) == "g"
        assert asyncio.run(database.migrate(url)) == []


def test_a_half_made_database_is_made_again(home: Path) -> None:
    """What an interrupted initdb left, beside its place or in it, does not stand in the way."""
    place = Home(home).make()
    for name in ("unfinished", "data"):
        (home / "postgres" / name).mkdir()
        (home / "postgres" / name / "PG_VERSION").write_text("18\n")
    with _running(place) as (_, url):
        asyncio.run(database.ensure_database(url))
    assert len(list((home / "postgres").glob("broken-*"))) == 1


def test_a_long_home_gets_its_socket_elsewhere_in_a_private_folder(home: Path) -> None:
    """A socket's path has a limit that a home's has not."""
    place = Home(home / ("d" * 100)).make()
    with _running(place) as (_, url):
        folder = Path(url.partition("host=")[2].partition("&")[0])
        assert "d" * 100 not in url
        assert folder.stat().st_mode & 0o077 == 0
    with _running(place, Memory(socket_folder=folder, database_url=url)) as (_, again):
        assert again == url
    folder.rmdir()


def test_a_leftover_that_nobody_remembers_is_ended_first(home: Path) -> None:
    """A Postgres that an interrupted `up` left on the same data is stopped, then started again."""
    place = Home(home).make()
    with _running(place) as (first, _), _running(place) as (second, _):
        assert not processes.is_running(first)
        assert processes.is_running(second)


def test_data_of_another_version_is_refused_in_one_line(home: Path) -> None:
    """Postgres does not read another major version's folder, and the message says what to do."""
    data = home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(StackError, match="made by Postgres 16, this is Postgres 18"):
        up(_settings(home), lambda line: None)


def test_concurrent_migrations_take_turns(home: Path) -> None:
    """Each migration is applied by exactly one of four that run at once."""

    async def four(url: str) -> list[list[str]]:
        return list(await asyncio.gather(*(database.migrate(url) for _ in range(4))))

    with _running(Home(home).make()) as (_, url):
        asyncio.run(database.ensure_database(url))
        applied = [names for names in asyncio.run(four(url)) if names]
    assert len(applied) == 1


@pytest.mark.skipif(not _ROOT, reason="only root can mount a small disk")
def test_a_full_disk_is_one_clear_line_and_nothing_stays(home: Path) -> None:
    """The database does not fit: the message says so, and no process is left."""
    home.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(home)]).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(StackError, match="No space left on device"):
            up(_settings(home), lambda line: None)
        assert not _processes_of(home)
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)


@pytest.mark.skipif(not _ROOT, reason="for an ordinary user every other test shows it")
def test_an_ordinary_user_gets_his_postgres(home: Path) -> None:
    """Without root, too: asked in a process that bears another number than 0."""
    launcher = [sys.executable, "-I", str(Path(unprivileged.__file__))]
    if subprocess.run([*launcher, "--probe"]).returncode != 0:
        pytest.skip("user namespaces are not allowed here")
    home.mkdir()
    code = f"""
        import os
        from pathlib import Path
        from swarm.stack import postgres, processes
        from swarm.stack.home import Home, Memory
        home = Home(Path({str(home)!r}) / "own").make()
        child, _, _ = postgres.start(home, Memory())
        postgres.wait(home, child)
        postgres.stop(processes.remembered(child.pid))
        print("ran as", os.geteuid())
    """
    argv = [*launcher, str(home), sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("ran as") and done.stdout != "ran as 0\n", done.stderr


def test_an_unwritable_home_is_one_clear_line() -> None:
    """A home that cannot be made says which it is and what to do."""
    with pytest.raises(StackError, match=r"/proc/nowhere cannot be written: .*set SWARM_HOME"):
        up(_settings(Path("/proc/nowhere")), lambda line: None)


def _settings(home: Path) -> Settings:
    return Settings(swarm_home=home, swarm_database_url=None, prefect_api_url=None)


def _processes_of(home: Path) -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if str(home) in " ".join(each.info["cmdline"] or [])]
