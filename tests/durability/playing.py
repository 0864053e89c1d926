"""Playing a shape to its end on a real stack, with or without one kill on the way."""

import asyncio
import os
import secrets
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from integrations import reviving
from integrations.records import Records
from swarm.carried import carry
from swarm.errors import RunHeld, StackError, UsageError
from swarm.holding import holder
from swarm.nodes import Node
from swarm.settings import Settings
from swarm.stack import Connection
from swarm.testing import Asked, ScriptedModel
from tests.durability.outcomes import (
    ANSWERED,
    ANSWERED_WHILE_DEAD,
    CALL,
    MARKS_LOST,
    PAUSED,
    Outcome,
    call_of,
    recorded,
)
from tests.durability.shapes import Shape

_SECONDS = 240.0
_PAUSE = 0.1
_LOOK_SECONDS = 1.0
"""Between two looks at the server, which has better things to do."""
_MARKED_CALL = 5
"""During which call the marks are lost: both shapes with files have written some by then."""
_ENDED = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")


@dataclass(frozen=True)
class Ground:
    """Where shapes are played: a stack that runs, and a folder for what they leave."""

    settings: Settings
    stack: Connection
    folder: Path


@dataclass
class Play:
    """One run of a shape under way; `point` is where it will be killed, once."""

    shape: Shape
    ground: Ground
    records: Records
    point: str
    strike: "Callable[[Play], Awaitable[None]] | None" = None
    """What befalls the stack at `point`, a model call, in the place of a kill of the run's process."""
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    killed: bool = False
    before_kill: tuple[str, ...] = ()
    resumes: int = 0
    retried: bool = False
    answers: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    model: ScriptedModel = field(init=False)
    _calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _in_flight: threading.Event = field(default_factory=threading.Event)
    _let_go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.model = ScriptedModel(self._answer)
        for folder in (self.workspace, self.points):
            folder.mkdir(parents=True)
        for name, text in self.shape.files.items():
            (self.workspace / name).write_text(text)
        if self.point.endswith((" before", " after")):
            (self.points / "kill").write_text(self.point)

    @property
    def workspace(self) -> Path:
        """The folder the run writes to."""
        return self.ground.folder / self.run / "workspace"

    @property
    def points(self) -> Path:
        """The folder in which the run says what it has reached."""
        return self.ground.settings.swarm_home / "runs" / self.run / "points"

    @property
    def reached(self) -> tuple[str, ...]:
        """The points reached so far, in order."""
        file = self.points / "reached"
        return tuple(file.read_text().splitlines()) if file.exists() else ()

    def _answer(self, asked: Asked) -> object:
        with self._lock:
            self._calls += 1
            number = self._calls
        if self.point == f"{CALL}{number}" or (self.point == MARKS_LOST and number == _MARKED_CALL):
            self._in_flight.set()
            self._let_go.wait(60)
        return self.shape.oracle(asked)

    async def start(self) -> None:
        """Submit the root, as `swarm run` does but for its tasks' origin, which every play of a shape shares."""
        given = {
            "openai_base_url": self.model.base_url,
            "swarm_model": self.shape.model,
            "openai_api_key": "sk-scripted",
        }
        # What other plays have left in memory would change what this one is shown, and so what it costs.
        told = self.ground.settings.model_dump() | given | {"swarm_model_retries": 1, "swarm_remember": False}
        carry(Settings.model_validate(told), self.run)
        node = Node(
            run=self.run, origin=f"matrix-{self.shape.name}", goal=self.shape.goal, workspace=str(self.workspace)
        )
        await self.records.start(node)

    async def to_the_end(self) -> None:
        """Do what a person would: answer, bring back what has died, retry what has failed."""
        until, looked = time.monotonic() + _SECONDS, 0.0
        while time.monotonic() < until:
            if await self._is_killed():
                await self.bring_back()
            elif time.monotonic() - looked > _LOOK_SECONDS:
                if await self._is_over():
                    break
                looked = time.monotonic()
            await asyncio.sleep(_PAUSE)
        else:
            self.problems.append(f"it has not ended after {_SECONDS:.0f} s")
        if self.point and not self.killed:
            self.problems.append("the point was not reached")

    async def _is_over(self) -> bool:
        """Look at the run, and do what is to be done by a person; says whether it has come to its end."""
        if await self._is_found_dead():
            await self.bring_back()
        elif await self._has_ended():
            if not self.shape.note or self.retried or await self._status() == "COMPLETED":
                return True
            self.retried = True
            await self._retry()
        elif self.shape.answer:
            await self._answer_questions()
        return False

    async def kill(self) -> None:
        """Kill the process of the run from outside."""
        found = await holder(self.records.pool, self.run)
        if found is not None:
            os.kill(found.pid, signal.SIGKILL)
            self._died()

    async def bring_back(self) -> None:
        """Resume the run as soon as its process is known to be dead."""
        if self.point == MARKS_LOST:
            shutil.rmtree(self.points.with_name("written"))
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if await holder(self.records.pool, self.run):
                await asyncio.sleep(0.1)
                continue
            try:
                await reviving.resume(self.records, self.run)
            except RunHeld:
                await asyncio.sleep(0.5)
            except UsageError as error:
                if self.strike and await self._has_ended():
                    return  # it had let go of its lock, and was only about to end
                self.problems.append(f"resume: {error}")
                return
            else:
                self.resumes += 1
                return
        self.problems.append("it could not be resumed within 60 s")

    async def _is_killed(self) -> bool:
        """Say whether the kill has happened since the last look; carries out those from outside."""
        if self.killed:
            return False
        if self._in_flight.is_set() and self.strike:
            taped = await self.records.pool.fetch("select key from swarm.tape where run = $1", self.run)
            self.killed = True
            self.before_kill = tuple(f"tape {row['key'].partition('/')[2]} after" for row in taped)
            await self.strike(self)
            return False
        if self._in_flight.is_set():
            await self.kill()
            self.let_go()
            return self.killed
        if self.point.endswith((" before", " after")) and not (self.points / "kill").exists():
            self._died()
        return self.killed

    def let_go(self) -> None:
        """Let the model give the answer during which something happens."""
        self._let_go.set()

    async def _is_found_dead(self) -> bool:
        """Say whether the run is found among the dead after something befell the stack."""
        return bool(self.strike and self.killed) and self.run in await reviving.dead_runs(self.records)

    def _died(self) -> None:
        self.killed = True
        self.before_kill = self.reached

    async def _status(self) -> str:
        return str((await self.records.runs.root(self.run))["state_type"])

    async def _has_ended(self) -> bool:
        # A kill may have come in between: then what ended is only a process.
        return await self._status() in _ENDED and not (
            not self.killed and self.point.endswith((" before", " after")) and not (self.points / "kill").exists()
        )

    async def _answer_questions(self) -> None:
        for node in (await self.records.view(self.run)).nodes:
            if node.status != "waiting" or node.flow_run_id in self.answers:
                continue
            if self.point in (PAUSED, ANSWERED_WHILE_DEAD) and not self.killed:
                await self.kill()
            if self.point != PAUSED or self.resumes:
                await self._say(node.flow_run_id)
            if self.point == ANSWERED and not self.killed:
                await self.kill()
            if self.killed and not self.resumes:
                await self.bring_back()

    async def _say(self, flow_run: str) -> None:
        try:
            if await self.records.runs.answer(flow_run, self.shape.answer):
                self.answers.add(flow_run)
        except StackError:
            await asyncio.sleep(0.5)  # the form is not there yet

    async def _retry(self) -> None:
        """Retry the run; where that itself may be killed, by the real command."""
        if self.point and not self.point.startswith("retry "):
            await reviving.retry(self.records, self.run, None, self.shape.note, None)
            return
        code, said = await self._command("retry", self.run, "--note", self.shape.note, "--detach")
        if code == -signal.SIGKILL:
            self._died()
            code, said = await self._command("retry", self.run, "--note", self.shape.note, "--detach")
            if code == 2 and "swarm resume" in said:
                code, said = await self._command("resume", self.run, "--detach")
        if code:
            self.problems.append(f"retry ended with {code}: {said}")

    async def _command(self, *arguments: str) -> tuple[int, str]:
        told = {
            "SWARM_HOME": str(self.ground.settings.swarm_home),
            "SWARM_POINTS": str(self.points),
            "OPENAI_BASE_URL": self.model.base_url,
            "OPENAI_API_KEY": "sk-scripted",
            "SWARM_MODEL": self.shape.model,
            "SWARM_PROFILES": str(self.ground.settings.swarm_profiles),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SWARM_", "PREFECT_"))}
        command = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("swarm")),
            *arguments,
            env=kept | told,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await command.communicate()
        assert command.returncode is not None
        return command.returncode, said.decode()

    async def outcome(self) -> Outcome:
        """Look at what has become of the run."""
        files = [path for path in self.workspace.rglob("*") if path.is_file()]
        return Outcome(
            **vars(await recorded(self.records, self.run, self.ground.stack)),
            files={path.relative_to(self.workspace).as_posix(): path.read_text() for path in files},
            asked=Counter(call_of(asked.node, asked.role, asked.messages) for asked in self.model.asked()),
            reached=self.reached,
            before_kill=self.before_kill,
            resumes=self.resumes,
            problems=tuple(self.problems),
        )


async def play(
    shape: Shape, ground: Ground, point: str = "", strike: Callable[[Play], Awaitable[None]] | None = None
) -> Outcome:
    """Play a shape to its end, killed at `point` if one is given, or struck there."""
    async with await Records.open(ground.stack) as records:
        play = Play(shape, ground, records, point, strike)
        with play.model:
            await play.start()
            await play.to_the_end()
            outcome = await play.outcome()
            if await play._status() not in _ENDED:
                await records.cancel(play.run)
            return outcome
