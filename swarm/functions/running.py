"""Running a function's code: the sandbox that belongs to it, warm if it was used before, with what it was granted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from swarm.functions.grants import MODEL, Grants
from swarm.functions.inspection import imported
from swarm.functions.records import Function
from swarm.keys import digest
from swarm.sandbox.calling import Answered, Ask, Called, call
from swarm.sandbox.cells import Backend, Room
from swarm.sandbox.choice import require
from swarm.sandbox.host import Guest
from swarm.sandbox.languages import language
from swarm.sandbox.limits import Limits
from swarm.sandbox.packages import Packages, modules_in
from swarm.sandbox.proxy import Proxy
from swarm.sandbox.warm import lent

_PLAIN = Limits()
_ASKING = Limits(wall_seconds=120, cpu_seconds=30)
_THINKING = Limits(wall_seconds=900, cpu_seconds=30)
_DRIVER = "swarm.sandbox.inside.called"
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Placement:
    """Which sandbox takes a call, and when and where that seems to be."""

    sandbox: str = ""
    """Calls with different words never share one."""
    elsewhere: bool = False
    """Another time and zone, another process number (swarm/sandbox/inside/elsewhere.py)."""
    owner: str = ""
    """The content of the function whose sandbox a mutant of it uses, too; empty for none."""


HERE = Placement()


@dataclass(frozen=True)
class Running:
    """Where functions run: packages on this machine, values of secrets, hosts that may be private."""

    packages: Packages
    secrets: Mapping[str, str] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    limits: Limits = _PLAIN
    """Of functions that only compute."""

    async def run(
        self,
        function: Function,
        arguments: Mapping[str, JsonValue],
        ask: Ask,
        grants: Grants,
        placement: Placement = HERE,
    ) -> Answered:
        """Call a function with arguments that were checked; what goes wrong in it is told, not raised.

        Raises SandboxUnavailable, PackagesUnavailable, and FunctionRefused for what was not granted.
        """
        wanted = function.capabilities
        grants.check(function.name, wanted)
        folder = await self.packages.folder(function.lock)
        backend = await require()
        called = Called(
            language=language(function.language),
            code=function.code,
            function=function.name,
            arguments=arguments,
            objects=function.objects,
            environment=_ONE_THREAD | {name: self.secrets[name] for name in wanted.secrets if name in self.secrets},
            limits=self._limits(function),
            elsewhere=placement.elsewhere,
        )
        owner = placement.owner or function.content
        key = digest(owner, wanted.model_dump(), backend.name, placement.sandbox)
        async with lent(key, lambda: self._guest(backend, function, folder, called.limits)) as guest:
            return await call(guest, called, ask)

    def _limits(self, function: Function) -> Limits:
        wanted = function.capabilities
        if MODEL & set(wanted.api):
            return _THINKING
        return _ASKING if wanted.api or wanted.network else self.limits

    def _guest(self, backend: Backend, function: Function, folder: Path | None, limits: Limits) -> Guest:
        hosts = function.capabilities.network
        room = Room(
            limits=limits,
            packages=(folder,) if folder else (),
            preload=(_DRIVER, *imported(function.code, modules_in(folder))) if function.language == "python" else (),
            network=bool(hosts),
        )
        return Guest(backend, room, Proxy(hosts, self.private) if hosts else None)
