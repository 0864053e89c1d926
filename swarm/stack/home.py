"""Home: the swarm's own folder, what the stack remembers in it, and the lock that makes `up` and `down` take turns."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from swarm.errors import StackError
from swarm.private import write_private
from swarm.stack.permissions import close_to_others

LOCK_SECONDS = 900.0
"""Another `up` may wait so long for parts that are starting on a busy machine."""
_TELL_SECONDS = 15.0
FRESH = "--- started ---"
"""The line in a log that parts a process from the one before it."""
_LARGEST_LOG = 10_000_000


class Remembered(BaseModel):
    """A process the stack started: its pid, when it was created, and a hash of what it was started with."""

    model_config = ConfigDict(frozen=True)

    pid: int
    created: float
    made_of: str = ""


class Memory(BaseModel):
    """What `stack.json` holds; `up` and `down` replace it as a whole."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    port: int | None = None
    database_url: str | None = None
    socket_folder: Path | None = None
    processes: dict[str, Remembered] = {}


class Home:
    """The folder `SWARM_HOME`, private to its owner."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.postgres = root / "postgres"
        self.prefect = root / "prefect"
        self.logs = root / "logs"
        self.model = root / "model.json"
        self.login = root / "login"
        self._memory = root / "stack.json"

    def make(self) -> Self:
        """Create the folders and close what is open to others; raises StackError when that is not possible."""
        with said_clearly(self.root):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            close_to_others(self.root)
            for folder in (self.postgres, self.prefect, self.logs):
                folder.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root) as probe:
                probe.write(b"x" * 4096)
        return self

    def recall(self) -> Memory:
        """Return what is remembered; a missing or damaged file is an empty memory."""
        try:
            return Memory.model_validate_json(self._memory.read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return Memory()
        except OSError as error:
            raise StackError(f"{self._memory} cannot be read: {error.strerror}") from None

    def remember(self, memory: Memory) -> None:
        """Replace what is remembered, as a whole or not at all."""
        with said_clearly(self._memory):
            write_private(self._memory, memory.model_dump_json(indent=1))

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.logs / f"{name}.log"

    def open_log(self, name: str) -> int:
        """Open a log file to append to, for its owner only; a large one is put aside first."""
        path = self.log(name)
        with said_clearly(path):
            if path.exists() and path.stat().st_size > _LARGEST_LOG:
                path.replace(path.with_suffix(".log.1"))
            log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(log, f"{FRESH}\n".encode())
            return log

    @contextmanager
    def locked(self, say: Callable[[str], object] = lambda _: None) -> Iterator[None]:
        """Hold the one lock of this home; `say` hears of a long wait. Raises StackError where it is kept too long."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.root / "stack.lock", timeout=_TELL_SECONDS, mode=0o600)
        end = time.monotonic() + LOCK_SECONDS
        while not lock.is_locked:
            try:
                with said_clearly(self.root):
                    lock.acquire()
            except Timeout:
                if time.monotonic() > end:
                    raise StackError(
                        f"another `swarm up` or `swarm down` has held {lock.lock_file} for {LOCK_SECONDS:.0f} s; "
                        "wait for it or end it"
                    ) from None
                say("another `swarm up` or `swarm down` is at work; waiting for it")
        try:
            yield
        finally:
            lock.release()


@contextmanager
def said_clearly(place: Path) -> Iterator[None]:
    """Turn an OSError into one line that names the place: full disk, read-only, no permission, not a folder."""
    try:
        yield
    except TimeoutError:
        raise
    except OSError as error:
        raise StackError(
            f"{place} cannot be written: {error.strerror or error}; set SWARM_HOME to a folder that can"
        ) from None
