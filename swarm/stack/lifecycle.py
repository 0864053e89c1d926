"""The stack's life: up, down, and what runs now."""

from collections.abc import Callable

from pydantic import SecretStr

from swarm.database_urls import shown
from swarm.errors import StackError
from swarm.loops import wait_for
from swarm.settings import Settings
from swarm.stack import model, postgres, processes, server, shared_server, worker
from swarm.stack.access import authorization
from swarm.stack.home import Home, Memory
from swarm.stack.shapes import Connection, PostgresStatus, PrefectStatus, Status, WorkerStatus
from swarm.stack.starting import Starting, is_current

Say = Callable[[str], None]
_STOPS = {"worker": worker.stop, "prefect": server.stop, "postgres": postgres.stop}


def up(settings: Settings, on_step: Say) -> Status:
    """Start what does not run yet and return the whole; raises StackError, and then leaves nothing half-started."""
    home = Home(settings.swarm_home)
    found = status(settings)
    if found.running and is_current(home, settings):
        return found
    home.make()
    with home.locked(on_step):
        found = status(settings)
        if not (found.running and is_current(home, settings)):
            _start(Starting(home, settings, on_step))
            found = status(settings)
    return found


def down(settings: Settings, on_step: Say) -> None:
    """Stop worker, model, server and database, in this order; a stopped stack is no error."""
    home = Home(settings.swarm_home)
    if not home.root.is_dir():
        on_step("the stack is not running")
        return
    with home.locked(on_step):
        memory = home.recall()
        stopped = [_stop(name, memory, on_step) for name in ("worker",)]
        stopped.append(model.stop(home))
        stopped += [_stop(name, memory, on_step) for name in ("prefect", "postgres")]
        if memory.processes:
            home.remember(memory.model_copy(update={"processes": {}}))
    on_step("the stack is stopped" if any(stopped) else "the stack is not running")


def status(settings: Settings) -> Status:
    """Say what runs, by looking; starts nothing, writes nothing, and takes no longer than its 10 s bounds."""
    home = Home(settings.swarm_home)
    memory = home.recall()
    return Status(
        postgres=_postgres_status(settings, memory),
        prefect=_prefect_status(settings, memory),
        worker=_worker_status(memory),
        model=model.status(home),
    )


def connection(settings: Settings) -> Connection:
    """Return how to reach the running stack; raises StackError when it is not up."""
    found = status(settings)
    memory = Home(settings.swarm_home).recall()
    url = settings.swarm_database_url.get_secret_value() if settings.swarm_database_url else memory.database_url
    if not found.running or not found.prefect.api_url or not found.prefect.ui_url or not url:
        parts = (("database", found.postgres), ("Prefect server", found.prefect), ("worker", found.worker))
        missing = ", ".join(name for name, part in parts if not part.running)
        raise StackError(f"the stack under {settings.swarm_home} is not running ({missing}); run `swarm up`")
    known = authorization(settings, found.prefect.api_url)
    return Connection(
        api_url=found.prefect.api_url,
        ui_url=found.prefect.ui_url,
        database_url=url,
        authorization=SecretStr(known) if known else None,
    )


def database_url(settings: Settings) -> str:
    """Return how to reach the database, which may run alone; raises StackError when it does not run."""
    if settings.swarm_database_url is not None:
        return settings.swarm_database_url.get_secret_value()
    memory = Home(settings.swarm_home).recall()
    process = memory.processes.get("postgres")
    if process is None or memory.database_url is None or not processes.is_running(process):
        raise StackError(f"the database under {settings.swarm_home} is not running; run `swarm up`")
    return memory.database_url


def _start(starting: Starting) -> None:
    try:
        starting.everything()
    except BaseException:
        starting.undo()
        raise


def _stop(name: str, memory: Memory, on_step: Say) -> bool:
    process = memory.processes.get(name)
    if process is None:
        return False
    ran = processes.is_running(process)
    if ran:
        on_step(f"stopping {name}")
    # Also when it is dead: what it started may have outlived it.
    _STOPS[name](process)
    return ran


def _postgres_status(settings: Settings, memory: Memory) -> PostgresStatus:
    from swarm import database  # asyncpg takes its time

    if settings.swarm_database_url is not None:
        url = settings.swarm_database_url.get_secret_value()
        return PostgresStatus(url=shown(url), running=wait_for(database.is_reachable(url)))
    process = memory.processes.get("postgres")
    if process is None or memory.database_url is None or not processes.is_running(process):
        return PostgresStatus()
    return PostgresStatus(url=shown(memory.database_url), pid=process.pid, running=True)


def _prefect_status(settings: Settings, memory: Memory) -> PrefectStatus:
    if settings.prefect_api_url is not None:
        api = settings.prefect_api_url
        running = shared_server.is_reachable(settings)
        return PrefectStatus(api_url=api, ui_url=server.ui_url(api), running=running)
    process = memory.processes.get("prefect")
    if process is None or memory.port is None or not processes.is_running(process):
        return PrefectStatus()
    api = server.api_url(memory.port)
    answers = server.is_healthy(api, server.BUSY_SECONDS)
    return PrefectStatus(api_url=api, ui_url=server.ui_url(api), pid=process.pid, running=answers)


def _worker_status(memory: Memory) -> WorkerStatus:
    process = memory.processes.get("worker")
    if process is None or not processes.is_running(process):
        return WorkerStatus()
    return WorkerStatus(pid=process.pid, running=True)
