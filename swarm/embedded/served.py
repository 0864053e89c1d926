"""Serving: one llama.cpp child for each SWARM_HOME, found again by its record, replaced when dead or wedged."""

import json
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_serializer

from swarm.embedded.child import ORDER, Order
from swarm.embedded.fetch import fetch
from swarm.embedded.weights import Told, cache_folder, weights_for
from swarm.errors import ModelUnavailable, StackError
from swarm.private import write_private
from swarm.settings import Settings
from swarm.stack import model as record
from swarm.stack import processes
from swarm.stack.home import Home, Remembered, said_clearly

_START_SECONDS = 120.0
_HEALTH_SECONDS = 5.0
_CHILD = (sys.executable, "-m", "swarm.embedded.child")


class ServedModel(BaseModel):
    """A running server: where it answers, under which key, and which process it is. `model.json` holds it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    base_url: str
    pid: int
    created: float
    model: str
    key: SecretStr
    made_of: str = ""

    @field_serializer("key", when_used="json")
    def _written(self, key: SecretStr) -> str:
        # The file is for its owner only (0600); a run in another process needs the key.
        return key.get_secret_value()


def ensure_served(settings: Settings, told: Told | None = None, child: Sequence[str] = _CHILD) -> ServedModel:
    """Return the server of this home, starting it (and fetching the model, which `told` hears of) if need be.

    A few milliseconds when it runs. `child` is the command that serves. Raises ModelUnavailable.
    """
    made_of = f"{settings.swarm_embedded_model} {settings.swarm_embedded_threads}"
    try:
        home = Home(settings.swarm_home)
        if (running := _running(home, made_of)) is not None:
            return running
        path = fetch(weights_for(settings), cache_folder(settings), told)
        home.make()
        with _locked(home):
            if (running := _running(home, made_of)) is not None:
                return running
            record.stop(home)
            return _start(home, settings, path, (made_of, child))
    except StackError as error:
        raise ModelUnavailable(f"the embedded model cannot be served: {error}") from None


def stop_served(settings: Settings) -> bool:
    """End the server of this home; say whether one ran."""
    return record.stop(Home(settings.swarm_home))


def _running(home: Home, made_of: str) -> ServedModel | None:
    """Return the server that the record names if it is that process, made like that, and answers."""
    try:
        served = ServedModel.model_validate_json(home.model.read_bytes())
    except (OSError, ValidationError):
        return None
    same = processes.is_running(Remembered(pid=served.pid, created=served.created))
    return served if same and served.made_of == made_of and _is_healthy(served.base_url) else None


def _is_healthy(base_url: str) -> bool:
    # httpx would cost half a second to import; loopback needs no proxy and no TLS.
    connection = HTTPConnection(urlsplit(base_url).netloc, timeout=_HEALTH_SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _locked(home: Home) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        with FileLock(home.root / "model.lock", timeout=_START_SECONDS + 30, mode=0o600):
            yield
    except Timeout as timeout:
        raise StackError(f"another process has been starting it for too long; see {timeout.lock_file}") from None


def _start(home: Home, settings: Settings, path: Path, made: tuple[str, Sequence[str]]) -> ServedModel:
    made_of, child = made
    address = home.root / "model.address"
    address.unlink(missing_ok=True)
    key, name = secrets.token_urlsafe(24), weights_for(settings).name.removesuffix("-q4_k_m")
    order = Order(path=path, name=name, threads=settings.swarm_embedded_threads, key=key, address=address)
    # The child needs no one else's secrets.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "GITHUB_"))}
    env = {**kept, ORDER: order.model_dump_json()}
    started = processes.start(home, "model", list(child), env, home.root)
    try:
        processes.wait_until(address.exists, started, _START_SECONDS, "the embedded model", home.log("model"))
        made_by = processes.remembered(started.pid)
    except BaseException:
        started.kill()
        started.wait()
        raise
    url = json.loads(address.read_text(encoding="utf-8"))
    address.unlink()
    served = ServedModel(
        base_url=f"{url}/v1", pid=started.pid, created=made_by.created, model=name, key=SecretStr(key), made_of=made_of
    )
    processes.release(started)
    _remember(home, served)
    return served


def _remember(home: Home, served: ServedModel) -> None:
    with said_clearly(home.model):
        write_private(home.model, served.model_dump_json(indent=1))
