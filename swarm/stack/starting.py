"""One `up` at work: what runs and is as it should be stays, what is missing is started, and a failure undoes it."""

import contextlib
import subprocess
from collections.abc import Callable

from swarm.errors import StackError
from swarm.keys import digest
from swarm.loops import wait_for
from swarm.settings import Settings
from swarm.stack import postgres, processes, server, shared_server, worker
from swarm.stack.home import Home, Memory, Remembered
from swarm.stack.login import make_login, read_login

_STOPS = {"worker": worker.stop, "prefect": server.stop, "postgres": postgres.stop}


class Starting:
    """The parts of the stack on their way up, in order; `undo` stops those that this call started."""

    def __init__(self, home: Home, settings: Settings, on_step: Callable[[str], None]) -> None:
        self._home = home
        self._settings = settings
        self._say = on_step
        self._memory = home.recall()
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def everything(self) -> None:
        """Bring up database, server and worker; the worker loads while the server still does."""
        if self._settings.prefect_api_url is not None:
            shared_server.check_reachable(self._settings)
            for gap in shared_server.find_gaps(self._settings):
                self._say(gap)
        url = self._database()
        server_child = self._server(url)
        worker_child = self._worker(url)
        self._migrate(url)
        if server_child is not None:
            server.wait(self._home, server_child, self._memory.port or 0, self._say)
        worker.wait(self._home, worker_child, self._say)
        for child in self._started.values():
            processes.release(child)

    def undo(self) -> None:
        """Stop what this call has started, last first."""
        left = dict(self._memory.processes)
        for name, child in reversed(self._started.items()):
            _STOPS[name](left.pop(name))
            processes.release(child)
        self._memory = self._memory.model_copy(update={"processes": left})
        with contextlib.suppress(StackError):  # a full disk, say; the first error is the one to hear of
            self._home.remember(self._memory)

    def _database(self) -> str:
        from swarm import database

        if self._settings.swarm_database_url is not None:
            url = self._settings.swarm_database_url.get_secret_value()
            wait_for(database.check(url))
            return url
        known = self._memory.database_url or ""
        # A process that was just killed may still be there while it no longer answers.
        if self._keeps("postgres", "") and postgres.has_password(known) and wait_for(database.is_reachable(known)):
            return known
        self._forget("postgres")
        self._say("starting Postgres")
        child, folder, password = postgres.start(self._home, self._memory)
        url = postgres.database_url(folder, password)
        self._remember("postgres", child, "", {"socket_folder": folder, "database_url": url})
        postgres.wait(self._home, child)
        wait_for(database.ensure_database(url))
        return url

    def _server(self, url: str) -> subprocess.Popen[bytes] | None:
        if self._settings.prefect_api_url is not None:
            return None
        if read_login(self._home) is None and "prefect" in self._memory.processes:
            self._say("the Prefect server was started without a login; it is restarted with one")
        login = make_login(self._home)
        made_of = digest(url, login)
        if self._keeps("prefect", made_of) and self._gets_ready():
            return None
        self._forget("prefect")
        port = server.free_port(self._memory.port)
        self._say(f"starting the Prefect server on port {port}")
        child = server.start(self._home, port, url, login)
        self._remember("prefect", child, made_of, {"port": port})
        return child

    def _gets_ready(self) -> bool:
        """Wait for a server that runs, or that an `up` before this one has started, unless it is stuck."""
        port = self._memory.port or 0
        if server.is_healthy(server.api_url(port)):
            return True
        try:
            server.wait(self._home, self._memory.processes["prefect"], port, self._say)
        except StackError:
            return False
        return True

    def _worker(self, url: str) -> subprocess.Popen[bytes] | Remembered:
        made_of = worker_is_made_of(self._home, self._settings, self._memory)
        if self._keeps("worker", made_of):
            return self._memory.processes["worker"]
        self._forget("worker")
        self._say("starting the worker")
        child = worker.start(self._home, self._settings, api_url(self._settings, self._memory), url)
        self._remember("worker", child, made_of, {})
        return child

    def _migrate(self, url: str) -> None:
        from swarm import database

        for name in wait_for(database.migrate(url)):
            self._say(f"database: applied {name}")
        if count := wait_for(_built_in(url)):
            self._say(f"library: {count} built-in functions")

    def _keeps(self, name: str, made_of: str) -> bool:
        process = self._memory.processes.get(name)
        return process is not None and process.made_of == made_of and processes.is_running(process)

    def _forget(self, name: str) -> None:
        process = self._memory.processes.get(name)
        if process is not None:
            _STOPS[name](process)

    def _remember(self, name: str, child: subprocess.Popen[bytes], made_of: str, more: dict[str, object]) -> None:
        # Written at once: an `up` that is killed leaves nothing that the next one does not know.
        known = self._memory.processes | {name: processes.remembered(child.pid, made_of)}
        self._started[name] = child
        self._memory = self._memory.model_copy(update={"processes": known, **more})
        self._home.remember(self._memory)


async def _built_in(url: str) -> int:
    from swarm.database import connect
    from swarm.functions.built_in import install

    pool = await connect(url)
    try:
        return await install(pool)
    finally:
        await pool.close()


def is_current(home: Home, settings: Settings) -> bool:
    """Say whether the running worker works for the server and the database that these settings mean."""
    memory = home.recall()
    process: Remembered | None = memory.processes.get("worker")
    return process is not None and process.made_of == worker_is_made_of(home, settings, memory)


def api_url(settings: Settings, memory: Memory) -> str:
    """Return the address of the Prefect server that these settings mean."""
    return settings.prefect_api_url or server.api_url(memory.port or 0)


def worker_is_made_of(home: Home, settings: Settings, memory: Memory) -> str:
    """Return a hash of what makes a worker another one: the addresses it works for, and the local server's login.

    Anything more would end runs because another shell has other settings. A run carries its settings with it, and a
    changed limit waits for the next `swarm down`.
    """
    url = settings.swarm_database_url.get_secret_value() if settings.swarm_database_url else memory.database_url
    return digest(api_url(settings, memory), url, None if settings.prefect_api_url else read_login(home))
